"""Milestones of a run as Prefect events: a new best, the end of a stage, the verdict. Automations can wait for them.

Each names the resource `finetooth.run.<run>` and belongs to its flow run. Without a flow run nothing is sent, and what
goes wrong with sending reaches no run.
"""

import math
import time
from typing import Any

from prefect.events import emit_event

from finetooth.metrics import METRICS
from finetooth.tasks.runtime.step import note, tracked

NEW_BEST = "finetooth.trial.best"
STAGE_ENDED = "finetooth.stage.ended"
VERDICT = "finetooth.verdict"
DECISION = "finetooth.decision"
RESOURCE = "finetooth.run"
BEST_EVERY = 20.0  # seconds between two events of a new best in one stage


def milestone(name: str, run: str, **told: Any) -> None:
    """Send an event about a run; a number that is not known is left out."""
    if not tracked():
        return
    payload = {key: value for key, value in told.items() if not (isinstance(value, float) and math.isnan(value))}
    try:
        resource = {"prefect.resource.id": f"{RESOURCE}.{run}", "prefect.resource.name": run}
        emit_event(event=name, resource=resource, payload=payload)
    except Exception as error:  # noqa: BLE001 (whatever the server or its client raises, the run goes on)
        note(f"the event '{name}' was not sent: {type(error).__name__}: {error}", warning=True)


class Best:
    """The best score of one stage, told when it has improved, but not more often than every `BEST_EVERY` seconds.

    The first score is what the others have to beat, and no news. One that comes too soon is told with a later trial, or
    with the stage's end.
    """

    def __init__(self, run: str, stage: str, metric: str) -> None:
        self._run, self._stage, self._metric = run, stage, METRICS[metric]
        self._told = math.nan
        self._when = -math.inf

    def __call__(self, trials: int, best: float) -> None:
        """Hear of the best score so far, in the metric's own direction, after so many trials."""
        if math.isnan(best):
            return
        if math.isnan(self._told):
            self._told = best
            return
        now = time.monotonic()
        gain = self._metric.sign * (best - self._told)
        if gain <= 0 or now - self._when < BEST_EVERY:
            return
        told = {"stage": self._stage, "trials": trials, "metric": self._metric.name, "best": best, "gain": gain}
        milestone(NEW_BEST, self._run, **told)
        self._told, self._when = best, now

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


def milestone(name: str, run: str, **values: Any) -> None:
    """Send an event about a run; a number that is not known is left out."""
    if not tracked():
        return
    payload = {key: value for key, value in values.items() if not (isinstance(value, float) and math.isnan(value))}
    try:
        resource = {"prefect.resource.id": f"{RESOURCE}.{run}", "prefect.resource.name": run}
        emit_event(event=name, resource=resource, payload=payload)
    except Exception as error:  # noqa: BLE001 (whatever the server or its client raises, the run goes on)
        note(f"the event '{name}' was not sent: {type(error).__name__}: {error}", warning=True)


class BestScore:
    """The best score of one stage: an event when it has improved, but not more often than every `BEST_EVERY` seconds.

    The first score sends none. An improvement that comes too soon is sent with a later trial, or with the stage's end.
    """

    def __init__(self, run: str, stage: str, metric: str) -> None:
        self._run, self._stage, self._metric = run, stage, METRICS[metric]
        self._sent = math.nan
        self._sent_at = -math.inf

    def __call__(self, trials: int, best: float) -> None:
        """Take the best score so far, in the metric's own direction, after so many trials."""
        if math.isnan(best):
            return
        if math.isnan(self._sent):
            self._sent = best
            return
        now = time.monotonic()
        gain = self._metric.sign * (best - self._sent)
        if gain <= 0 or now - self._sent_at < BEST_EVERY:
            return
        values = {"stage": self._stage, "trials": trials, "metric": self._metric.name, "best": best, "gain": gain}
        milestone(NEW_BEST, self._run, **values)
        self._sent, self._sent_at = best, now

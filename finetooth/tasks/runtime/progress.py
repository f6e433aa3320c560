"""The progress of a run: sent to listeners (the command line), and shown as artifacts in the Prefect UI."""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any
from uuid import UUID

from prefect.artifacts import create_progress_artifact, create_table_artifact, update_progress_artifact

from finetooth.metrics import METRICS
from finetooth.records import Trial
from finetooth.report import leaderboard_rows
from finetooth.tasks.runtime.events import STAGE_ENDED, BestScore, milestone
from finetooth.tasks.runtime.step import note, tracked
from finetooth.trials.comparable import comparable, run_here
from finetooth.trials.journal import EndedEarly
from finetooth.trials.study import Study

_EVERY = 1.0  # seconds between two updates of an artifact
# Those that send events of a new best: each repeat of a finalist has other folds.
_SEARCH_STAGES = {"coarse", "refine", "sweep"}


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a stage stands. `best` is in the metric's own direction, NaN before the first score.

    It is that of the trials with the highest fidelity, since others cannot be compared. A stage may end before `total`:
    finalists fall out, or a budget ends; `total` is then what was done, and `reason` says why. `fitting` is in seconds,
    summed over workers, without trials that were taken over from an earlier stage. `part` is the outer fold that the
    stage belongs to, such as "2/5".
    """

    stage: str
    done: int
    total: int
    best: float
    seconds: float
    failed: int = 0
    ended: bool = False
    reason: str = ""
    pruned: int = 0
    fitting: float = 0.0
    run: str = ""
    metric: str = ""
    part: str = ""

    @property
    def title(self) -> str:
        """The stage, and the outer fold that it belongs to."""
        return f"{self.stage} {self.part}".rstrip()

    @property
    def left(self) -> float:
        """Seconds that the stage will still take, if trials go on taking as long; NaN before the first."""
        return self.seconds / self.done * (self.total - self.done) if self.done else math.nan

    def __str__(self) -> str:
        parts = [f"{self.title}: {self.done}/{self.total} trials"]
        parts += [] if math.isnan(self.best) else [f"best {self.best:.5g}"]
        parts += [f"{self.failed} failed"] if self.failed else []
        if self.ended:
            parts.append(f"{self.seconds:.1f} s")
            parts += [f"ended early: {self.reason}"] if self.reason else []
        elif self.done:
            parts.append(f"{self.left:.0f} s left")
        return ", ".join(parts)


Listener = Callable[[Progress], None]
_listeners: list[Listener] = []


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Have `listener` called with every `Progress` of this process."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)


class Stage:
    """The progress of one stage: call it with each trial as it ends."""

    def __init__(self, name: str, total: int, metric: str, run: str, part: str = "") -> None:
        self._part = part
        self._key = f"{name}-{part.replace('/', '-of-')}" if part else name
        self._name, self._total, self._sign = name, total, METRICS[metric].sign
        self._metric, self._run = metric, run
        self._start = self._updated = time.monotonic()
        self._best_score = BestScore(run, name, metric)
        self._trials: list[Trial] = []
        self._lock = Lock()
        self._artifact: UUID | None = None
        if tracked():
            artifact = create_progress_artifact(
                0.0, key=f"progress-{self._key}", description=f"{self._key}: {total} trials at most"
            )
            self._artifact = artifact if isinstance(artifact, UUID) else None
        self._publish()

    def __call__(self, trial: Trial) -> None:
        with self._lock:
            self._trials.append(trial)
            self._publish()

    def end(self, trials: Sequence[Trial], reason: str = "") -> None:
        """Show the stage as done, with the leaderboard of all its trials, also of those of an earlier process.

        `reason` says why it ended before its trials were spent, if it did.
        """
        with self._lock:
            self._trials = list(trials)
            self._total = len(self._trials)
            step = self._publish(ended=True, reason=reason)
        note(str(step))
        milestone(STAGE_ENDED, self._run, **_payload(step))
        if tracked() and self._trials:
            table = leaderboard_rows(tuple(self._trials), METRICS[self._metric])
            description = f"The best of {step}. Scores are the mean over folds, as {METRICS[self._metric].title}."
            create_table_artifact(table, key=f"leaderboard-{self._key}", description=description)

    def _publish(self, *, ended: bool = False, reason: str = "") -> Progress:
        scores = [trial.score for trial in comparable(self._trials)]
        best = self._sign * max(scores) if scores else math.nan
        states = [trial.state for trial in self._trials]
        now = time.monotonic()
        step = Progress(
            self._name,
            len(self._trials),
            self._total,
            best,
            now - self._start,
            states.count("failed"),
            ended,
            reason,
            pruned=states.count("pruned"),
            fitting=sum(trial.seconds for trial in run_here(self._trials)),
            run=self._run,
            metric=self._metric,
            part=self._part,
        )
        for listener in _listeners:
            listener(step)
        if not ended and not self._part and self._name in _SEARCH_STAGES:
            self._best_score(len(self._trials), best)
        if ended or now - self._updated >= _EVERY:
            self._updated = now
            self._show(100.0 if ended else min(100.0, 100 * step.done / step.total))
        return step

    def _show(self, percent: float) -> None:
        if self._artifact is not None and tracked():
            update_progress_artifact(self._artifact, percent)


def _payload(step: Progress) -> dict[str, Any]:
    """The payload of the event of a stage's end."""
    return {
        "stage": step.title,
        "trials": step.done,
        "failed": step.failed,
        "metric": step.metric,
        "best": step.best,
        "seconds": round(step.seconds, 2),
        "reason": step.reason,
    }


@contextmanager
def stage(name: str, total: int, study: Study) -> Iterator[Study]:
    """The progress of a stage, from its first moment to its last: the study, whose trials are shown as they end."""
    start = time.monotonic()
    progress = Stage(name, total, study.metric.name, study.run.folder.name, study.part)
    yield replace(study, callback=progress)
    cut = study.journal.cut(name)
    progress.end(study.journal.trials(name), cut.reason if cut is not None else "")
    study.timings[name] = time.monotonic() - start


def record_search(trials: tuple[Trial, ...], cut: EndedEarly | None, study: Study) -> tuple[Trial, ...]:
    """The trials of a search; they and why it ended early are also in the journal of a run that had it stored."""
    if cut is not None:
        study.journal.record_cut(cut.stage, cut.trials, cut.reason)
    return record(trials, study)


def record(trials: tuple[Trial, ...], study: Study) -> tuple[Trial, ...]:
    """The trials of a stage, also in the journal of this run when Prefect had the stage's result of an earlier one."""
    study.journal.extend(trials)
    study.journal.rewrite_sorted()
    return trials

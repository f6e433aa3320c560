"""The study: one run with everything that its stages work with, opened for the length of a flow."""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field

from finetooth.config.tune import TuneConfig
from finetooth.metrics import Metric
from finetooth.models.learner import Family
from finetooth.records import DataRef, Finding, Trial
from finetooth.runs.run import Run
from finetooth.trials.journal import Journal


def ignore(trial: Trial) -> None:
    """The callback of a study that nobody watches."""


@dataclass(frozen=True, slots=True)
class Study:
    """What is tuned (`config`, `data`, `family`, `metric`), where trials run (`executor`) and where all is kept.

    `run` is the folder of the run and `journal` its trials. `split_findings` is what the split saw between both sides.
    `callback` is called with each trial as it ends; `timings` gathers the seconds that each stage took on the wall,
    and `started` is the moment of opening, in seconds since the epoch. `outer` are the studies of the outer folds, each
    with rows, seed and journal of its own; `part` says which one this is, such as "2/5".
    """

    config: TuneConfig
    run: Run
    data: DataRef
    family: Family
    metric: Metric
    executor: Executor
    journal: Journal
    split_findings: tuple[Finding, ...] = ()
    callback: Callable[[Trial], None] = ignore
    timings: dict[str, float] = field(default_factory=dict)
    started: float = 0.0
    outer: "tuple[Study, ...]" = ()
    part: str = ""

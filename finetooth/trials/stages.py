"""The two searches: coarse on a shared subset of the rows, then refinement on all development rows."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field

from finetooth import seeds
from finetooth.config import TuneConfig
from finetooth.records import Candidate, DataRef, Fidelity, Trial
from finetooth.search.methods import method
from finetooth.trials import loop
from finetooth.trials.evaluate import Job
from finetooth.trials.journal import Journal
from finetooth.trials.learner import Family

COARSE_SHARE = 0.3  # of a time limit
PROMOTED = 3
LEAST_SUBSET = 2000  # rows
MANY_ROWS = 20_000


@dataclass(frozen=True, slots=True)
class Bench:
    """What every stage that runs trials works with: the table, the model, the metric, and where trials run.

    `told` hears of each trial as it ends; `timings` gathers the seconds that each stage took on the wall.
    """

    data: DataRef
    family: Family
    metric: str
    executor: Executor
    journal: Journal
    told: Callable[[Trial], None]
    timings: dict[str, float] = field(default_factory=dict)


def coarse(config: TuneConfig, bench: Bench) -> tuple[Trial, ...]:
    """Search one shared subset of the rows; each trial shuffles its folds (Nagler et al. 2024, arXiv 2405.15393)."""
    section = config.coarse
    limit = None if config.refine.seconds is None else config.refine.seconds * COARSE_SHARE
    return _search(
        config,
        bench,
        stage="coarse",
        method_name=section.method,
        fidelity=Fidelity(min(1.0, max(section.rows, LEAST_SUBSET / bench.data.rows)), section.folds),
        trials=section.trials,
        known=(Candidate(0, dict(bench.family.default), "default"),),
        prior=(),
        seconds=limit,
    )


def refine(config: TuneConfig, bench: Bench, coarse_trials: Sequence[Trial]) -> tuple[Trial, ...]:
    """Search all development rows, starting from the default and the best of the coarse stage."""
    section = config.refine
    limit = None if section.seconds is None else section.seconds * (1 - COARSE_SHARE)
    return _search(
        config,
        bench,
        stage="refine",
        method_name=section.method,
        fidelity=Fidelity(1.0, folds(config, bench.data)),
        trials=section.trials,
        known=promote(coarse_trials, bench.family, PROMOTED),
        prior=coarse_trials,
        seconds=limit,
    )


def sweep(config: TuneConfig, bench: Bench) -> tuple[Trial, ...]:
    """One search on all development rows, with nothing around it."""
    section = config.refine
    return _search(
        config,
        bench,
        stage="sweep",
        method_name=section.method,
        fidelity=Fidelity(1.0, folds(config, bench.data)),
        trials=section.trials,
        known=(Candidate(0, dict(bench.family.default), "default"),),
        prior=(),
        seconds=section.seconds,
    )


def folds(config: TuneConfig, data: DataRef) -> int:
    """The folds of a search on all rows: with many rows, fewer folds are as sure."""
    return config.refine.folds or (5 if data.rows < MANY_ROWS else 3)


def promote(trials: Sequence[Trial], family: Family, count: int) -> tuple[Candidate, ...]:
    """The default, then the best `count` of an earlier search, to be tried again at a higher fidelity."""
    best = sorted((t for t in trials if t.state == "complete" and t.candidate.index > 0), key=lambda t: -t.score)
    first = Candidate(0, dict(family.default), "default")
    return (first, *(Candidate(i, t.candidate.params, "promoted") for i, t in enumerate(best[:count], start=1)))


def _search(
    config: TuneConfig,
    bench: Bench,
    *,
    stage: str,
    method_name: str,
    fidelity: Fidelity,
    trials: int,
    known: tuple[Candidate, ...],
    prior: Sequence[Trial],
    seconds: float | None,
) -> tuple[Trial, ...]:
    chosen = method(method_name)

    def propose(seen: Sequence[Trial], index: int) -> Candidate:
        rng = seeds.stream(config.seed, stage, "propose", index)
        return chosen.propose(bench.family.space, seen, index, rng, prior=prior)

    def job(candidate: Candidate) -> Job:
        repeat = candidate.index if stage == "coarse" else 0
        seen = candidate.fidelity or fidelity
        return Job(stage, candidate, seen, bench.data, bench.family.learner, bench.metric, config.seed, repeat)

    plan = loop.Plan(
        stage,
        known[:trials],
        trials,
        config.refine.window if chosen.needs_window else None,
        fidelity,
        None if seconds is None else time.monotonic() + seconds,
        in_flight=2 * getattr(bench.executor, "slots", 1) + 2,
    )
    return loop.search(plan, propose, job, bench.executor, bench.journal, bench.told)

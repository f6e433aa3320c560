"""The tools of `time_to_quality`: each searches the same rows and leaves what it held best, and since when.

A contestant takes a `Task` and the start of its clock, and returns its incumbents. Their fits for the outer rows are
called after the run, off the clock.
"""

import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks import rivals
from benchmarks.searched_table import MOST_ROUNDS, Found, Task


def finetooth_staged(task: Task, start: float) -> list[Found]:
    """The two searches of `finetooth tune`: a subset of the rows first, then all of them."""
    return _finetooth(task, start, staged=True)


def finetooth_sweep(task: Task, start: float) -> list[Found]:
    """`finetooth sweep`: one search on all rows."""
    return _finetooth(task, start, staged=False)


def _finetooth(task: Task, start: float, *, staged: bool) -> list[Found]:
    from finetooth import metrics
    from finetooth.config.tune import ClusterConfig, TuneConfig
    from finetooth.runs.run import Run
    from finetooth.spaces.resolve import choose
    from finetooth.trials import searches
    from finetooth.trials.cluster import cluster
    from finetooth.trials.journal import Journal
    from finetooth.trials.study import Study

    left = task.seconds - (time.perf_counter() - start)
    values = {**settings(task), "refine": {"trials": 100_000, "seconds": left, "stop_early": False}}
    config = TuneConfig.model_validate(values)
    data = sealed(config, task.folder)
    family = choose(config.model, task.kind)
    metric = metrics.metric(None, task.kind)
    heard = []

    def record(trial):
        heard.append((time.perf_counter() - start, trial))

    with cluster(ClusterConfig(workers=task.cores), family.learner.parallel) as executor:
        run, journal = Run(task.folder, config), Journal(task.folder / "trials.jsonl")
        study = Study(config, run, data, family, metric, executor, journal, callback=record)
        if staged:
            searches.refine(study, searches.coarse(study))
        else:
            searches.sweep(study)
    return [_refit(task, study, seconds, trial) for seconds, trial in _leaders(heard)]


def settings(task: Task) -> dict[str, object]:
    """The part of finetooth's configuration that decides the split."""
    data = {"source": str(task.source), "target": task.target, "drop": task.drop, "kind": task.kind}
    return {"seed": task.seed, "data": data, "split": {"holdout": 0.25}}


def sealed(config, folder: Path):
    """The development rows; the leakage checks, which no peer has, are left out."""
    from finetooth.data.split import Gate, split_table

    return split_table(config, folder / "store", Gate(lambda *_: (), lambda *_: ())).data


def _leaders(heard: list) -> list:
    """Whenever another trial led: the best of those that saw most, as soon as these are not the default alone."""
    leaders, seen = [], []
    for seconds, trial in heard:
        seen += [trial] if trial.state == "complete" else []
        saw = [t for t in seen if t.candidate.origin != "default"] or seen
        if not saw:
            continue
        most = max((t.fidelity.rows, t.fidelity.rounds or MOST_ROUNDS, t.fidelity.folds) for t in saw)
        among = [t for t in seen if (t.fidelity.rows, t.fidelity.rounds or MOST_ROUNDS, t.fidelity.folds) == most]
        best = max(among, key=lambda t: t.score)
        if not leaders or leaders[-1][1] is not best:
            leaders.append((seconds, best))
    return leaders


def _refit(task: Task, study, seconds: float, trial) -> Found:
    from finetooth.data.schema import encode_table
    from finetooth.models.model import FitJob, fit

    def predict() -> np.ndarray:
        model = fit(FitJob(study.data, study.family.learner, trial.params, study.metric.name, task.seed))
        outer = pd.read_csv(task.source).iloc[task.outer]
        return model.scores(encode_table(model.about.schema, outer))

    about = {
        **trial.params,
        "stage": trial.stage,
        "index": trial.candidate.index,
        "origin": trial.candidate.origin,
        "fit_seconds": trial.seconds,
    }
    return Found(seconds, trial.score, predict, about)


CONTESTANTS: dict[str, tuple[str, Callable[[Task, float], list[Found]]]] = {
    "finetooth": ("finetooth", finetooth_staged),
    "finetooth-sweep": ("finetooth", finetooth_sweep),
    "optuna": ("optuna", rivals.optuna_tpe),
    "optuna-early": ("optuna", rivals.optuna_early),
    "halving": ("sklearn", rivals.halving),
    "flaml": ("flaml", rivals.flaml_xgboost),
    "flaml-default": ("flaml", rivals.flaml_default),
}


def missing(tool: str) -> bool:
    """Whether the package of a contestant is not installed."""
    return find_spec(CONTESTANTS[tool][0]) is None

"""One candidate, evaluated on its folds: a pure function of the job, which runs anywhere the store can be read."""

import math
import threading
import time
from dataclasses import dataclass, replace

import numpy as np

from finetooth import seeds
from finetooth.data.store import open_development
from finetooth.metrics import METRICS
from finetooth.records import Candidate, DataRef, Fidelity, Trial
from finetooth.trials import boosting, estimator, objective
from finetooth.trials import folds as fold_names
from finetooth.trials.learner import Learner
from finetooth.trials.threads import limit_threads


@dataclass(frozen=True, slots=True)
class Job:
    """What a worker needs to know to evaluate a candidate.

    `seed` is the root seed; `repeat` picks the shuffle of the folds, and with the fold the seed of each fit, so that
    all candidates of one repeat meet the same folds and the same random numbers. `watch` records the learning curve.
    """

    stage: str
    candidate: Candidate
    fidelity: Fidelity
    data: DataRef
    learner: Learner
    metric: str
    seed: int
    repeat: int = 0
    watch: bool = True


def evaluate(job: Job) -> Trial:
    """Fit and score the candidate on each fold. A fit that fails gives a failed trial with its reason."""
    limit_threads()
    start = time.perf_counter()
    try:
        trial = _boosted(job) if job.learner.engine == "xgboost" else _estimated(job)
    except Exception as error:  # noqa: BLE001 (whatever a model raises is the trial's reason, not the run's end)
        reason = f"{type(error).__name__}: {' '.join(str(error).split())[:500]}"
        trial = _trial(job, (), reason=reason)
    seconds = time.perf_counter() - start
    return _with_cost(trial, seconds)


def _with_cost(trial: Trial, seconds: float) -> Trial:
    return replace(trial, seconds=round(seconds, 4), worker=threading.current_thread().name)


def _trial(
    job: Job,
    scores: tuple[float, ...],
    *,
    train_scores: tuple[float, ...] = (),
    curve: tuple[float, ...] = (),
    rounds: int | None = None,
    reason: str = "",
    folds: tuple[str, ...] = (),
) -> Trial:
    complete = bool(scores) and all(map(math.isfinite, scores))
    if scores and not complete:
        reason = f"the score must be finite; got {scores}"
    return Trial(
        job.stage,
        job.candidate,
        job.fidelity,
        "complete" if complete else "failed",
        scores if complete else (),
        train_scores if complete else (),
        curve,
        rounds,
        reason=reason,
        repeat=job.repeat,
        folds=folds,
    )


def _fit_seeds(job: Job) -> list[int]:
    return [seeds.seed(job.seed, job.stage, "fit", job.repeat, fold) for fold in range(job.fidelity.folds)]


def _boosted(job: Job) -> Trial:
    classes = len(open_development(job.data).about.classes)
    task = boosting.Task(job.data.kind, classes, METRICS[job.metric])
    matrices = boosting.fold_matrices(job.data, job.fidelity, job.seed, job.stage, job.repeat)
    outcome = boosting.train_folds(
        task,
        {**job.learner.constants, **job.candidate.params},
        matrices,
        _fit_seeds(job),
        job.fidelity.rounds,
        watch=job.watch,
    )
    return _trial(
        job,
        outcome.scores,
        train_scores=outcome.train_scores,
        curve=outcome.curve,
        rounds=outcome.rounds,
        folds=tuple(matrix.name for matrix in matrices),
    )


def _estimated(job: Job) -> Trial:
    development = open_development(job.data)
    about, metric = development.about, METRICS[job.metric]
    X, y = development.X, np.asarray(development.y)
    scores, train_scores, notices = [], [], dict[str, None]()
    pairs = development.folds(job.fidelity, job.seed, job.stage, job.repeat)
    engine = objective if job.learner.engine == "objective" else estimator
    for (train, test), seed in zip(pairs, _fit_seeds(job), strict=True):
        fitted = engine.fit_predict(
            job.learner,
            job.candidate.params,
            about.schema.categorical,
            about.kind,
            X[train],
            y[train],
            X[test],
            seed,
            metric.needs,
            classes=len(about.classes),
        )
        scores.append(metric.score(y[test], fitted.test))
        if fitted.train is not None:
            train_scores.append(metric.score(y[train], fitted.train))
        notices |= dict.fromkeys(fitted.notices)
    return _trial(
        job,
        tuple(scores),
        train_scores=tuple(train_scores),
        reason="; ".join(notices)[:500],
        folds=tuple(fold_names.name(test) for _, test in pairs),
    )

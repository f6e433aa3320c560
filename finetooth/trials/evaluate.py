"""One candidate, evaluated on its folds: a pure function of the job, which runs anywhere the store can be read."""

import math
import threading
import time
from dataclasses import dataclass, replace

import numpy as np

from finetooth import seeds
from finetooth.data.frames import take
from finetooth.data.memory import release
from finetooth.data.splitters import Fold, fold_digest
from finetooth.data.store import Development, open_development
from finetooth.errors import StoreGoneError, one_line
from finetooth.metrics import METRICS
from finetooth.models import boosters, boosting, estimator, fold_matrices, inputs, interruption, objective
from finetooth.models.learner import Learner
from finetooth.models.segments import Segment, check_rounds, with_constants
from finetooth.models.threads import limit_threads
from finetooth.records import Candidate, DataRef, Fidelity, Trial
from finetooth.search.racing import RacingThreshold

# Stages whose every trial has folds of its own: their matrices are not worth keeping.
SHUFFLED_ANEW = frozenset({"coarse"})


@dataclass(frozen=True, slots=True)
class Job:
    """What a worker needs to know to evaluate a candidate.

    `seed` is the root seed; `repeat` picks the shuffle of the folds, and with the fold the seed of each fit, so that
    all candidates of one repeat meet the same folds and the same random numbers. `watch` records the learning curve.
    `lineage` is for models that go on training (population-based training): what the ancestors boosted, the oldest
    first, as `segments.segments(trials, candidate)` gives it; the candidate's own parameters then boost from the last
    segment's end up to `fidelity.rounds`. The trial is the same whether or not a worker has kept the ancestor's model.
    `threshold` is what the first folds must come near: `racing.racing_threshold(trials, fidelity)` of the trials that
    the candidate was proposed from; a trial that misses it ends as pruned, with the scores of the folds that were run.
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
    lineage: tuple[Segment, ...] = ()
    threshold: RacingThreshold | None = None


def evaluate(job: Job) -> Trial:
    """Fit and score the candidate on each fold. A fit that fails gives a failed trial with its reason.

    Raises `TrialStoppedError` when the run was interrupted: such a trial has no outcome.
    """
    limit_threads()
    start = time.perf_counter()
    try:
        if job.lineage or job.fidelity.rounds is not None:
            check_rounds(job.learner)
        trial = _boosted(job) if job.learner.engine == "xgboost" else _estimated(job)
    except StoreGoneError:
        raise
    except Exception as error:  # noqa: BLE001 (whatever a model raises is the trial's reason, not the run's end)
        reason = f"{type(error).__name__}: {one_line(error, 500)}"
        trial = _trial(job, (), reason=reason)
    release()
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
    pruned: str | None = None,
) -> Trial:
    complete = bool(scores) and all(map(math.isfinite, scores))
    if scores and not complete:
        reason = f"the score must be finite; got {scores}"
    if complete and pruned:
        reason = pruned
    return Trial(
        job.stage,
        job.candidate,
        job.fidelity,
        ("pruned" if pruned else "complete") if complete else "failed",
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
    task = boosters.Task(job.data.kind, classes, METRICS[job.metric])
    params = {**job.learner.constants, **job.candidate.params}
    folds = fold_matrices.fold_matrices(
        job.data,
        job.fidelity,
        job.seed,
        job.stage,
        job.repeat,
        keep=job.stage not in SHUFFLED_ANEW,
        standardised=boosters.is_standardised(task, params),
    )
    outcome = boosting.train_folds(
        task,
        params,
        folds,
        _fit_seeds(job),
        job.fidelity.rounds,
        watch=job.watch,
        lineage=with_constants(job.learner, job.lineage),
        threshold=job.threshold,
        coarse=job.fidelity.rows < 1,
    )
    return _trial(
        job,
        outcome.scores,
        train_scores=outcome.train_scores,
        curve=outcome.curve,
        rounds=outcome.rounds,
        folds=tuple(fold.name for fold in folds[: len(outcome.scores)]),
        pruned=outcome.reason,
    )


def _estimated(job: Job) -> Trial:
    job = replace(job, learner=inputs.decided(job.learner, job.candidate.params))
    development = open_development(job.data)
    scores: list[float] = []
    train_scores: list[float] = []
    names: list[str] = []
    notices, pruned = dict[str, None](), None
    pairs = development.folds(job.fidelity, job.seed, job.stage, job.repeat)
    for pair, seed in zip(pairs, _fit_seeds(job), strict=True):
        interruption.check()
        score, train_score, told = _fold(job, development, pair, seed)
        scores.append(score)
        train_scores += [] if train_score is None else [train_score]
        names.append(fold_digest(pair[1]))
        notices |= dict.fromkeys(told)
        if job.threshold is not None and len(scores) < len(pairs):
            pruned = job.threshold.reason_to_prune(scores, names)
        if pruned is not None:
            break
    return _trial(
        job,
        tuple(scores),
        train_scores=tuple(train_scores),
        reason="; ".join(notices)[:500],
        folds=tuple(names),
        pruned=pruned,
    )


def _fold(job: Job, development: Development, pair: Fold, seed: int) -> tuple[float, float | None, tuple[str, ...]]:
    """The scores of one fold's test and training rows, and what the libraries warned of."""
    about, metric = development.about, METRICS[job.metric]
    X, y = inputs.of_development(job.learner, development), np.asarray(development.y)
    train, test = pair
    engine = objective if job.learner.engine == "objective" else estimator
    fitted = engine.fit_predict(
        job.learner,
        job.candidate.params,
        about.schema.categorical,
        about.kind,
        take(X, train),
        y[train],
        take(X, test),
        seed,
        metric.needs,
        classes=len(about.classes),
    )
    on_train = None if fitted.train is None else metric.score(y[train], fitted.train)
    return metric.score(y[test], fitted.test), on_train, fitted.notices

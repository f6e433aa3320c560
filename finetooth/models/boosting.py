"""XGBoost on kept fold matrices: all folds of a candidate are boosted in step, and the mean curve says when to stop.

Because the folds advance together, the number of rounds is read off the mean of their curves: no fold stops on its own
rows alone.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finetooth.models import boosters
from finetooth.models.boosters import LARGER_IS_BETTER, Grown, Task
from finetooth.models.fold_matrices import FoldMatrix, all_rows
from finetooth.models.schedules import CONSTANT
from finetooth.models.segments import Segment
from finetooth.records import DataRef, Params, curve_rounds, is_watched
from finetooth.search.racing import RacingThreshold

MOST_ROUNDS = 1000
MATTERS_BOUNDED, MATTERS_LOSS = 2e-3, 5e-3  # the smallest gain that matters, of a score and as a share of a loss
SPAN = 100  # rounds after which a first fold is asked whether it can still come near the threshold
FINE_PART, COARSE_PART = 1 / 20, 1 / 4  # of it: what a curve must rise by to go on


@dataclass(frozen=True, slots=True)
class BoostingResult:
    """Scores by fold, the mean curve (larger is better) and the number of rounds that was used.

    `reason` says why the remaining folds were not boosted; empty when all were.
    """

    scores: tuple[float, ...]
    train_scores: tuple[float, ...]
    curve: tuple[float, ...]
    rounds: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Course:
    """How long to boost: at most `limit` rounds, after those of `lineage`; `exact` when no curve may end it earlier.

    `coarse` where the curve may be judged roughly, since only the rank of the score counts.
    """

    task: Task
    params: Params
    lineage: tuple[Segment, ...]
    limit: int
    exact: bool
    watch: bool
    coarse: bool

    @property
    def flattens(self) -> bool:
        """Whether the learning curve may be expected to rise ever more slowly."""
        return not self.exact and self.params.get("schedule", CONSTANT) == CONSTANT and not _is_dart(self.params)

    @property
    def begun(self) -> int:
        """The rounds that the ancestors boosted."""
        return self.lineage[-1].until if self.lineage else 0


def patience(params: Params) -> int:
    """Rounds without a gain after which boosting ends: 20 for quick learners, up to 100 for slow ones."""
    return int(min(100, max(20, 2 / float(params.get("learning_rate") or 0.3))))


def is_flat(curve: Sequence[float], wait: int, *, larger: bool, coarse: bool = False) -> bool:
    """Whether the best of a curve (larger is better) has hardly risen in the last `wait` rounds.

    Hardly: by a twentieth of the smallest gain that matters, .002 for bounded scores and .5 % of a loss; by a quarter
    on a subset of the rows (`coarse`), whose scores are noisier.
    """
    rounds = curve_rounds(len(curve))
    before = bisect_right(rounds, rounds[-1] - wait)
    if before == 0:
        return False
    best = max(curve)
    matters = (MATTERS_BOUNDED if larger else MATTERS_LOSS * abs(best)) * (COARSE_PART if coarse else FINE_PART)
    return not best - max(curve[:before]) > matters  # neither has a curve of NaN, as where a fold lacks a class


def train_folds(
    task: Task,
    params: Params,
    folds: tuple[FoldMatrix, ...],
    seeds: list[int],
    most: int | None,
    *,
    watch: bool = True,
    lineage: tuple[Segment, ...] = (),
    threshold: RacingThreshold | None = None,
    coarse: bool = False,
) -> BoostingResult:
    """Boost all folds in step. With `n_estimators` in `params`, exactly that long; else until the mean curve is flat.

    `most` bounds the rounds, those of the ancestors in `lineage` included; a model with ancestors uses all of them, and
    is judged by the best of its own rounds. With `most`, the boosters are left for a trial that goes on. `watch`
    records the curve; without it, a fixed number of rounds is boosted faster. With `threshold`, the first fold is
    boosted alone, and the others only if it comes near. `coarse`: see `is_flat`.
    """
    course = _course(task, params, lineage, most, watch=watch, coarse=coarse)
    if not course.watch:
        return _one_by_one(course, folds, seeds)
    grown = [boosters.take(task, params, fold, seed, lineage) for fold, seed in zip(folds, seeds, strict=True)]
    if threshold is not None and len(folds) > 1 and threshold.folds[:1] == (folds[0].name,):
        alone = _judged(course, folds[:1], grown[:1], seeds[:1], threshold)
        reason = threshold.reason_to_prune(alone.scores, [folds[0].name])
        if reason is not None:
            return BoostingResult(alone.scores, alone.train_scores, alone.curve, alone.rounds, reason)
    outcome = _judged(course, folds, grown, seeds)
    if most is not None and not _is_dart(params):
        for fold, seed, one in zip(folds, seeds, grown, strict=True):
            boosters.put(task, params, fold, seed, lineage, one)
    return outcome


def _course(
    task: Task, params: Params, lineage: tuple[Segment, ...], most: int | None, *, watch: bool, coarse: bool
) -> Course:
    ends = [0, *(segment.until for segment in lineage), most or MOST_ROUNDS]
    if any(later <= earlier for earlier, later in pairwise(ends)):
        raise ValueError(f"each segment of a model's training must add rounds; they end after {ends[1:]}")
    fixed = params.get("n_estimators")
    limit = min(most or MOST_ROUNDS, MOST_ROUNDS) if fixed is None else min(int(fixed), most or int(fixed))
    exact = fixed is not None or bool(lineage)
    return Course(task, params, lineage, limit, exact, watch or fixed is None, coarse)


def _judged(
    course: Course,
    folds: Sequence[FoldMatrix],
    grown: Sequence[Grown],
    seeds: Sequence[int],
    threshold: RacingThreshold | None = None,
) -> BoostingResult:
    """Boost the folds as long as their mean curve wants, and score them after the rounds that it chose.

    A single fold ends as soon as it cannot come near `threshold` any more.
    """
    task, curve = course.task, _in_step(course, folds, grown, threshold)
    rounds = _chosen(course, curve)
    if _is_dart(course.params):
        # What is dropped later changes the weight of earlier trees: the first trees are not the earlier model.
        pairs = zip(folds, seeds, strict=True)
        grown = [boosters.start(task, course.params, fold, seed, course.lineage) for fold, seed in pairs]
        for fold, one in zip(folds, grown, strict=True):
            boosters.boost(one, course.params, fold, rounds, watch=False)
    return BoostingResult(
        tuple(_score(task, g.booster, f.test, f.y_test, rounds) for g, f in zip(grown, folds, strict=True)),
        tuple(_score(task, g.booster, f.sample, f.y_sample, rounds) for g, f in zip(grown, folds, strict=True)),
        tuple(curve),
        rounds,
    )


def _one_by_one(course: Course, folds: Sequence[FoldMatrix], seeds: Sequence[int]) -> BoostingResult:
    """A known number of rounds, fold by fold: only one booster is alive at a time, and its histograms with it."""
    each = []
    for fold, seed in zip(folds, seeds, strict=True):
        grown = boosters.take(course.task, course.params, fold, seed, course.lineage)
        each.append(_judged(course, [fold], [grown], [seed]))
        del grown
    scores = tuple(score for one in each for score in one.scores)
    return BoostingResult(scores, tuple(score for one in each for score in one.train_scores), (), course.limit)


def _in_step(
    course: Course, folds: Sequence[FoldMatrix], grown: Sequence[Grown], threshold: RacingThreshold | None
) -> list[float]:
    """The mean curve of the folds, boosted round by round where they are not there yet."""
    larger = course.task.metric.curve[course.task.kind] in LARGER_IS_BETTER
    wait = patience(course.params)
    curve: list[float] = []
    before = -math.inf
    for rounds in range(1, course.limit + 1):
        for fold, one in zip(folds, grown, strict=True):
            boosters.boost(one, course.params, fold, rounds, watch=course.watch)
        if course.watch and is_watched(rounds):
            curve.append(float(np.mean([one.curve[len(curve)] for one in grown])))
            if not course.exact and is_flat(curve, wait, larger=larger, coarse=course.coarse):
                break
        if threshold is not None and course.flattens and rounds % SPAN == 0:
            now = _score(course.task, grown[0].booster, folds[0].test, folds[0].y_test, rounds)
            if threshold.is_out_of_reach(before, now, (course.limit - rounds) / SPAN):
                break
            before = now
    return curve


def _chosen(course: Course, curve: Sequence[float]) -> int:
    """The best round of the curve among those that this trial boosted; all of them where the number is fixed."""
    rounds = curve_rounds(len(curve))
    own = [point for point, after in enumerate(rounds) if after > course.begun]
    if course.params.get("n_estimators") is not None or not own:
        return course.limit
    return rounds[max(own, key=curve.__getitem__)]


def _is_dart(params: Params) -> bool:
    return params.get("booster") == "dart"


def _score(task: Task, booster: Any, rows: Any, y: NDArray[np.float64], rounds: int) -> float:
    return task.metric.score(y, predict(booster, rows, rounds))


def predict(booster: Any, rows: Any, rounds: int) -> NDArray[np.float64]:
    """Probabilities of class 1 (n,), of all classes (n, classes), or values (n,), from the first `rounds` rounds."""
    predicted = np.asarray(booster.predict(rows, iteration_range=(0, rounds)), dtype=np.float64)
    return boosters.read_scale(booster).restored(predicted)


def fit_all(task: Task, params: Params, data: DataRef, seed: int, lineage: tuple[Segment, ...] = ()) -> bytes:
    """Fit on all development rows for exactly `n_estimators` rounds; the booster in XGBoost's own format (UBJSON).

    The rounds of the ancestors in `lineage` are boosted first, and count.
    """
    rows = all_rows(data, standardised=boosters.is_standardised(task, params))
    grown = boosters.start(task, params, rows, seed, lineage)
    boosters.boost(grown, params, rows, int(params["n_estimators"] or 0))
    boosters.write_means(grown.booster, rows.means)
    return bytes(grown.booster.save_raw("ubj"))

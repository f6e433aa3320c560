"""What else should a person know? Overfitting from stage to stage, calibration, and scores by slice."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finetooth.details import Calibration, CalibrationBin, StageScores
from finetooth.errors import InputError
from finetooth.metrics import METRICS, Metric
from finetooth.statistics import standard_error
from finetooth.verdict.bootstrap import Interval, resampled_weights, two_way
from finetooth.verdict.dependence import units_of
from finetooth.verdict.weighted_metrics import scorer, weighted_scores

Floats = NDArray[np.float64]
Ints = NDArray[np.integer[Any]]

MIN_SLICE = 200


@dataclass(frozen=True, slots=True)
class Slice:
    """The scores of the rows where `column` is `value`, in the metric's own direction, and the gain's interval."""

    column: str
    value: str
    rows: int
    tuned: float
    default: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class Slices:
    """Scores by slice, and how many slices were too small (or lack a class) for an interval of their own."""

    scored: tuple[Slice, ...]
    left_out: int


def stage_scores(
    train: Floats, search: Floats, confirmation: Floats, holdout: float, holdout_error: float
) -> StageScores:
    """Compare the incumbent's scores from stage to stage; larger is better, here and in what is returned.

    `train`, `search` and `confirmation` hold one score a fold; `holdout` is the score on the sealed rows with its
    standard error, such as the standard deviation of bootstrapped scores. The folds of one table are not
    independent, so that these standard errors are rather too small: what is built on them warns early, and decides
    nothing.
    """
    fitted, searched, fresh = (float(np.mean(scores)) for scores in (train, search, confirmation))
    return StageScores(
        train=fitted,
        search=searched,
        confirmation=fresh,
        holdout=holdout,
        gap=fitted - fresh,
        to_confirmation=searched - fresh,
        to_confirmation_error=math.hypot(_error(search), _error(confirmation)),
        to_holdout=searched - holdout,
        to_holdout_error=math.hypot(_error(search), holdout_error),
    )


def score_error(
    metric: Metric,
    y: Floats,
    predicted: Floats,
    *,
    blocks: Ints | None = None,
    time: Floats | None = None,
    draws: int = 500,
    rng: np.random.Generator,
) -> float:
    """The bootstrap standard error of one model's score over rows, or over whole groups or periods.

    `predicted` (n,) or (n, classes); `blocks` (n,) names what belongs together, `time` (n,) orders the rows. Where
    there are too few groups or periods for an interval it is NaN: nothing is known of the error.
    """
    units = units_of(metric, y, predicted[None], None, blocks=blocks, time=time)
    if units.reason is not None:
        return math.nan
    score = scorer(metric, y, predicted)
    drawn: list[Floats] = []
    for weights in resampled_weights(len(y), units.code, units.count, rng):
        drawn.append(score(weights))
        if len(drawn) * len(weights) >= draws:
            break
    few = math.sqrt(units.effective / (units.effective - 1))
    return float(np.nanstd(np.concatenate(drawn)[:draws], ddof=1)) * units.stretch * few


def calibration(y: Floats, predicted: Floats, *, bins: int = 10) -> Calibration:
    """The Brier score, the calibration curve by quantile bins and the expected calibration error.

    `y` (n,) class codes; `predicted` (n,) probabilities of class 1, or (n, classes): then the most probable class
    and whether it came are compared. Equal probabilities share a bin, so that there may be fewer than `bins`.
    Source: Naeini, Cooper & Hauskrecht 2015; equal-mass bins as in Nixon et al. 2019.
    """
    brier = float(weighted_scores(METRICS["brier"], y, predicted, np.ones((1, len(y))))[0])
    sure, came = (predicted, y == 1) if predicted.ndim == 1 else (predicted.max(axis=1), predicted.argmax(axis=1) == y)
    edges = np.unique(np.quantile(sure, np.linspace(0, 1, bins + 1)[1:-1]))
    bin_of_row = np.searchsorted(edges, sure, side="left")
    curve = []
    for number in np.unique(bin_of_row):
        inside = bin_of_row == number
        curve.append(CalibrationBin(float(sure[inside].mean()), float(came[inside].mean()), int(inside.sum())))
    error = sum(abs(each.predicted - each.observed) * each.rows for each in curve) / len(y)
    return Calibration(brier, error, tuple(curve), "class 1" if predicted.ndim == 1 else "top label")


def by_slice(
    metric: Metric,
    y: Floats,
    tuned: Floats,
    default: Floats,
    slices: Mapping[str, NDArray[Any]],
    *,
    blocks: Ints | None = None,
    time: Floats | None = None,
    draws: int = 500,
    rng: np.random.Generator,
    least: int = MIN_SLICE,
) -> Slices:
    """The gain in each part of the holdout that has at least `least` rows, the largest part first in each column.

    `tuned` and `default` (seeds, n) or (seeds, n, classes); `slices` names the part of each row (n,) a column.
    The intervals are not corrected for looking at many slices: they show where to look, not what is proven.
    """
    scored: list[Slice] = []
    left_out = 0
    for column, values in slices.items():
        names, part_of_row, counts = np.unique(values.astype(str), return_inverse=True, return_counts=True)
        left_out += int((counts < least).sum())
        for number in sorted(np.flatnonzero(counts >= least), key=lambda i: -counts[i]):
            rows = np.flatnonzero(part_of_row == number)
            own_blocks = None if blocks is None else blocks[rows]
            own_time = None if time is None else time[rows]
            predictions = tuned[:, rows], default[:, rows]
            try:
                interval = two_way(
                    metric, y[rows], *predictions, blocks=own_blocks, time=own_time, draws=draws, rng=rng
                )
            except InputError:
                left_out += 1
                continue
            if interval.reason is not None:
                left_out += 1
                continue
            tuned_score, default_score = (_mean_score(metric, y[rows], predicted) for predicted in predictions)
            scored.append(Slice(column, str(names[number]), len(rows), tuned_score, default_score, interval))
    return Slices(tuple(scored), left_out)


def _mean_score(metric: Metric, y: Floats, predicted: Floats) -> float:
    ones = np.ones((1, len(y)))
    return float(np.mean([weighted_scores(metric, y, of_seed, ones)[0] for of_seed in predicted]))


def _error(scores: Floats) -> float:
    """The standard error of a mean over folds; zero for a single one."""
    return float(standard_error(scores)) if len(scores) > 1 else 0.0

"""What else should a person know? Overfitting from stage to stage, calibration, and scores by slice."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finetooth.errors import InputError
from finetooth.metrics import METRICS, Metric
from finetooth.verdict.bootstrap import Interval, two_way
from finetooth.verdict.weighted_metrics import scorer, weighted_scores

Floats = NDArray[np.float64]
Ints = NDArray[np.integer[Any]]

TOO_MUCH = 2.0  # standard errors of a difference between stages that call for a warning
MIN_SLICE = 200


@dataclass(frozen=True, slots=True)
class Overfit:
    """The incumbent's score at each stage (larger is better) and what was lost on the way.

    `gap` is train minus confirmation. `to_confirmation` and `to_holdout` are the search score minus those, each
    with its standard error; `warnings` holds a sentence for each that exceeds two of them (overtuning).
    """

    train: float
    search: float
    confirmation: float
    holdout: float
    gap: float
    to_confirmation: float
    to_confirmation_error: float
    to_holdout: float
    to_holdout_error: float
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """A share of the rows with neighbouring probabilities: what was predicted, what came, how many rows."""

    predicted: float
    observed: float
    rows: int


@dataclass(frozen=True, slots=True)
class Calibration:
    """How far probabilities can be taken at their word. `curve` runs from low to high probabilities."""

    brier: float
    expected_error: float
    curve: tuple[CalibrationBin, ...]


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

    found: tuple[Slice, ...]
    left_out: int


def overfit(train: Floats, search: Floats, confirmation: Floats, holdout: float, holdout_error: float) -> Overfit:
    """Compare the incumbent's scores from stage to stage; larger is better.

    `train`, `search` and `confirmation` hold one score a fold; `holdout` is the score on the sealed rows with its
    standard error, such as the standard deviation of bootstrapped scores. The folds of one table are not
    independent, so that these standard errors are rather too small: this warns early, and decides nothing.
    """
    fitted, searched, fresh = (float(np.mean(scores)) for scores in (train, search, confirmation))
    lost = searched - fresh, searched - holdout
    allowed = math.hypot(_error(search), _error(confirmation)), math.hypot(_error(search), holdout_error)
    warnings = tuple(
        f"the search score is {drop:.4g} above the score on {where}, {drop / error:.1f} standard errors: "
        "the search was lucky, or fitted its folds"
        for drop, error, where in zip(lost, allowed, ("fresh folds", "the sealed rows"), strict=True)
        if error > 0 and drop > TOO_MUCH * error
    )
    gap = fitted - fresh
    return Overfit(fitted, searched, fresh, holdout, gap, lost[0], allowed[0], lost[1], allowed[1], warnings)


def score_error(metric: Metric, y: Floats, predicted: Floats, *, draws: int = 500, rng: np.random.Generator) -> float:
    """The bootstrap standard error of one model's score over rows. `predicted` (n,) or (n, classes)."""
    score = scorer(metric, y, predicted)
    rows = len(y)
    drawn = [score(np.bincount(rng.integers(0, rows, rows), minlength=rows)[None].astype(float)) for _ in range(draws)]
    return float(np.nanstd(drawn, ddof=1))


def calibration(y: Floats, predicted: Floats, *, bins: int = 10) -> Calibration:
    """The Brier score, the calibration curve by quantile bins and the expected calibration error.

    `y` (n,) class codes; `predicted` (n,) probabilities of class 1, or (n, classes): then the most probable class
    and whether it came are compared. Equal probabilities share a bin, so that there may be fewer than `bins`.
    Source: Naeini, Cooper & Hauskrecht 2015; equal-mass bins as in Nixon et al. 2019.
    """
    brier = float(weighted_scores(METRICS["brier"], y, predicted, np.ones((1, len(y))))[0])
    sure, came = (predicted, y == 1) if predicted.ndim == 1 else (predicted.max(axis=1), predicted.argmax(axis=1) == y)
    edges = np.unique(np.quantile(sure, np.linspace(0, 1, bins + 1)[1:-1]))
    place = np.searchsorted(edges, sure, side="left")
    curve = []
    for number in np.unique(place):
        inside = place == number
        curve.append(CalibrationBin(float(sure[inside].mean()), float(came[inside].mean()), int(inside.sum())))
    error = sum(abs(part.predicted - part.observed) * part.rows for part in curve) / len(y)
    return Calibration(brier, error, tuple(curve))


def by_slice(
    metric: Metric,
    y: Floats,
    tuned: Floats,
    default: Floats,
    slices: Mapping[str, NDArray[Any]],
    *,
    blocks: Ints | None = None,
    draws: int = 500,
    rng: np.random.Generator,
    least: int = MIN_SLICE,
) -> Slices:
    """The gain in each part of the holdout that has at least `least` rows, the largest part first in each column.

    `tuned` and `default` (seeds, n) or (seeds, n, classes); `slices` names the part of each row (n,) a column.
    The intervals are not corrected for looking at many slices: they show where to look, not what is proven.
    """
    found: list[Slice] = []
    left_out = 0
    for column, values in slices.items():
        names, place, counts = np.unique(values.astype(str), return_inverse=True, return_counts=True)
        left_out += int((counts < least).sum())
        for number in sorted(np.flatnonzero(counts >= least), key=lambda i: -counts[i]):
            rows = np.flatnonzero(place == number)
            mine = None if blocks is None else blocks[rows]
            parts = tuned[:, rows], default[:, rows]
            try:
                interval = two_way(metric, y[rows], *parts, blocks=mine, draws=draws, rng=rng)
            except InputError:
                left_out += 1
                continue
            ours, usual = (_mean_score(metric, y[rows], part) for part in parts)
            found.append(Slice(column, str(names[number]), len(rows), ours, usual, interval))
    return Slices(tuple(found), left_out)


def _mean_score(metric: Metric, y: Floats, predicted: Floats) -> float:
    ones = np.ones((1, len(y)))
    return float(np.mean([weighted_scores(metric, y, of_seed, ones)[0] for of_seed in predicted]))


def _error(scores: Floats) -> float:
    """The standard error of a mean over folds; zero for a single one."""
    return float(np.std(scores, ddof=1)) / math.sqrt(len(scores)) if len(scores) > 1 else 0.0

"""How much does each part of the sealed rows move a score? Influence values, which dependence is measured on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finetooth.metrics import Metric
from finetooth.verdict.weighted_metrics import Floats, Scorer, row_losses, scorer

Ints = NDArray[np.integer[Any]]

STEP = 1e-3  # of a weight, for the derivative; its error is of the same order, relative to a value
CELLS = 100_000  # weights held at a time
MOST_VALUES = 4_000_000  # cells x rows whose influence is computed numerically


def most_cells(rows: int) -> int:
    """How many cells of so many rows may have a numerical influence."""
    return max(100, MOST_VALUES // rows)


@dataclass(frozen=True, slots=True)
class Moments:
    """A score that depends on means of row terms alone: `terms` (n, p), and the score and its gradient in the means.

    `value` maps means (..., p) to scores (...), `slope` to gradients (..., p).
    """

    terms: Floats
    value: Callable[[Floats], Floats]
    slope: Callable[[Floats], Floats]


def gain_scorer(metric: Metric, y: Floats, tuned: Floats, default: Floats | None) -> Scorer:
    """The gain of each seed as a function of row weights: (draws, n) -> (draws, seeds), larger is better.

    `tuned` and `default` (seeds, n, ...); without a default it is the score of `tuned`.
    """
    ours = [scorer(metric, y, of_seed) for of_seed in tuned]
    theirs = [] if default is None else [scorer(metric, y, of_seed) for of_seed in default]

    def gains(weights: Floats) -> Floats:
        scores = np.stack([score(weights) for score in ours], axis=1)
        if theirs:
            scores = scores - np.stack([score(weights) for score in theirs], axis=1)
        return metric.sign * scores

    return gains


def moments(metric: Metric, y: Floats, tuned: Floats, default: Floats | None) -> Moments | None:
    """The gain, with the losses averaged over seeds, as a function of mean row terms; None for AUC and the like."""
    losses = [
        np.mean([loss for of_seed in side if (loss := row_losses(metric, y, of_seed)) is not None], axis=0)
        for side in (tuned, default)
        if side is not None and row_losses(metric, y, side[0]) is not None
    ]
    if not losses:
        return None
    ours, theirs = losses[0], losses[1] if default is not None else np.zeros(len(y))
    if metric.name == "r2":
        return _explained(y - y.mean(), ours, theirs, alone=default is None)
    terms = np.stack([ours, theirs], axis=1)
    signs = metric.sign * np.array([1.0, 0.0 if default is None else -1.0])
    if metric.name != "rmse":
        return Moments(terms, lambda m: m @ signs, lambda m: np.broadcast_to(signs, m.shape))
    return Moments(terms, lambda m: np.sqrt(m) @ signs, lambda m: signs / (2 * np.sqrt(np.where(m > 0, m, 1.0))))


def _explained(centred: Floats, ours: Floats, theirs: Floats, *, alone: bool) -> Moments:
    """R2: one minus the squared losses over the variance, or the difference of two."""
    terms = np.stack([ours, theirs, centred**2, centred], axis=1)

    def spread(means: Floats) -> Floats:
        variance: Floats = means[..., 2] - means[..., 3] ** 2
        return np.where(variance > 0, variance, np.nan)

    def value(means: Floats) -> Floats:
        lost: Floats = (means[..., 0] - means[..., 1]) / spread(means)
        return 1 - lost if alone else -lost

    def slope(means: Floats) -> Floats:
        variance, difference = spread(means), means[..., 0] - means[..., 1]
        own = np.full_like(variance, -1.0) / variance
        of_squares = difference / variance**2
        return np.stack([own, own * (0 if alone else -1), of_squares, -2 * means[..., 3] * of_squares], axis=-1)

    return Moments(terms, value, slope)


def influence(
    metric: Metric, y: Floats, tuned: Floats, default: Floats | None, cell: Ints | None = None
) -> Floats | None:
    """The derivative of the gain in the weight of each cell of rows; they sum to zero.

    `cell` (n,) numbers the cells from 0 on; without it each row is its own. Each value is the sum over the rows of a
    cell of the row's influence over n, so that the sum of squares is the variance of the gain if cells are
    independent (the infinitesimal jackknife: Jaeckel 1972; Efron 1982). In closed form for means of losses, else
    numerically; None where a score is undefined, or there are more than `most_cells`.
    """
    count = len(y) if cell is None else int(cell.max()) + 1
    closed = moments(metric, y, tuned, default)
    if closed is not None:
        means = closed.terms.mean(axis=0)
        of_rows: Floats = (closed.terms - means) @ closed.slope(means) / len(y)
        if not np.isfinite(of_rows).all():
            return None
        return of_rows if cell is None else np.bincount(cell, of_rows, minlength=count).astype(np.float64)
    if count > most_cells(len(y)):
        return None
    gains = gain_scorer(metric, y, tuned, default)
    base = float(gains(np.ones((1, len(y)))).mean())
    cells = np.arange(len(y)) if cell is None else cell
    values = np.concatenate(
        [
            (gains(1 + STEP * (cells == some[:, None])).mean(axis=1) - base) / STEP
            for some in np.array_split(np.arange(count), -(-count * len(y) // CELLS))
        ]
    )
    return values - values.mean() if np.isfinite(values).all() else None

"""The bootstrap-t: each draw of a gain over its own standard error, for means of losses, which may have heavy tails.

A draw that misses the few large losses has a small gain *and* a small standard error; dividing by it gives the interval
the side that percentiles miss. Simulated (squared errors of lognormal targets, tuned better on all but the largest):
percentiles covered .87, 300 rows; BCa .89; this .92 to .93; the union of percentiles and this .93, 11 % wider. With
normal errors percentiles .93 to .94, the union .95, 4 % wider.
Source: Efron 1979; Hesterberg 2015, 5.6.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finetooth.metrics import Metric
from finetooth.verdict.influence import Moments, moments
from finetooth.verdict.weighted_metrics import Floats

Ints = NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True)
class Studentised:
    """The gain with the losses averaged over seeds, its standard error, and what t statistics of draws need.

    `terms` (units, p + 1) are the sums of the row terms over each unit, and how many rows it has; `products` (units,
    (p + 1)^2) are their products. `first` is one row of each unit.
    """

    gain: float
    error: float
    moments: Moments
    terms: Floats
    products: Floats
    first: Ints

    def statistics(self, weights: Floats) -> Floats:
        """The t statistic (draws,) of each draw of row weights (draws, n); 0 where nothing varies."""
        gains, errors = _of_draws(self.moments, self.terms, self.products, weights[:, self.first])
        ratios: Floats = np.divide(gains - self.gain, errors, out=np.zeros_like(gains), where=errors > 0)
        return ratios


def studentised(
    metric: Metric, y: Floats, tuned: Floats, default: Floats | None, code: Ints | None
) -> Studentised | None:
    """What the t statistics of the gain need, or None for a metric that is not made of mean losses.

    `tuned` and `default` (seeds, n, ...); `code` (n,) numbers the units that are drawn as a whole; None: each row.
    """
    of_means = moments(metric, y, tuned, default)
    if of_means is None:
        return None
    rows = np.hstack([of_means.terms, np.ones((len(y), 1))])
    if code is None:
        terms, first = rows, np.arange(len(y))
    else:
        first = np.unique(code, return_index=True)[1]
        terms = np.stack([np.bincount(code, column) for column in rows.T], axis=1)
    products = (terms[:, :, None] * terms[:, None, :]).reshape(len(terms), -1)
    gains, errors = _of_draws(of_means, terms, products, np.ones((1, len(terms))))
    return Studentised(float(gains[0]), float(errors[0]), of_means, terms, products, first)


def _of_draws(of_means: Moments, terms: Floats, products: Floats, counts: Floats) -> tuple[Floats, Floats]:
    """The gain and its standard error by the delta method in each draw; `counts` (draws, units)."""
    sums = np.einsum("du,up->dp", counts, terms)
    rows = sums[:, -1:]
    means = sums[:, :-1] / rows
    slope = of_means.slope(means)
    # A unit's influence is slope . (sum of its terms - its rows x the means): a product with one vector a draw.
    vector = np.hstack([slope, -(slope * means).sum(axis=1, keepdims=True)])
    squares = np.einsum("du,uk->dk", counts, products).reshape(len(counts), terms.shape[1], -1)
    variance = np.einsum("dp,dpq,dq->d", vector, squares, vector) / rows[:, 0] ** 2
    return of_means.value(means), np.sqrt(np.maximum(variance, 0.0))

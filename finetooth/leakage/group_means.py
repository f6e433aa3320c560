"""Are the means of the target by group closer to a curve of a column than the drawing of rows allows?

The mean of a group of n rows misses the group's expected value by an error of variance s^2 / n. A column that was
measured knows nothing of that error, so the means scatter about any curve of the column at least that much. A column
that was made of the means themselves (smoothed, weighted, with noise, from other folds) repeats the error, and they
scatter less.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from finetooth.leakage.columns import Floats

FEWEST = 8  # groups; fewer means lie near a curve by chance
BINS = 10  # ranges of the column in which the relation within groups is judged


@dataclass(frozen=True, slots=True)
class Scatter:
    """How far the means lie from a curve of the column, over what the drawing of rows alone would cause.

    `ratio` is about 1 or more for a measured column and near 0 for an encoding; `without` is the same when the curve
    may use the sizes of the groups alone; `p` is the chance of so small a ratio for a measured column.
    """

    ratio: float = 1.0
    without: float = 1.0
    p: float = 1.0
    groups: int = 0


def scatter(values: Floats, target: Floats, codes: NDArray[np.integer], noise: float = 1.0) -> Scatter:
    """The scatter of the means of `target` (n,) by `codes` (n,) about a curve of the means of `values` (n,).

    `noise` is the share of the variance within groups that other columns do not explain.
    """
    sizes = np.bincount(codes).astype(float)
    counted = np.flatnonzero(sizes >= 2)
    if len(counted) < FEWEST:
        return Scatter()
    n = sizes[counted]
    means, column = (np.bincount(codes, each)[counted] / n for each in (target, values))
    spread = _variances(values, target, codes)[counted] * noise
    if spread.sum() <= 0 or np.ptp(column) == 0:
        return Scatter()
    by_size = _sizes(n)
    left, used = _scatter_about(np.column_stack([by_size, _curve(column, n)]), means, n)
    left_without, used_without = _scatter_about(by_size, means, n)
    groups = len(n)
    if groups <= used + 2:
        return Scatter()
    expected = spread.sum() / groups
    ratio = left / (groups - used) / expected
    freedom = spread.sum() ** 2 / (spread**2).sum() * (groups - used) / groups  # of unequal variances: fewer
    without = left_without / (groups - used_without) / expected
    return Scatter(float(ratio), float(without), float(chi2.cdf(ratio * freedom, freedom)), groups)


def _variances(values: Floats, target: Floats, codes: NDArray[np.integer]) -> Floats:
    """The variance of the target within each group, less what the column explains of it there."""
    sizes = np.bincount(codes).astype(float)
    n = np.maximum(sizes, 1)
    means, column = (np.bincount(codes, each) / n for each in (target, values))
    dy, dx = target - means[codes], values - column[codes]
    xx, xy, yy = (np.bincount(codes, product) for product in (dx * dx, dx * dy, dy * dy))
    variances: Floats = yy / np.maximum(sizes - 1, 1)
    if xx.sum() <= 1e-12 * float(((values - values.mean()) ** 2).sum()):
        return variances
    several = np.flatnonzero(sizes >= 2)
    order = several[np.argsort(column[several], kind="stable")]
    for part in np.array_split(order, min(BINS, max(1, len(order) // 3))):
        centred = column[part] - np.average(column[part], weights=n[part])
        across = float((n[part] * centred * means[part]).sum())
        within = float(xy[part].sum())
        # Leaving out a row's own target turns the relation within groups round; only what goes the same way as
        # the relation between groups can bring the means nearer to the curve.
        if within * across > 0:
            variances[part] *= 1 - within**2 / max(float(xx[part].sum() * yy[part].sum()), 1e-300)
    return variances


def _sizes(n: Floats) -> Floats:
    columns = [np.ones(len(n))]
    if np.ptp(n) > 0 and len(n) >= 2 * FEWEST:
        columns += [1 / n, np.log(n)]
    return np.column_stack(columns)


def _curve(column: Floats, n: Floats) -> Floats:
    """A spline of the column; a smoothed mean also weighs it by the size of the group."""
    centred = column - np.average(column, weights=n)
    z = centred / np.sqrt(np.average(centred**2, weights=n))
    columns = [z]
    weighed = np.ptp(n) > 0
    if len(n) >= 2 * FEWEST:
        columns += [z**2, z / n] if weighed else [z**2]
    if len(n) >= 3 * FEWEST:
        columns.append(z**3)
    if len(n) >= 5 * FEWEST:
        columns += [np.maximum(z - np.quantile(z, share), 0) ** 3 for share in (0.2, 0.5, 0.8)]
        columns += [z**2 / n, z**3 / n] if weighed else []
    return np.column_stack(columns)


def _scatter_about(basis: Floats, means: Floats, n: Floats) -> tuple[float, int]:
    """The weighted sum of squares that the basis leaves, and the number of its terms that counted."""
    scaled = basis / np.maximum(np.abs(basis).max(axis=0), 1e-300)
    root = np.sqrt(n)
    weights, _, rank, _ = np.linalg.lstsq(scaled * root[:, None], means * root, rcond=1e-9)
    left = means - scaled @ weights
    return float((n * left**2).sum()), int(rank)

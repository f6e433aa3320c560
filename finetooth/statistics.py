"""Statistics that more than one room needs: errors of cross-validated means, multiple tests, and alpha spending."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

ALPHA = 0.10  # spent over all openings of a vault, and over all comparisons with one champion; the first spends half
LEAST_ALPHA = 0.001  # finer percentiles would need more draws than they are worth


def corrected_error(scores: ArrayLike, test_share: float) -> float:
    """The standard error of a mean over folds that share their training rows: s sqrt(1/J + n_test / n_train).

    `scores` (J,) are one number a fold; `test_share` is n_test / n_train, 1 / (folds - 1) in cross-validation. NaN for
    fewer than two folds. Source: Nadeau and Bengio 2003, Inference for the generalization error.
    """
    values = np.asarray(scores, dtype=np.float64)
    if len(values) < 2:
        return math.nan
    return math.sqrt(float(np.var(values, ddof=1)) * (1 / len(values) + test_share))


def corrected_lower(scores: Floats, test_share: float, level: float = 0.95) -> float:
    """One-sided lower bound, at `level`, of a mean over folds that share their training rows; as `corrected_error`."""
    from scipy.special import stdtrit  # a quarter of a second, which the first line of a command would wait for

    error = corrected_error(scores, test_share)
    return float(np.mean(scores) - stdtrit(len(scores) - 1, level) * error)


def standard_error(scores: ArrayLike) -> Floats:
    """The standard error of a mean of independent scores, s / sqrt(J). `scores` (..., J), at least two -> (...,)."""
    values = np.asarray(scores, dtype=np.float64)
    spread: Floats = values.std(axis=-1, ddof=1)
    return spread / math.sqrt(values.shape[-1])


def holm(p: Floats) -> Floats:
    """Holm's correction for having tested each of `p` (tests,): adjusted p, to be compared with one error rate."""
    order = np.argsort(p, kind="stable")
    left = len(p) - np.arange(len(p))
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(np.maximum.accumulate(p[order] * left), 1.0)
    return adjusted


def opening_alpha(opening: int) -> float:
    """The error that the k-th opening of a vault may spend: ALPHA / 2^k, so that all openings spend at most ALPHA.

    The first gets .05, a 95 % interval; the second .025.
    """
    if opening < 1:
        raise ValueError(f"openings are counted from 1; got {opening}")
    return ALPHA / 2.0**opening


def comparison_alpha(order: int) -> float:
    """What the k-th comparison with one champion may spend: ALPHA / (k (k + 1)), but not less than `LEAST_ALPHA`.

    About .13 in a year of weekly arrivals; at .05 each, luck alone would replace the champion once a year.
    """
    if order < 1:
        raise ValueError(f"comparisons are counted from 1; got {order}")
    return max(ALPHA / (order * (order + 1)), LEAST_ALPHA)

"""Do cross-validation scores differ? Tests that allow for folds which share their training rows."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from finetooth.details import Posterior
from finetooth.statistics import corrected_error

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Corrected:
    """A mean difference over folds, its corrected t statistic, two-sided p and interval [`low`, `high`]."""

    difference: float
    t: float
    p: float
    low: float
    high: float


def nadeau_bengio(differences: Floats, test_share: float, *, level: float = 0.95) -> Corrected:
    """The corrected resampled t-test of paired fold scores, tuned minus default.

    `differences` (repeats x folds,), flat, at least two; `test_share` is n_test / n_train, which is
    1 / (folds - 1) in cross-validation. t = d / sqrt(s^2 (1/J + n_test/n_train)) with J - 1 degrees of freedom.
    Source: Nadeau & Bengio 2003, Inference for the generalization error.
    """
    difference, error, freedom = _moments(differences, test_share)
    t = difference / error if error > 0 else math.copysign(math.inf, difference) if difference else 0.0
    reach = float(stats.t.ppf((1 + level) / 2, freedom)) * error
    return Corrected(difference, t, float(2 * stats.t.sf(abs(t), freedom)), difference - reach, difference + reach)


def bayesian_t(differences: Floats, folds: int, rope: float) -> Posterior:
    """The correlated Bayesian t-test of paired fold scores, tuned minus default.

    `differences` (repeats x folds,), flat; `rope` is half the width of the region of practical equivalence,
    the smallest gain that matters. The posterior of the gain is Student(J - 1, d, s^2 (1/J + rho / (1 - rho)))
    with rho = 1 / folds. Source: Corani & Benavoli 2015; Benavoli et al. 2017, Time for a change.
    """
    rho = 1 / folds
    difference, error, freedom = _moments(differences, rho / (1 - rho))
    if error == 0:
        return Posterior(float(difference < -rope), float(abs(difference) <= rope), float(difference > rope))
    worse = float(stats.t.cdf(-rope, freedom, difference, error))
    better = float(stats.t.sf(rope, freedom, difference, error))
    return Posterior(worse, max(0.0, 1 - worse - better), better)


def _moments(differences: Floats, test_share: float) -> tuple[float, float, int]:
    """The mean, its corrected standard error, and the degrees of freedom."""
    count = len(differences)
    if count < 2:
        raise ValueError(f"at least two paired fold scores are needed; got {count}")
    return float(np.mean(differences)), corrected_error(differences, test_share), count - 1

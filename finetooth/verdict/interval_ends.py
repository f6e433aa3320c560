"""From draws to the ends of an interval: percentiles and t statistics, widened where units are few, for one fit."""

import math

import numpy as np
from scipy import stats

from finetooth.verdict.dependence import Units
from finetooth.verdict.weighted_metrics import Floats

FEW_UNITS = 12  # a mean of so few drawn values has no tails: coverage .917 with 5 normal values by percentiles alone,
MODERATE = 1.645  # .943 with those of 5 and 95 %, stretched
LEAST_BEYOND = 4  # draws beyond a percentile that can be read off


def of_one_fit(observed: Floats, by_rows: Floats) -> Floats:
    """How far the gain of each fit may truly lie from the mean of all (draws, seeds), given how far it does here.

    `observed` (seeds,) are the gains, `by_rows` (draws, seeds) those of resampled rows. Fits differ also because each
    meets these rows otherwise. With k the part of their variance that rows do not explain, the posterior of a fit's own
    deviation has k times the observed one as its mean and k times the noise of the rows as its variance (empirical
    Bayes: Efron & Morris 1973): nothing where fits are alike, and all of it where seeds decide.
    """
    seeds, apart = len(observed), observed - observed.mean()
    spread = float((apart**2).sum()) / max(seeds - 1, 1)
    if spread == 0:
        return np.zeros_like(by_rows)
    own = by_rows - by_rows.mean(axis=1, keepdims=True)
    noise = float(own.var(axis=0).mean()) * seeds / (seeds - 1)
    k = max(1 - noise / spread, 0.0)
    posterior: Floats = k * apart + math.sqrt(k) * (own - own.mean(axis=0))
    return posterior


def ends(middle: float, drawn: Floats, units: Units, level: float) -> tuple[float, float]:
    """Percentiles of the draws, as far out as few units ask for, and stretched about the middle for the rest."""
    far, furthest = reach(level, units.effective), float(stats.norm.isf(LEAST_BEYOND / len(drawn)))
    if units.count < FEW_UNITS:
        furthest = min(furthest, MODERATE)
    tail = float(stats.norm.sf(min(far, furthest)))
    # The quantile that leaves p of all draws beyond it on average; the usual one leaves more, the fewer the draws.
    low, high = np.quantile(drawn, [tail, 1 - tail], method="weibull")
    stretch = units.stretch * max(1.0, far / furthest)
    if stretch == 1:
        return float(low), float(high)
    return middle - stretch * (middle - float(low)), middle + stretch * (float(high) - middle)


def reach(level: float, effective: float) -> float:
    """How many bootstrap standard errors an interval reaches when the units are few.

    Hesterberg 2015, eq. 7: drawing n of n gives (n - 1) / n of their variance, and Student's quantile replaces the
    normal one; n is the number of equally large units that the units are worth.
    """
    return math.sqrt(effective / (effective - 1)) * float(stats.t.ppf((1 + level) / 2, effective - 1))


def ends_of_t(middle: float, error: float, ratios: Floats, seeds: float, level: float) -> tuple[float, float]:
    """The bootstrap-t interval, with the variance over seeds added to either side."""
    tail = (1 - level) / 2
    low, high = np.quantile(ratios, [tail, 1 - tail], method="weibull")
    of_seeds = float(stats.norm.isf(tail)) * math.sqrt(seeds)
    return middle - math.hypot(max(high, 0.0) * error, of_seeds), middle + math.hypot(min(low, 0.0) * error, of_seeds)

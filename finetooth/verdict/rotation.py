"""How sure is the gain of a procedure? The interval over outer folds, each predicted by a search of its own.

The folds' gains are averaged. Rows and seeds are resampled within each fold; on top comes what the procedure itself
adds, since another table gives another choice: the variance of the folds' gains beyond that of their rows.

Folds share training rows, so that no unbiased estimate of the variance exists (Bengio & Grandvalet 2004). In first
simulations the correction of Nadeau & Bengio 2003 covered .98 to 1.00, and showed fewer gains than one holdout. What
this does with real searches is in benchmarks/results/rotation.md.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from finetooth.errors import InputError
from finetooth.metrics import Metric
from finetooth.verdict.bootstrap import Interval, Ints, resample, two_way
from finetooth.verdict.dependence import Unit, units_of
from finetooth.verdict.influence import gain_scorer
from finetooth.verdict.interval_ends import of_one_fit
from finetooth.verdict.studentised import studentised
from finetooth.verdict.weighted_metrics import Floats


@dataclass(frozen=True, slots=True)
class _Fold:
    """One outer fold: the gain of each seed (seeds,), and that of one fit on resampled rows (draws,).

    `redrawn` resamples had no score, and `units` were drawn, worth `effective` equally large ones.
    """

    observed: Floats
    drawn: Floats
    redrawn: int
    units: int
    effective: float


def rotated(
    metric: Metric,
    y: Floats,
    tuned: Floats,
    default: Floats,
    folds: Ints,
    *,
    blocks: Ints | None = None,
    block_name: Unit = "group",
    draws: int = 2000,
    rng: np.random.Generator,
    level: float = 0.95,
) -> Interval:
    """The percentile interval of the mean gain over outer folds.

    `y` (n,); `tuned` and `default` (seeds, n) or (seeds, n, classes); `folds` (n,) names the outer fold that each row
    was sealed in, `blocks` (n,) the unit that it belongs to, which `block_name` calls so. Raises `InputError` when a
    fold has no score.
    """
    names = np.unique(folds)
    shares = np.array([(folds == name).mean() for name in names])
    sampled = []
    for rows in (np.flatnonzero(folds == name) for name in names):
        given = y[rows], tuned[:, rows], default[:, rows], None if blocks is None else blocks[rows]
        sampled.append(_resampled(metric, *given, draws, rng))
    gains, drawn = (np.stack([getattr(fold, name) for fold in sampled]) for name in ("observed", "drawn"))
    procedure = _procedure(gains.mean(axis=1), drawn.var(axis=1), shares)
    freedom = sum(fold.effective - 1 for fold in sampled), len(names) - 1
    by_seed = shares @ gains
    middle, sampling = float(by_seed.mean()), float((shares**2 * drawn.var(axis=1)).sum())
    low, high = _ends(shares @ drawn, sampling, procedure, freedom, level, rng)
    pooled = _pooled(metric, y, tuned, default, blocks, draws, rng, level)
    if pooled is not None:
        below, above = _reach(pooled, procedure, level)
        low, high = min(low, middle - below), max(high, middle + above)
    spread = float(by_seed.std(ddof=1)) if len(by_seed) > 1 else 0.0
    variance = sampling + procedure
    return Interval(
        difference=middle,
        low=low,
        high=high,
        support=float((shares @ drawn > 0).mean()),
        draws=draws,
        redrawn=sum(fold.redrawn for fold in sampled),
        seed_sd=spread,
        seed_share=min(1.0, spread**2 / len(by_seed) / variance) if variance > 0 else 0.0,
        seeds=len(by_seed),
        rows=len(y),
        units=sum(fold.units for fold in sampled),
        unit_name="row" if blocks is None else block_name,
        effective=sum(fold.effective for fold in sampled),
        heaviest_share=None if pooled is None else pooled.heaviest_share,
    )


def _resampled(
    metric: Metric, y: Floats, tuned: Floats, default: Floats, blocks: Ints | None, draws: int, rng: np.random.Generator
) -> _Fold:
    units = units_of(metric, y, tuned, default, blocks=blocks)
    gains = gain_scorer(metric, y, tuned, default)
    try:
        by_rows, _, redrawn = resample(metric, y, units, gains, None, draws, rng)
    except InputError:
        raise InputError(
            f"each outer fold must have a score of {metric.title} in its resamples; one with {len(y)} sealed rows has "
            "none in most; set validation.outer to fewer folds or to 1, or choose log_loss."
        ) from None
    observed = gains(np.ones((1, len(y))))[0]
    apart = of_one_fit(observed, by_rows)[np.arange(draws), rng.integers(0, len(tuned), size=draws)]
    return _Fold(observed, by_rows.mean(axis=1) + apart, redrawn, units.count, units.effective)


def _pooled(
    metric: Metric,
    y: Floats,
    tuned: Floats,
    default: Floats,
    blocks: Ints | None,
    draws: int,
    rng: np.random.Generator,
    level: float,
) -> Interval | None:
    """The interval of all rows as if one model had predicted them, which skewed losses need; None for other scores.

    A mean of losses over all folds is the mean of the folds' means, so that the bootstrap-t of all rows serves.
    """
    if studentised(metric, y, tuned, default, blocks) is None:
        return None
    return two_way(metric, y, tuned, default, blocks=blocks, draws=draws, rng=rng, level=level)


def _reach(pooled: Interval, procedure: float, level: float) -> tuple[float, float]:
    """How far an interval over rows reaches below and above its middle, with what the searches add."""
    of_search = float(stats.norm.isf((1 - level) / 2)) * math.sqrt(procedure)
    ends = pooled.difference - pooled.low, pooled.high - pooled.difference
    below, above = (math.hypot(end, of_search) if math.isfinite(end) else 0.0 for end in ends)
    return below, above


def _procedure(gains: Floats, sampling: Floats, shares: Floats) -> float:
    """The variance of the mean gain that the searches add: that between folds beyond that of their rows, or zero.

    Two folds share (K - 2) / (K - 1) of their training rows, and are taken to agree as far as that.
    """
    folds, own = len(gains), float((shares**2).sum())
    between = float(np.average((gains - shares @ gains) ** 2, weights=shares)) * folds / (folds - 1)
    shared = (folds - 2) / (folds - 1)
    return max(0.0, between - float(sampling.mean())) * (own + shared * (1 - own))


def _ends(
    drawn: Floats,
    sampling: float,
    procedure: float,
    freedom: tuple[float, float],
    level: float,
    rng: np.random.Generator,
) -> tuple[float, float]:
    """The percentiles of the draws, with normal noise for the procedure, widened for few units and folds."""
    total = sampling + procedure
    if total == 0:
        return float(drawn.mean()), float(drawn.mean())
    # Satterthwaite: each part of the variance has its own degrees of freedom.
    parts = (sampling / total) ** 2 / freedom[0] + (procedure / total) ** 2 / freedom[1]
    tail = float(stats.norm.sf(stats.t.ppf((1 + level) / 2, 1 / parts)))
    noisy = drawn + math.sqrt(procedure) * rng.standard_normal(len(drawn))
    low, high = np.quantile(noisy, [tail, 1 - tail], method="weibull")
    return float(low), float(high)

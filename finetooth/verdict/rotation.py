"""How sure is the gain of a procedure? The interval over outer folds, each predicted by a search of its own.

The folds' gains are averaged. Rows and seeds are resampled within each fold; on top comes what the procedure itself
adds, since another table gives another choice: the variance of the folds' gains beyond that of their rows.

Folds share training rows, so that no unbiased estimate of the variance exists (Bengio & Grandvalet 2004). Simulated
with real searches (benchmarks/results/rotation.md), rows alone cover .92 to .95 of the procedure's gain and the
correction of Nadeau & Bengio 2003 .98 to 1.00, which costs the power that rotation is for; this covers .96 to .98.
"""

import math

import numpy as np
from scipy import stats

from finetooth.errors import InputError
from finetooth.metrics import Metric
from finetooth.verdict.bootstrap import Interval, Ints, Resampled, resample_rows
from finetooth.verdict.weighted_metrics import Floats


def rotated(
    metric: Metric,
    y: Floats,
    tuned: Floats,
    default: Floats,
    folds: Ints,
    *,
    blocks: Ints | None = None,
    draws: int = 2000,
    rng: np.random.Generator,
    level: float = 0.95,
) -> Interval:
    """The percentile interval of the mean gain over outer folds.

    `y` (n,); `tuned` and `default` (seeds, n) or (seeds, n, classes); `folds` (n,) names the outer fold that each row
    was sealed in, `blocks` (n,) the unit that it belongs to. Raises `InputError` when a fold has no score.
    """
    names = np.unique(folds)
    shares = np.array([(folds == name).mean() for name in names])
    observed, by_rows, redrawn, units = [], [], 0, 0
    for name in names:
        rows = np.flatnonzero(folds == name)
        own = None if blocks is None else blocks[rows]
        fold = _resampled(metric, y[rows], tuned[:, rows], default[:, rows], own, draws, rng)
        observed.append(fold.observed)
        by_rows.append(fold.gains)
        redrawn, units = redrawn + fold.redrawn, units + fold.units
    gains = np.stack(observed)  # (folds, seeds)
    seeds = gains.shape[1]
    chosen = rng.integers(0, seeds, size=(len(names), draws, seeds))
    drawn = np.stack(
        [np.take_along_axis(each, pick, axis=1).mean(axis=1) for each, pick in zip(by_rows, chosen, strict=True)]
    )
    within = drawn.var(axis=1)
    between = float(np.average((gains.mean(axis=1) - shares @ gains.mean(axis=1)) ** 2, weights=shares))
    between *= len(names) / (len(names) - 1)
    procedure = max(0.0, between - float(within.mean())) * float((shares**2).sum())
    sampling = float((shares**2 * within).sum())
    low, high = _interval(shares @ drawn, sampling, procedure, (units - len(names), len(names) - 1), level, rng)
    by_seed = shares @ gains
    spread = float(by_seed.std(ddof=1)) if seeds > 1 else 0.0
    variance = sampling + procedure
    return Interval(
        difference=float(by_seed.mean()),
        low=low,
        high=high,
        support=float((shares @ drawn > 0).mean()),
        draws=draws,
        redrawn=redrawn,
        seed_sd=spread,
        seed_share=min(1.0, spread**2 / seeds / variance) if variance > 0 else 0.0,
        seeds=seeds,
        rows=len(y),
        units=units,
    )


def _resampled(
    metric: Metric, y: Floats, tuned: Floats, default: Floats, blocks: Ints | None, draws: int, rng: np.random.Generator
) -> Resampled:
    try:
        return resample_rows(metric, y, tuned, default, blocks, draws, rng)
    except InputError:
        raise InputError(
            f"each outer fold must have a score of {metric.title} in its resamples; one with {len(y)} sealed rows has "
            "none in most; set validation.outer to fewer folds or to 1, or choose log_loss."
        ) from None


def _interval(
    drawn: Floats, sampling: float, procedure: float, freedom: tuple[int, int], level: float, rng: np.random.Generator
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

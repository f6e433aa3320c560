"""How sure is a gain? The two-way bootstrap over rows and paired seeds."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from finetooth.errors import InputError
from finetooth.metrics import Metric
from finetooth.verdict.weighted_metrics import Floats, Scorer, scorer

Ints = NDArray[np.integer[Any]]

MIN_ROWS = 20
MIN_BLOCKS = 5  # simulated coverage with 5, 8 and 12 groups: .94, .95, .94
MIN_CLASS_ROWS = 5
NEEDS_CLASSES = ("roc_auc", "average_precision", "roc_auc_ovr", "balanced_accuracy", "f1")
CELLS = 100_000  # draws x rows held at a time: 1 MB an array, which stays in the cache (half the time of 400,000)


@dataclass(frozen=True, slots=True)
class Interval:
    """The gain of tuned over default (larger is better) with its bootstrap interval [`low`, `high`].

    `support` is the share of draws above zero: not a probability. `draws` were used, and `redrawn` others had no
    score (a class was missing) and were drawn again. `seed_sd` is the standard deviation of the gain over the seeds,
    `seed_share` the seeds' share of the variance of `difference`. `units` rows or blocks were resampled.
    """

    difference: float
    low: float
    high: float
    support: float
    draws: int
    redrawn: int = 0
    seed_sd: float = 0.0
    seed_share: float = 0.0
    seeds: int = 0
    rows: int = 0
    units: int = 0


@dataclass(frozen=True, slots=True)
class Resampled:
    """The `observed` gain of each seed (seeds,), and the `gains` of resampled rows (draws, seeds).

    `redrawn` resamples had no score and were drawn again; `units` rows or blocks were resampled.
    """

    observed: Floats
    gains: Floats
    redrawn: int
    units: int


def two_way(
    metric: Metric,
    y: Floats,
    tuned: Floats,
    default: Floats,
    *,
    blocks: Ints | None = None,
    draws: int = 2000,
    rng: np.random.Generator,
    level: float = 0.95,
) -> Interval:
    """The percentile interval of the gain over resampled rows (or whole blocks) and resampled paired seeds.

    `y` (n,); `tuned` and `default` (seeds, n) or (seeds, n, classes), where one seed fits both; `blocks` (n,) names
    the group or time block of each row. Raises `InputError` when the rows are too few for an interval.
    Sources: Owen 2007 (the pigeonhole bootstrap: both sides are resampled independently); Hesterberg 2015
    (percentiles widened for few units; here for few seeds too, when these are what the gain depends on).
    """
    if tuned.shape != default.shape or tuned.shape[1] != len(y):
        raise ValueError(f"tuned and default must be (seeds, {len(y)}, ...); got {tuned.shape} and {default.shape}")
    check_holdout(metric, y, blocks)
    resampled = resample_rows(metric, y, tuned, default, blocks, draws, rng)
    observed, by_rows, count = resampled.observed, resampled.gains, len(tuned)
    chosen = rng.integers(0, count, size=(draws, count))
    drawn = np.take_along_axis(by_rows, chosen, axis=1).mean(axis=1)
    spread = float(observed.std(ddof=1)) if count > 1 else 0.0
    variance = float(drawn.var())
    own = _of_seeds(spread, by_rows, variance)
    # The quantile that leaves p of all draws beyond it on average; the usual one leaves more, the fewer the draws.
    low, high = np.quantile(drawn, _percentiles(level, resampled.units, count, own), method="weibull")
    sizes = count, len(y), resampled.units
    share = min(1.0, spread**2 / count / variance) if variance > 0 else 0.0
    support = float((drawn > 0).mean())
    redrawn = resampled.redrawn
    return Interval(float(observed.mean()), float(low), float(high), support, draws, redrawn, spread, share, *sizes)


def resample_rows(
    metric: Metric,
    y: Floats,
    tuned: Floats,
    default: Floats,
    blocks: Ints | None,
    draws: int,
    rng: np.random.Generator,
) -> Resampled:
    """The gains of resampled rows, or of whole blocks; the parameters are those of `two_way`."""
    names, unit = np.unique(np.arange(len(y)) if blocks is None else blocks, return_inverse=True)
    pairs = [
        (scorer(metric, y, better), scorer(metric, y, usual)) for better, usual in zip(tuned, default, strict=True)
    ]

    def gains(weights: Floats) -> Floats:
        return metric.sign * np.stack([ours(weights) - usual(weights) for ours, usual in pairs], axis=1)

    observed = gains(np.ones((1, len(y))))[0]
    by_rows, redrawn = _resampled(metric, y, unit if blocks is not None else None, len(names), gains, draws, rng)
    return Resampled(observed, by_rows, redrawn, len(names))


def check_holdout(metric: Metric, y: Floats, blocks: Ints | None = None) -> None:
    """Raise `InputError`, with the number of rows that are needed, when no interval can be had from these rows."""
    if len(y) < MIN_ROWS:
        raise InputError(
            f"the holdout must have at least {MIN_ROWS} rows for an interval; it has {len(y)}; raise split.holdout."
        )
    groups = len(y) if blocks is None else len(np.unique(blocks))
    if blocks is not None and groups < MIN_BLOCKS:
        need = math.ceil(len(y) * MIN_BLOCKS / groups)
        raise InputError(
            f"the holdout must have at least {MIN_BLOCKS} groups, different rows or times for an interval (about "
            f"{need} rows); it has {groups} in {len(y)} rows; raise split.holdout."
        )
    classes, counts = np.unique(y, return_counts=True)
    if metric.name in NEEDS_CLASSES and (len(classes) < 2 or counts.min() < MIN_CLASS_ROWS):
        rows, which = (int(counts.min()), "its rarest class") if len(classes) > 1 else (0, "another class")
        need = math.ceil(len(y) * MIN_CLASS_ROWS / max(rows, 1))
        raise InputError(
            f"the holdout must have at least {MIN_CLASS_ROWS} rows of each class for {metric.title} (about {need} "
            f"rows); it has {rows} of {which} in {len(y)} rows; raise split.holdout or choose log_loss."
        )


def _resampled(
    metric: Metric, y: Floats, unit: Ints | None, units: int, gains: Scorer, draws: int, rng: np.random.Generator
) -> tuple[Floats, int]:
    """The gains (draws, seeds) of resampled units, and how many draws had no score and were repeated."""
    classes = (y[:, None] == np.unique(y)).astype(float) if metric.name in NEEDS_CLASSES else None
    found: list[Floats] = []
    missing, redrawn = draws, 0
    for weights in _weights(len(y), unit, units, rng):
        values = gains(weights[:missing])
        good = np.isfinite(values).all(axis=1)
        if classes is not None:
            good &= (weights[:missing] @ classes > 0).all(axis=1)
        found.append(values[good])
        missing -= int(good.sum())
        redrawn += int((~good).sum())
        if missing == 0:
            break
        if redrawn > 20 * draws:
            raise InputError(
                f"the holdout must have each class in several groups for an interval of {metric.title}; most of the "
                f"resamples of its {units} groups lack a class; raise split.holdout or choose log_loss."
            )
    return np.concatenate(found), redrawn


def _weights(rows: int, unit: Ints | None, units: int, rng: np.random.Generator) -> Iterator[Floats]:
    """How often each row is drawn, a chunk (draws, rows) at a time."""
    chunk = max(1, CELLS // rows)
    start = units * np.arange(chunk)[:, None]
    while True:
        picked = rng.integers(0, units, size=(chunk, units)) + start
        counts = np.bincount(picked.ravel(), minlength=chunk * units).reshape(chunk, units).astype(float)
        yield counts if unit is None else counts[:, unit]


def _percentiles(level: float, units: int, seeds: int, own: float) -> tuple[float, float]:
    """The percentiles that stand for a level when units and seeds are few; `own` is the seeds' share of the variance.

    Hesterberg 2015, eq. 7, for both factors: drawing n of n gives (n - 1) / n of their variance, and Student's
    quantile replaces the normal one. In the normal approximation, with 5 seeds or 10 as their variance asks for, the
    seeds' part of it lifts the lowest coverage from .935 to .940.
    """
    # Satterthwaite: the seeds' part of the variance has seeds - 1 degrees of freedom, the rest units - 1.
    freedom = 1 / (own**2 / max(seeds - 1, 1) + (1 - own) ** 2 / (units - 1))
    wide = math.sqrt(units / (units - 1) + own / seeds) * stats.t.ppf((1 + level) / 2, freedom)
    tail = float(stats.norm.sf(wide))
    return tail, 1 - tail


def _of_seeds(spread: float, by_rows: Floats, variance: float) -> float:
    """The share of the variance that is the seeds' own."""
    seeds = by_rows.shape[1]
    if seeds == 1 or variance == 0:
        return 0.0
    # What differs between seeds only because each meets these rows otherwise counts as noise of the rows.
    noise = float((by_rows - by_rows.mean(axis=1, keepdims=True)).var(axis=0).mean()) * seeds / (seeds - 1)
    return float(min(max((spread**2 - noise) / seeds / variance, 0.0), 1.0))

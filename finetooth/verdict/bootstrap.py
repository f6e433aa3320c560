"""How sure is a gain? The two-way bootstrap over rows, groups or periods and over paired seeds."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from finetooth.errors import InputError
from finetooth.metrics import Metric
from finetooth.verdict.dependence import Unit, Units, units_of
from finetooth.verdict.influence import gain_scorer, influence
from finetooth.verdict.studentised import Studentised, studentised
from finetooth.verdict.weighted_metrics import Floats, Scorer

Ints = NDArray[np.integer[Any]]

MIN_ROWS = 20
MIN_BLOCKS = 5  # simulated coverage with 5, 8 and 12 groups: .94, .95, .94
MIN_CLASS_ROWS = 5
MANY_UNITS = 40  # from here on the bootstrap-t is used: with few units its own tails are those of few draws
FEW_UNITS = 12  # a mean of so few drawn values has no tails: coverage .917 with 5 normal values by percentiles alone,
MODERATE = 1.645  # .943 with those of 5 and 95 %, stretched
MEASURED_UNITS = 200  # of which the heaviest is looked for also where that is done numerically
LEAST_BEYOND = 4  # draws beyond a percentile that can be read off
NEEDS_CLASSES = ("roc_auc", "average_precision", "roc_auc_ovr", "balanced_accuracy", "f1")
CELLS = 100_000  # draws x rows held at a time: 1 MB an array, which stays in the cache (half the time of 400,000)


@dataclass(frozen=True, slots=True)
class Interval:
    """The gain of tuned over default (larger is better) with the interval [`low`, `high`] of the gain of one fit.

    `difference` is the mean over the seeds. `support` is the share of draws above zero: not a probability. `draws` were
    used, and `redrawn` others had no score (a class was missing) and were drawn again. `seed_sd` is the standard
    deviation of the gain over the seeds, `seed_share` the seeds' share of the variance of `difference`. `units` of the
    kind `unit_name` were resampled, worth `effective` equally large ones. `heaviest_share` is the part of the variance
    that the most influential of them has, or None where that was not measured. Where there is no interval, its ends
    and the support are NaN, and `reason` says why.
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
    unit_name: Unit = "row"
    effective: float = 0.0
    heaviest_share: float | None = None
    reason: str | None = None


def two_way(
    metric: Metric,
    y: Floats,
    tuned: Floats,
    default: Floats,
    *,
    blocks: Ints | None = None,
    time: Floats | None = None,
    block_name: Unit = "group",
    draws: int = 2000,
    rng: np.random.Generator,
    level: float = 0.95,
) -> Interval:
    """The interval of the gain over resampled rows (or groups, or periods) and the seed of the fit that ships.

    `y` (n,); `tuned` and `default` (seeds, n) or (seeds, n, classes), where one seed fits both; `blocks` (n,) names the
    group of each row, which `block_name` calls so, and `time` (n,) orders them: then whole periods are drawn, as long
    as the gains depend on each other. Each draw takes the gain of one seed, since one fit ships; over means of losses
    the interval also covers what the bootstrap-t does. Raises `InputError` when the rows are too few for an interval.
    Sources: Owen 2007 (the pigeonhole bootstrap: both sides are resampled independently); Hesterberg 2015 (percentiles
    widened for few units).
    """
    if tuned.shape != default.shape or tuned.shape[1] != len(y):
        raise ValueError(f"tuned and default must be (seeds, {len(y)}, ...); got {tuned.shape} and {default.shape}")
    check_holdout(metric, y, blocks)
    units = units_of(metric, y, tuned, default, blocks=blocks, time=time, block_name=block_name)
    gains = gain_scorer(metric, y, tuned, default)
    observed = gains(np.ones((1, len(y))))[0]
    spread = float(observed.std(ddof=1)) if len(tuned) > 1 else 0.0
    known = Interval(
        float(observed.mean()),
        math.nan,
        math.nan,
        math.nan,
        draws=0,
        seed_sd=spread,
        seeds=len(tuned),
        rows=len(y),
        units=units.count,
        unit_name=units.name,
        effective=units.effective,
        reason=units.reason,
    )
    if units.reason is not None:
        return known
    t = studentised(metric, y, tuned, default, units.code) if units.count >= MANY_UNITS else None
    by_rows, ratios, redrawn = _resampled(metric, y, units, gains, t, draws, rng)
    drawn = by_rows[np.arange(draws), rng.integers(0, len(tuned), size=draws)]
    low, high = _ends(known.difference, drawn, units, level)
    of_rows = float(by_rows.mean(axis=1).var())
    if t is not None:
        seeds = max(float(drawn.var()) - of_rows, 0.0)
        t_low, t_high = _ends_of_t(known.difference, t.error * units.stretch, ratios, seeds, level)
        low, high = min(low, t_low), max(high, t_high)
    variance = of_rows + spread**2 / len(tuned)
    # One of many rows cannot decide a bounded score, and to measure that takes as long as the bootstrap.
    measured = (t is not None or units.count <= MEASURED_UNITS) and not np.array_equal(tuned, default)
    return replace(
        known,
        low=low,
        high=high,
        support=float((drawn > 0).mean()),
        draws=draws,
        redrawn=redrawn,
        seed_share=min(1.0, spread**2 / len(tuned) / variance) if variance > 0 else 0.0,
        heaviest_share=_heaviest(influence(metric, y, tuned, default, units.code)) if measured else None,
    )


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
    metric: Metric, y: Floats, units: Units, gains: Scorer, t: Studentised | None, draws: int, rng: np.random.Generator
) -> tuple[Floats, Floats, int]:
    """The gains (draws, seeds) of resampled units, their t statistics, and how many draws had no score."""
    classes = (y[:, None] == np.unique(y)).astype(float) if metric.name in NEEDS_CLASSES else None
    scored: list[Floats] = []
    ratios: list[Floats] = []
    missing, redrawn = draws, 0
    for weights in resampled_weights(len(y), units.code, units.count, rng):
        values = gains(weights[:missing])
        good = np.isfinite(values).all(axis=1)
        if classes is not None:
            good &= (weights[:missing] @ classes > 0).all(axis=1)
        scored.append(values[good])
        if t is not None:
            ratios.append(t.statistics(weights[:missing][good]))
        missing -= int(good.sum())
        redrawn += int((~good).sum())
        if missing == 0:
            break
        if redrawn > 20 * draws:
            raise InputError(
                f"the holdout must have each class in several groups for an interval of {metric.title}; most of the "
                f"resamples of its {units.count} groups lack a class; raise split.holdout or choose log_loss."
            )
    return np.concatenate(scored), np.concatenate(ratios) if ratios else np.empty(0), redrawn


def resampled_weights(rows: int, unit: Ints | None, units: int, rng: np.random.Generator) -> Iterator[Floats]:
    """How often each row is drawn, a chunk (draws, rows) at a time."""
    chunk = max(1, CELLS // rows)
    start = units * np.arange(chunk)[:, None]
    while True:
        picked = rng.integers(0, units, size=(chunk, units)) + start
        counts = np.bincount(picked.ravel(), minlength=chunk * units).reshape(chunk, units).astype(float)
        yield counts if unit is None else counts[:, unit]


def _ends(middle: float, drawn: Floats, units: Units, level: float) -> tuple[float, float]:
    """Percentiles of the draws, as far out as few units ask for, and stretched about the middle for the rest."""
    reach, furthest = _reach(level, units.effective), float(stats.norm.isf(LEAST_BEYOND / len(drawn)))
    if units.count < FEW_UNITS:
        furthest = min(furthest, MODERATE)
    tail = float(stats.norm.sf(min(reach, furthest)))
    # The quantile that leaves p of all draws beyond it on average; the usual one leaves more, the fewer the draws.
    low, high = np.quantile(drawn, [tail, 1 - tail], method="weibull")
    stretch = units.stretch * max(1.0, reach / furthest)
    if stretch == 1:
        return float(low), float(high)
    return middle - stretch * (middle - float(low)), middle + stretch * (float(high) - middle)


def _reach(level: float, effective: float) -> float:
    """How many bootstrap standard errors an interval reaches when the units are few.

    Hesterberg 2015, eq. 7: drawing n of n gives (n - 1) / n of their variance, and Student's quantile replaces the
    normal one; n is the number of equally large units that the units are worth.
    """
    return math.sqrt(effective / (effective - 1)) * float(stats.t.ppf((1 + level) / 2, effective - 1))


def _ends_of_t(middle: float, error: float, ratios: Floats, seeds: float, level: float) -> tuple[float, float]:
    """The bootstrap-t interval, with the variance over seeds added to either side."""
    tail = (1 - level) / 2
    low, high = np.quantile(ratios, [tail, 1 - tail], method="weibull")
    of_seeds = float(stats.norm.isf(tail)) * math.sqrt(seeds)
    return middle - math.hypot(max(high, 0.0) * error, of_seeds), middle + math.hypot(min(low, 0.0) * error, of_seeds)


def _heaviest(values: Floats | None) -> float | None:
    """The share of the sum of squares that the largest value has."""
    total = 0.0 if values is None else float((values**2).sum())
    return float((values**2).max()) / total if values is not None and total > 0 else None

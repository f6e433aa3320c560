"""How sure is a gain? Weighted metrics, and the two-way bootstrap over rows and paired seeds."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from finetooth.errors import InputError
from finetooth.metrics import Metric

Floats = NDArray[np.float64]
Ints = NDArray[np.integer[Any]]
Scorer = Callable[[Floats], Floats]

MIN_ROWS = 20
MIN_BLOCKS = 5  # simulated coverage with 5, 8 and 12 groups: .94, .95, .94
MIN_CLASS_ROWS = 5
NEEDS_CLASSES = ("roc_auc", "average_precision", "roc_auc_ovr", "balanced_accuracy", "f1")
CELLS = 400_000  # draws x rows held at a time: 3 MB an array, which stays in the cache


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
    names, unit = np.unique(np.arange(len(y)) if blocks is None else blocks, return_inverse=True)
    pairs = [
        (scorer(metric, y, better), scorer(metric, y, usual)) for better, usual in zip(tuned, default, strict=True)
    ]

    def gains(weights: Floats) -> Floats:
        return metric.sign * np.stack([ours(weights) - usual(weights) for ours, usual in pairs], axis=1)

    observed = gains(np.ones((1, len(y))))[0]
    by_rows, redrawn = _resampled(metric, y, unit if blocks is not None else None, len(names), gains, draws, rng)
    chosen = rng.integers(0, len(pairs), size=(draws, len(pairs)))
    drawn = np.take_along_axis(by_rows, chosen, axis=1).mean(axis=1)
    spread = float(observed.std(ddof=1)) if len(pairs) > 1 else 0.0
    variance = float(drawn.var())
    freedom = _freedom(spread, by_rows, variance, len(names))
    low, high = np.quantile(drawn, _percentiles(level, len(names), freedom))
    sizes = len(pairs), len(y), len(names)
    share = min(1.0, spread**2 / len(pairs) / variance) if variance > 0 else 0.0
    support = float((drawn > 0).mean())
    return Interval(float(observed.mean()), float(low), float(high), support, draws, redrawn, spread, share, *sizes)


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
            f"the holdout must have at least {MIN_BLOCKS} groups or time blocks for an interval (about {need} rows); "
            f"it has {groups} in {len(y)} rows; raise split.holdout."
        )
    classes, counts = np.unique(y, return_counts=True)
    if metric.name in NEEDS_CLASSES and (len(classes) < 2 or counts.min() < MIN_CLASS_ROWS):
        rarest, rows = (classes[counts.argmin()], int(counts.min())) if len(classes) > 1 else ("another class", 0)
        need = math.ceil(len(y) * MIN_CLASS_ROWS / max(rows, 1))
        raise InputError(
            f"the holdout must have at least {MIN_CLASS_ROWS} rows of each class for {metric.title} (about {need} "
            f"rows); it has {rows} of {rarest} in {len(y)} rows; raise split.holdout or choose log_loss."
        )


def weighted_scores(metric: Metric, y: Floats, predicted: Floats, weights: Floats) -> Floats:
    """The metric in its own direction under each row of weights: `weights` (draws, n) -> (draws,).

    Equal to scikit-learn's metric with `sample_weight`; NaN where it is undefined (a class without weight).
    `predicted` (n,) or (n, classes).
    """
    return scorer(metric, y, predicted)(weights)


def scorer(metric: Metric, y: Floats, predicted: Floats) -> Scorer:
    """The metric of fixed predictions as a function of weights (draws, n); what can be sorted is sorted once."""
    if metric.name in _LOSSES:
        loss = _LOSSES[metric.name](y, predicted).astype(float)
        root = metric.name == "rmse"
        return lambda w: _mean(w, loss) ** (0.5 if root else 1)
    return _SCORERS[metric.name](y, predicted)


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


def _percentiles(level: float, units: int, freedom: float) -> tuple[float, float]:
    # Hesterberg 2015, eq. 7: the normal tail at sqrt(n / (n - 1)) times Student's quantile.
    wide = math.sqrt(units / (units - 1)) * stats.t.ppf((1 + level) / 2, freedom)
    tail = float(stats.norm.sf(wide))
    return tail, 1 - tail


def _freedom(spread: float, by_rows: Floats, variance: float, units: int) -> float:
    """Satterthwaite's degrees of freedom: the seeds' own part of the variance has seeds - 1, the rest units - 1."""
    seeds = by_rows.shape[1]
    if seeds == 1 or variance == 0:
        return units - 1
    # What differs between seeds only because each meets these rows otherwise counts as noise of the rows.
    noise = float((by_rows - by_rows.mean(axis=1, keepdims=True)).var(axis=0).mean()) * seeds / (seeds - 1)
    share = min(max((spread**2 - noise) / seeds / variance, 0.0), 1.0)
    freedom: float = 1 / (share**2 / (seeds - 1) + (1 - share) ** 2 / (units - 1))
    return freedom


def _mean(weights: Floats, loss: Floats) -> Floats:
    # Not `@`: on many threads it may round otherwise.
    sums: Floats = np.einsum("bi,i->b", weights, loss)
    means: Floats = sums / weights.sum(axis=1)
    return means


def _columns(predicted: Floats) -> Floats:
    """Probabilities (n,) of the second class, or (n, classes), as (n, classes)."""
    return np.stack([1 - predicted, predicted], axis=1) if predicted.ndim == 1 else predicted


def _log_losses(y: Floats, predicted: Floats) -> Floats:
    shares = _columns(predicted)
    own = (shares / shares.sum(axis=1, keepdims=True))[np.arange(len(y)), y.astype(int)]
    tiny = np.finfo(predicted.dtype).eps
    losses: Floats = -np.log(np.clip(own, tiny, 1 - tiny))
    return losses


def _squares(y: Floats, predicted: Floats) -> Floats:
    shares = _columns(predicted)
    squares: Floats = ((shares - (y[:, None] == np.arange(shares.shape[1]))) ** 2).sum(axis=1)
    return squares / 2 if shares.shape[1] == 2 else squares  # the usual scale for two classes


def labels(predicted: Floats) -> Floats:
    """The class that probabilities (n,) or (n, classes) point to."""
    return (predicted >= 0.5).astype(float) if predicted.ndim == 1 else predicted.argmax(axis=1).astype(float)


def _auc(y: Floats, predicted: Floats) -> Scorer:
    """Mann-Whitney: each positive row counts the weight of the negative rows below it, and half of its ties."""
    positive = np.flatnonzero(y == 1)
    negative = np.flatnonzero(y != 1)
    negative = negative[np.argsort(predicted[negative], kind="stable")]
    positive = positive[np.argsort(predicted[positive], kind="stable")]
    below = np.searchsorted(predicted[negative], predicted[positive], side="left")
    up_to = np.searchsorted(predicted[negative], predicted[positive], side="right")
    tied = bool((below < up_to).any())

    def apply(weights: Floats) -> Floats:
        mine = np.take(weights, positive, axis=1)
        under = np.zeros((len(weights), len(negative) + 1))
        np.cumsum(np.take(weights, negative, axis=1), axis=1, out=under[:, 1:])
        beaten = np.take(under, below, axis=1)
        if tied:
            beaten = (beaten + np.take(under, up_to, axis=1)) / 2
        return _ratio(np.einsum("bi,bi->b", mine, beaten), mine.sum(axis=1) * under[:, -1])

    return apply


def _average_precision(y: Floats, predicted: Floats) -> Scorer:
    """The sum over distinct scores of the recall gained there times the precision there."""
    order = np.argsort(-predicted, kind="stable")
    ranked, hits = predicted[order], y[order] == 1
    positive = order[hits]
    thresholds = -np.unique(-ranked[hits])
    end = np.searchsorted(-ranked, -thresholds, side="right") - 1
    end_of_hits = np.searchsorted(-ranked[hits], -thresholds, side="right") - 1

    def apply(weights: Floats) -> Floats:
        found = np.cumsum(np.take(weights, positive, axis=1), axis=1)[:, end_of_hits]
        seen = np.cumsum(np.take(weights, order, axis=1), axis=1)[:, end]
        gained = np.diff(found, axis=1, prepend=0.0)
        return _ratio(np.einsum("bi,bi->b", gained, _share(found, seen)), found[:, -1])

    return apply


def _one_against_rest(y: Floats, predicted: Floats) -> Scorer:
    each = [_auc((y == c).astype(float), predicted[:, c]) for c in range(predicted.shape[1])]
    return lambda w: np.mean([auc(w) for auc in each], axis=0)


def _balanced_accuracy(y: Floats, predicted: Floats) -> Scorer:
    actual = y[:, None] == np.unique(y)
    terms = np.hstack([actual & (labels(predicted) == y)[:, None], actual]).astype(float)

    def apply(weights: Floats) -> Floats:
        hits, size = np.hsplit(weights @ terms, 2)
        return _ratio(_share(hits, size).sum(axis=1), (size > 0).sum(axis=1))

    return apply


def _f1(y: Floats, predicted: Floats) -> Scorer:
    guess = labels(predicted)
    classes = np.array([1.0]) if predicted.ndim == 1 else np.union1d(y, guess)
    actual, named = y[:, None] == classes, guess[:, None] == classes
    terms = np.hstack([2.0 * (actual & named), actual.astype(float) + named])
    return lambda w: _share(*np.hsplit(w @ terms, 2)).mean(axis=1)


def _r2(y: Floats, predicted: Floats) -> Scorer:
    centred = y - y.mean()  # keeps the digits of a target far from zero
    terms = np.stack([centred**2, centred, (y - predicted) ** 2, np.ones(len(y))], axis=1)
    negligible = 1e-12 * terms[:, 0].sum()

    def apply(weights: Floats) -> Floats:
        squares, mean, losses, total = (weights @ terms).T
        spread = squares - mean**2 / total
        return 1 - _ratio(losses, np.where(spread > negligible, spread, 0.0))

    return apply


def _share(part: Floats, whole: Floats) -> Floats:
    """`part / whole`, zero where `whole` is."""
    shares: Floats = np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
    return shares


def _ratio(above: Floats, below: Floats) -> Floats:
    """`above / below`, NaN where `below` is zero."""
    ratios: Floats = np.divide(above, below, out=np.full(len(above), np.nan), where=below > 0)
    return ratios


_LOSSES: dict[str, Callable[[Floats, Floats], Floats]] = {
    "log_loss": _log_losses,
    "brier": _squares,
    "accuracy": lambda y, p: labels(p) == y,
    "rmse": lambda y, p: (y - p) ** 2,
    "mae": lambda y, p: np.abs(y - p),
}
_SCORERS: dict[str, Callable[[Floats, Floats], Scorer]] = {
    "roc_auc": _auc,
    "average_precision": _average_precision,
    "roc_auc_ovr": _one_against_rest,
    "balanced_accuracy": _balanced_accuracy,
    "f1": _f1,
    "r2": _r2,
}

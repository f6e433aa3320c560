"""The metrics under weights: what a bootstrap asks for thousands of times over the same predictions.

What can be sorted or counted once is, so that a draw costs a few sums.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from finetooth.metrics import Metric

Floats = NDArray[np.float64]
Scorer = Callable[[Floats], Floats]


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


def row_losses(metric: Metric, y: Floats, predicted: Floats) -> Floats | None:
    """What each row (n,) adds to a metric that is made of mean row terms; None for the others.

    RMSE and R2: squared errors. `predicted` (n,) or (n, classes).
    """
    if metric.name == "r2":
        return _LOSSES["rmse"](y, predicted).astype(float)
    return _LOSSES[metric.name](y, predicted).astype(float) if metric.name in _LOSSES else None


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

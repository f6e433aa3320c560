"""The metrics that can be tuned for. Inside, larger is better: a loss is flipped once, in `Metric.score`."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from sklearn import metrics as sk

from finetooth.errors import InputError, unknown
from finetooth.records import Kind

Floats = NDArray[np.float64]
Needs = Literal["score", "probability", "label", "value"]


@dataclass(frozen=True, slots=True)
class Metric:
    """A scikit-learn metric with what finetooth must know of it.

    `needs` says what a model must hand over: a ranking score, probabilities, labels, or a value.
    `curve` is XGBoost's own metric whose best round stands for this one on the learning curve.
    """

    name: str
    kinds: tuple[Kind, ...]
    needs: Needs
    greater_is_better: bool
    curve: dict[Kind, str]
    title: str

    @property
    def of_positive(self) -> bool:
        """Whether it is a score of one class: which of the two counts changes it."""
        return self.name in {"f1", "average_precision"}

    @property
    def sign(self) -> int:
        """+1 when larger values are better, -1 for a loss."""
        return 1 if self.greater_is_better else -1

    def natural(self, y: Floats, predicted: Floats) -> float:
        """The metric as the field knows it. `y` (n,); `predicted` (n,) or (n, classes) probabilities."""
        return float(_FUNCTIONS[self.name](y, predicted))

    def score(self, y: Floats, predicted: Floats) -> float:
        """The metric with its sign flipped if it is a loss, so that larger is better."""
        return self.sign * self.natural(y, predicted)

    def min_gain(self, default: float) -> float:
        """The smallest gain worth a change: .002 for bounded scores, .5 % of the default's loss otherwise."""
        return 0.002 if self.greater_is_better else 0.005 * abs(default)


def _labels(predicted: Floats) -> NDArray[np.float64]:
    return (predicted >= 0.5).astype(float) if predicted.ndim == 1 else predicted.argmax(axis=1).astype(float)


def _multi_auc(y: Floats, predicted: Floats) -> float:
    return float(sk.roc_auc_score(y, predicted, multi_class="ovr", labels=np.arange(predicted.shape[1])))


def _log_loss(y: Floats, predicted: Floats) -> float:
    classes = 2 if predicted.ndim == 1 else predicted.shape[1]
    # XGBoost hands over float32 probabilities that may miss a sum of one by more than the library allows.
    p = predicted if predicted.ndim == 1 else predicted / predicted.sum(axis=1, keepdims=True)
    return float(sk.log_loss(y, p, labels=np.arange(classes)))


_FUNCTIONS = {
    "roc_auc": sk.roc_auc_score,
    "average_precision": sk.average_precision_score,
    "log_loss": _log_loss,
    "brier": sk.brier_score_loss,
    "accuracy": lambda y, p: sk.accuracy_score(y, _labels(p)),
    "balanced_accuracy": lambda y, p: sk.balanced_accuracy_score(y, _labels(p)),
    "f1": lambda y, p: sk.f1_score(y, _labels(p), average="binary" if p.ndim == 1 else "macro"),
    "roc_auc_ovr": _multi_auc,
    "rmse": sk.root_mean_squared_error,
    "mae": sk.mean_absolute_error,
    "r2": sk.r2_score,
}

_B: tuple[Kind, ...] = ("binary",)
_C: tuple[Kind, ...] = ("binary", "multiclass")
_M: tuple[Kind, ...] = ("multiclass",)
_R: tuple[Kind, ...] = ("regression",)
_LOGLOSS: dict[Kind, str] = {"binary": "logloss", "multiclass": "mlogloss"}

METRICS = {
    m.name: m
    for m in (
        Metric("roc_auc", _B, "score", True, {"binary": "auc"}, "AUC"),
        Metric("average_precision", _B, "score", True, {"binary": "aucpr"}, "average precision"),
        Metric("log_loss", _C, "probability", False, _LOGLOSS, "log loss"),
        Metric("brier", _B, "probability", False, _LOGLOSS, "Brier score"),
        Metric("accuracy", _C, "label", True, {"binary": "error", "multiclass": "merror"}, "accuracy"),
        Metric("balanced_accuracy", _C, "label", True, _LOGLOSS, "balanced accuracy"),
        Metric("f1", _C, "label", True, _LOGLOSS, "F1"),
        Metric("roc_auc_ovr", _M, "probability", True, {"multiclass": "auc"}, "AUC (one against rest)"),
        Metric("rmse", _R, "value", False, {"regression": "rmse"}, "RMSE"),
        Metric("mae", _R, "value", False, {"regression": "mae"}, "MAE"),
        Metric("r2", _R, "value", True, {"regression": "rmse"}, "R²"),
    )
}

DEFAULTS: dict[Kind, str] = {"binary": "roc_auc", "multiclass": "log_loss", "regression": "rmse"}


def metric(name: str | None, kind: Kind) -> Metric:
    """The metric of that name, or the usual one of the task. `InputError` when it does not fit the task."""
    chosen = name or DEFAULTS[kind]
    if chosen not in METRICS:
        raise unknown("metric", chosen, "the list of metrics", METRICS)
    found = METRICS[chosen]
    if kind not in found.kinds:
        fitting = ", ".join(m.name for m in METRICS.values() if kind in m.kinds)
        raise InputError(
            f"the metric must fit a {kind} target; got '{chosen}', which is for {' and '.join(found.kinds)} "
            f"targets; choose one of: {fitting}."
        )
    return found

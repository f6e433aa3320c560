"""How well a score ranks the target, on one scale for all tasks: the share of pairs in the right order (AUC)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import kendalltau, rankdata

from finetooth.leakage.columns import Floats
from finetooth.records import Kind


@dataclass(frozen=True, slots=True)
class Association:
    """`value` is the AUC for classes and the concordance index for numbers; `z` its distance from 0.5 in null SDs."""

    value: float = 0.5
    z: float = 0.0

    @property
    def strength(self) -> float:
        """The value whichever way the score points: between 0.5 and 1."""
        return max(self.value, 1 - self.value)


def auc(positive: NDArray[np.bool_], score: Floats) -> Association:
    """Area under the ROC curve with the null SD of the Mann-Whitney statistic. Both (n,); ties count half."""
    n1 = int(positive.sum())
    n0 = len(positive) - n1
    if not n1 or not n0:
        return Association()
    ranks = rankdata(score)
    value = float((ranks[positive].sum() - n1 * (n1 + 1) / 2) / (n1 * n0))
    counts = np.unique(score, return_counts=True)[1].astype(float)
    n = n1 + n0
    spread = (n + 1 - (counts**3 - counts).sum() / (n * (n - 1))) / (12 * n1 * n0)
    return Association(value, abs(value - 0.5) / np.sqrt(spread) if spread > 0 else 0.0)


def concordance(y: Floats, score: Floats) -> Association:
    """The concordance index (1 + Somers' D) / 2 (Harrell 1982): the AUC's counterpart for a number. Both (n,)."""
    n = len(y)
    pairs = n * (n - 1) / 2
    differ_y, differ_x = (pairs - _tied_pairs(values) for values in (y, score))
    if not differ_y or not differ_x:
        return Association()
    tau = float(kendalltau(score, y, method="asymptotic").statistic)
    value = 0.5 + 0.5 * tau * float(np.sqrt(differ_x / differ_y))
    spread = np.sqrt(2 * (2 * n + 5) / (9 * n * (n - 1)))  # Kendall's null SD of tau
    return Association(value, abs(tau) / spread)


def association(kind: Kind, y: Floats, score: Floats) -> Association:
    """One score against the target; with several classes, the best of one class against the rest."""
    if kind == "regression":
        return concordance(y, score)
    if kind == "binary":
        return auc(y == 1, score)
    return max((auc(y == code, score) for code in np.unique(y)), key=lambda each: each.strength)


def mean_association(kind: Kind, targets: Floats, scores: Floats) -> Association:
    """Scores (n, k) against a target matrix (n, k): the mean association over its columns, and the largest z."""
    if kind == "regression":
        return concordance(targets[:, 0], scores[:, 0])
    associations = [auc(targets[:, k] == 1, scores[:, k]) for k in range(targets.shape[1]) if np.ptp(targets[:, k]) > 0]
    if not associations:
        return Association()
    return Association(float(np.mean([each.value for each in associations])), max(each.z for each in associations))


def measure_name(kind: Kind) -> str:
    """The name of `Association.value` for a task, with its article."""
    return "a concordance" if kind == "regression" else "an AUC"


def _tied_pairs(values: Floats) -> float:
    counts = np.unique(values, return_counts=True)[1].astype(float)
    return float((counts * (counts - 1) / 2).sum())

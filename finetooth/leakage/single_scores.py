"""How well one column alone tells the target, out of fold: by bins at once, by a tree where that is worth it."""

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.tree import DecisionTreeRegressor

from finetooth.leakage.association import Association, concordance, mean_association
from finetooth.leakage.columns import Codes, Floats, RawColumn
from finetooth.leakage.table import Rows, ranks
from finetooth.records import Kind

SMOOTHING = 10.0  # rows' worth of the overall mean in the encoding of a level
BINS = 64  # of a number, of equally many different values
LEVELS = 0.2  # distinct values per row up to which those of a number may be levels

Splits = list[tuple[Rows, Rows]]


def folds(kind: Kind, y: Floats, count: int, seed: int) -> Splits:
    """Shuffled folds, stratified for classes; none when the table is too small for them."""
    if len(y) < 2 * count:
        return []
    if kind == "regression":
        return list(KFold(count, shuffle=True, random_state=seed).split(y))
    smallest = int(np.unique(y, return_counts=True)[1].min())
    if smallest < 2 or np.ptp(y) == 0:
        return []
    return list(StratifiedKFold(min(count, smallest), shuffle=True, random_state=seed).split(y, y))


def by_levels(kind: Kind, column: RawColumn, rows: Rows, targets: Floats, splits: Splits) -> Association:
    """The association of the mean target by level; a number's levels are bins, or its values if they repeat."""
    codes = column.labels()[rows]
    if column.role in ("category", "text"):
        return _encoded(kind, codes, targets, splits)
    distinct = np.unique(codes, return_inverse=True)[1]
    most = int(distinct.max(initial=0)) + 1
    missing = codes < 0
    binned = np.where(missing, -1, (distinct - missing.any()) * BINS // max(most, BINS))
    scores = [_encoded(kind, binned if most > BINS else codes, targets, splits)]
    if BINS < most <= LEVELS * len(rows):
        scores.append(_encoded(kind, codes, targets, splits))
    return max(scores, key=lambda each: each.value)


def has_levels(column: RawColumn, rows: Rows) -> bool:
    """Whether so few values of a number come so often that each may mean something else."""
    return len(np.unique(column.labels()[rows])) <= LEVELS * len(rows)


def by_tree(kind: Kind, column: RawColumn, rows: Rows, targets: Floats, splits: Splits) -> Association:
    """The association of a tree on the order of a number; of that order itself if the target is one, and it is more."""
    values = ranks(column.numbers()[rows])[:, None]
    # A leaf holds enough rows not to memorise noise; a number needs finer steps for its order than a class.
    leaf = max(5, len(rows) // (2_000 if kind == "regression" else 200))
    tree_score = mean_association(kind, targets, _tree_predictions(values, targets, splits, leaf))
    if kind == "regression" and not np.isnan(values).any():
        # A leaf gives all its rows one value, which counts as ties; the column's own order has no such limit.
        order_score = concordance(targets[:, 0], values[:, 0].astype(float))
        return max(tree_score, Association(order_score.strength, order_score.z), key=lambda score: score.value)
    return tree_score


def _tree_predictions(values: NDArray[np.float32], targets: Floats, splits: Splits, leaf: int) -> Floats:
    scores = np.empty_like(targets)
    for fit, test in splits:
        tree = DecisionTreeRegressor(min_samples_leaf=leaf, random_state=0)
        scores[test] = tree.fit(values[fit], targets[fit]).predict(values[test]).reshape(len(test), -1)
    return scores


def _encoded(kind: Kind, codes: Codes, targets: Floats, splits: Splits) -> Association:
    codes = codes + 1  # missing is a level of its own
    scores = np.empty_like(targets)
    for fit, test in splits:
        counts = np.bincount(codes[fit], minlength=codes.max() + 1)
        for k in range(targets.shape[1]):
            mean = targets[fit, k].mean()
            sums = np.bincount(codes[fit], targets[fit, k], minlength=codes.max() + 1)
            scores[test, k] = ((sums + SMOOTHING * mean) / (counts + SMOOTHING))[codes[test]]
    return mean_association(kind, targets, scores)

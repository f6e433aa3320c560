"""How much of the target's variance within groups do the other columns not explain?

Where each day has all its hours, the means by day vary less than rows drawn at random would: what the hour explains
does not count as chance.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.model_selection import KFold, cross_val_predict

from finetooth import seeds
from finetooth.data.chance import some_rows
from finetooth.leakage.columns import Floats
from finetooth.leakage.table import Table, ranks

ROWS = 10_000
COLUMNS = 40


def share_unexplained(tables: Sequence[Table], column: str, target: Floats, codes: NDArray[np.integer]) -> float:
    """Between 0 and 1: the out-of-fold residual variance of boosted trees on all columns but `column`, within groups.

    `target` (n,) and `codes` (n,) are of all tables one after the other. The place in the file and within the group
    are columns as well.
    """
    rng = seeds.stream(tables[0].seed, "leakage", "unexplained")
    rows = some_rows(len(target), ROWS, rng)
    groups = np.unique(codes[rows], return_inverse=True)[1]
    y = target[rows]
    total = _within(y, groups)
    if total <= 0:
        return 1.0
    names = [name for name in tables[0].features if name != column and all(name in each.frame for each in tables)]
    values = {name: np.concatenate([each.column(name).numbers() for each in tables])[rows] for name in names}
    centred = y - (np.bincount(groups, y) / np.bincount(groups))[groups]
    chosen = sorted(values, key=lambda name: -_strength(values[name], centred))[:COLUMNS]
    place = np.concatenate([each.frame.index.argsort().argsort() for each in tables])[rows].astype(float)
    inside = pd.Series(place).groupby(groups).rank(method="first").to_numpy()
    X = np.column_stack([*(ranks(values[name]) for name in chosen), ranks(place), ranks(inside)])
    trees = HistGradientBoostingRegressor(max_iter=60, min_samples_leaf=10, early_stopping=False, random_state=0)
    folds = KFold(3, shuffle=True, random_state=seeds.seed(tables[0].seed, "leakage", "unexplained"))
    residual = y - cross_val_predict(trees, X, y, cv=folds)
    return float(min(1.0, _within(residual, groups) / total))


def _within(values: Floats, groups: NDArray[np.integer]) -> float:
    means = np.bincount(groups, values) / np.bincount(groups)
    return float(((values - means[groups]) ** 2).sum())


def _strength(values: Floats, centred: Floats) -> float:
    present = np.isfinite(values)
    if present.sum() < 20 or np.ptp(values[present]) == 0 or np.ptp(centred[present]) == 0:
        return 0.0
    order = ranks(values)[present]
    straight = abs(float(np.corrcoef(order, centred[present])[0, 1]))
    folded = abs(float(np.corrcoef((order - 0.5) ** 2, centred[present])[0, 1])) if np.ptp(order) > 0 else 0.0
    return max(straight, folded if np.isfinite(folded) else 0.0)

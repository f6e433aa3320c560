"""Do a few columns give a numeric target almost exactly, by a smooth surface on rows that were not fitted?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

from finetooth.leakage.columns import Floats
from finetooth.leakage.exact_fit import MIDDLE
from finetooth.leakage.formulas import inner_rows, likeliest
from finetooth.leakage.table import Rows, Table

ROWS = 3_000
FEWEST = 100
MOST = 6  # columns of the surface
DEGREES = {1: 5, 2: 5, 3: 4, 4: 3, 5: 2, 6: 2}  # of the polynomial, by the number of columns
# 1 - R2 on rows that were not fitted. The best of 19 real tables of numbers left .03; what is left below a thousandth
# is the digits that were not written down, or a little noise that was added.
ERROR = 1e-5
WARNING = 1e-3
PROMISING = 0.1  # left by a quick fit, above which the higher degrees are not tried


@dataclass(frozen=True, slots=True)
class NearFit:
    """Columns that leave the share `unexplained` of the target's variance on rows that were not fitted."""

    columns: tuple[str, ...]
    unexplained: float
    rows: int


def search(table: Table) -> NearFit | None:
    """The smallest set of at most six columns that leaves a thousandth or less; None without one."""
    rows = table.subset(ROWS, "near_fit")
    rows = rows[inner_rows(table.y)[rows]]
    names = [name for name in table.features if table.column(name).role in ("number", "date")]
    if len(rows) < FEWEST:
        return None
    complete = [name for name in names if np.isfinite(table.column(name).numbers()[rows]).mean() > 0.5]
    if not complete:
        return None
    ranked = likeliest(table, complete, rows)[:MOST]
    for count in range(1, len(ranked) + 1):
        chosen = ranked[:count]
        unexplained, used = _unexplained(table, chosen, rows)
        if unexplained <= WARNING:
            return _fewer(table, NearFit(tuple(chosen), unexplained, used), rows)
    return None


def _fewer(table: Table, found: NearFit, rows: Rows) -> NearFit:
    """Without the columns that change little."""
    limit = ERROR if found.unexplained <= ERROR else WARNING
    for name in reversed(found.columns):
        rest = tuple(column for column in found.columns if column != name)
        if rest:
            unexplained, used = _unexplained(table, rest, rows)
            if unexplained <= limit:
                found = NearFit(rest, unexplained, used)
    return found


def _unexplained(table: Table, names: list[str] | tuple[str, ...], rows: Rows) -> tuple[float, int]:
    values = np.column_stack([table.column(name).numbers()[rows] for name in names])
    y = table.y[rows]
    there = np.isfinite(values).all(axis=1)
    values, y = values[there], y[there]
    if len(y) < FEWEST or np.ptp(y) == 0:
        return 1.0, len(y)
    fitted = np.arange(len(y)) % 3 > 0
    if fitted.sum() < 2 * len(names) + 20:
        return 1.0, len(y)
    positive = (values > 0).all(axis=0)
    logs = np.log(values[:, positive])
    surfaces = [values, np.column_stack([values, logs])] if positive.any() else [values]
    if positive.any():
        surfaces.append(np.column_stack([logs, values[:, ~positive]]))
    targets = (False, True) if y.min() > 0 else (False,)
    left = 1.0
    for X in surfaces:
        for logarithm in targets:
            left = min(left, _left(X, y, fitted, 2 if len(names) > 1 else 3, logarithm=logarithm))
            if left < PROMISING:
                left = min(left, _left(X, y, fitted, DEGREES[len(names)], logarithm=logarithm))
    return left, len(y)


def _left(X: Floats, y: Floats, fitted: NDArray[np.bool_], degree: int, *, logarithm: bool) -> float:
    """1 - R2 on the rows that are not `fitted` (n,) of a polynomial in the columns X (n, p)."""
    polynomial = PolynomialFeatures(degree)
    if polynomial.fit(X[:1]).n_output_features_ > fitted.sum() / 3:
        return 1.0
    model = make_pipeline(StandardScaler(), polynomial, LinearRegression())
    model.fit(X[fitted], np.log(y[fitted]) if logarithm else y[fitted])
    predicted = model.predict(X[~fitted])
    left = y[~fitted]
    residual = left - (np.exp(np.minimum(predicted, 700)) if logarithm else predicted)
    # A few rows with a large value must not stand for all.
    low, high = np.quantile(left, [MIDDLE, 1 - MIDDLE])
    middle = (left >= low) & (left <= high)
    parts = [np.ones(len(left), dtype=bool), *([middle] if high > low else [])]
    return max(float((residual[part] ** 2).mean() / max(float(left[part].var()), 1e-300)) for part in parts)

"""Can the target be computed from a few columns, to the last digit? Then a model would only find the formula."""

from collections.abc import Iterator
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from finetooth.leakage.columns import Codes, Floats
from finetooth.leakage.findings import waiver_hint
from finetooth.leakage.table import Rows, Table
from finetooth.records import Finding

CHECK = "target_function"
MONOTONE = 0.9999  # absolute Spearman
EXACT = 1e-9  # 1 - R2 of the least squares
TERMS = 3  # columns in the formula
COLUMNS = 60  # columns among which formulas are searched when the solution is not unique
ROWS = 2_000  # rows on which a formula is searched; it is confirmed on all
FEWEST = 50  # rows below which a formula may fit by chance
REPEATS = 2  # rows per distinct value of a number from which a one-to-one match means something


def check(table: Table) -> tuple[Finding, ...]:
    """One-to-one matches, monotone copies, and exact sums or products of at most three columns."""
    y = table.y
    if len(table) < FEWEST or np.ptp(y) == 0:
        return ()
    levels = np.unique(y, return_inverse=True)[1]
    copies = tuple(finding for name in table.features if (finding := _copy(table, name, y, levels)))
    if copies or table.kind == "multiclass":
        return copies
    return tuple(_formula(table))


def _copy(table: Table, name: str, y: Floats, levels: Codes) -> Finding | None:
    column = table.column(name)
    if (levels.max() + 1) * REPEATS <= len(y) and _one_to_one(column.labels(), levels):
        return _error(table, (name,), f"'{name}' and '{table.target}' match one to one", 1.0)
    values = column.numbers()
    present = np.isfinite(values)
    if table.kind == "binary" or column.role not in ("number", "date") or present.sum() < FEWEST:
        return None
    if np.ptp(values[present]) == 0 or np.ptp(y[present]) == 0 or levels.max() <= 1:
        return None
    rho = abs(float(spearmanr(values[present], y[present]).statistic))
    if rho <= MONOTONE:
        return None
    return _error(
        table, (name,), f"'{name}' puts '{table.target}' in order with a Spearman correlation of {rho:.6f}", rho
    )


def _one_to_one(codes: Codes, y: Codes) -> bool:
    values = len(np.unique(codes))
    if values != y.max() + 1 or values < 2:
        return False
    return len(np.unique((codes + 1) * (y.max() + 1) + y)) == values


def _formula(table: Table) -> Iterator[Finding]:
    names = [name for name in table.features if table.column(name).role == "number"]
    rows = table.subset(ROWS, CHECK)
    for form in ("sum", "product"):
        usable, values = _complete(table, names, rows, form)
        if len(values) < FEWEST or values.shape[1] < 2:
            continue
        for support in _supports(values[:, :-1], values[:, -1]):
            columns = [usable[i] for i in support]
            weights = _fit_on_all_rows(table, columns, form)
            if weights is not None:
                yield _formula_finding(table, columns, weights, form)
                return


def _complete(table: Table, names: list[str], rows: Rows, form: str) -> tuple[list[str], Floats]:
    """The columns that can be used together, and the rows where all are present; the target is the last column."""
    y = _transformed(table.y[rows], form)
    present = np.isfinite(y)
    usable: list[str] = []
    usable_values: list[Floats] = []
    columns = {name: _transformed(table.column(name).numbers()[rows], form) for name in names}
    for name in sorted(names, key=lambda column: int((~np.isfinite(columns[column])).sum())):
        jointly_present = present & np.isfinite(columns[name])
        if jointly_present.sum() >= max(FEWEST, len(rows) // 2) and np.ptp(columns[name][jointly_present]) > 0:
            present = jointly_present
            usable.append(name)
            usable_values.append(columns[name])
    return usable, np.column_stack([*usable_values, y])[present]


def _transformed(values: Floats, form: str) -> Floats:
    if form == "sum":
        return values
    out = np.full(len(values), np.nan)
    np.log(values, out=out, where=values > 0)
    return out


def _supports(X: Floats, y: Floats) -> Iterator[tuple[int, ...]]:
    """Sets of at most three columns that give `y` exactly: none when all columns together do not."""
    if np.ptp(y) == 0:
        return
    spread = X.std(axis=0)
    moving = np.flatnonzero(spread > 0)
    Z = (X[:, moving] - X[:, moving].mean(axis=0)) / spread[moving]
    z = (y - y.mean()) / y.std()
    if len(z) > Z.shape[1] + 10 and _unexplained(Z, z) > EXACT:
        return
    weights = np.linalg.lstsq(Z, z, rcond=None)[0]
    likely = np.argsort(-np.abs(weights))[:COLUMNS]
    gram, target = Z.T @ Z / len(z), Z.T @ z / len(z)
    for size in range(1, TERMS + 1):
        for subset in _batches(likely, size):
            A = gram[subset[:, :, None], subset[:, None, :]] + 1e-13 * np.eye(size)
            b = target[subset]
            explained = np.einsum("ij,ij->i", b, np.linalg.solve(A, b[:, :, None])[:, :, 0])
            # The quick solution loses digits for columns that go together, so it only nominates.
            for row in np.argsort(-explained)[:5]:
                if explained[row] > 1 - 1e-6 and _unexplained(Z[:, subset[row]], z) <= EXACT:
                    yield tuple(int(moving[i]) for i in subset[row])


def _batches(columns: NDArray[np.intp], size: int) -> Iterator[NDArray[np.intp]]:
    # Ordered from the likeliest, the first batch holds the answer whenever it is unique.
    yield np.array(list(combinations(columns[: 2 * TERMS], size)), dtype=np.intp).reshape(-1, size)
    yield np.array(list(combinations(columns, size)), dtype=np.intp).reshape(-1, size)


def _unexplained(Z: Floats, z: Floats) -> float:
    residual = z - Z @ np.linalg.lstsq(Z, z, rcond=None)[0]
    return float((residual**2).sum() / (z**2).sum())


def _fit_on_all_rows(table: Table, columns: list[str], form: str) -> Floats | None:
    values = np.column_stack([_transformed(table.column(name).numbers(), form) for name in columns])
    y = _transformed(table.y, form)
    present = np.isfinite(values).all(axis=1) & np.isfinite(y)
    A = np.column_stack([values[present], np.ones(present.sum())])
    target = y[present]
    # Columns of very different sizes would look dependent.
    sizes = np.abs(A).max(axis=0)
    weights: Floats = np.linalg.lstsq(A / sizes, target, rcond=None)[0] / sizes
    unexplained = ((target - A @ weights) ** 2).sum() / ((target - target.mean()) ** 2).sum()
    return weights if unexplained <= EXACT else None


def _formula_finding(table: Table, columns: list[str], weights: Floats, form: str) -> Finding:
    order = [columns.index(name) for name in table.features if name in columns]
    if form == "sum":
        parts = [(_sign_and_factor(weights[i]), columns[i]) for i in order]
        text = " ".join(f"{sign} {factor}{name}" for (sign, factor), name in parts).removeprefix("+ ")
        if abs(weights[-1]) > 1e-6 * float(np.abs(table.y).max()):
            text += f" {'+' if weights[-1] > 0 else '-'} {abs(weights[-1]):g}"
    else:
        text = " x ".join(columns[i] if abs(weights[i] - 1) < 1e-6 else f"{columns[i]}^{weights[i]:.4g}" for i in order)
        if abs(weights[-1]) > 1e-6:
            text = f"{np.exp(weights[-1]):.6g} x {text}"
    return _error(table, tuple(columns[i] for i in order), f"'{table.target}' = {text}, exactly", 1.0)


def _sign_and_factor(weight: float) -> tuple[str, str]:
    sign = "+" if weight > 0 else "-"
    return sign, "" if abs(abs(weight) - 1) < 1e-6 else f"{abs(weight):.6g} x "


def _error(table: Table, columns: tuple[str, ...], statement: str, strength: float) -> Finding:
    return Finding(
        check=CHECK,
        severity="error",
        columns=columns,
        message=f"{statement} ({len(table):,} rows).",
        meaning="The target can be computed from this; it is the target under another name, or its parts.",
        remedy=f"Declare {' and '.join(repr(name) for name in columns)} as post_outcome; if all are known beforehand, "
        f"no model is needed: {waiver_hint(CHECK, columns[0])}.",
        evidence={"strength": strength, "terms": len(columns), "rows": len(table)},
    )

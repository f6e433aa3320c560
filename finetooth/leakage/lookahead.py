"""Is a column of a series made of later values of the target, such as a mean over the days around?"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from finetooth.leakage.columns import Floats
from finetooth.leakage.findings import waiver_hint
from finetooth.leakage.table import Table
from finetooth.records import Finding

CHECK = "future_values"
WINDOW = 30  # rows before and after
FEWEST = 8  # rows a weight
COLUMNS = 200  # that go most with the target
# Of the column's variance, not explained by the target's values around a row. A measured column that drives the
# target leaves the target's noise unexplained, and is told as well by values before as by values around.
ERROR = 1e-3
WARNING = 0.02
FEWER = 10.0  # times less than earlier values alone leave
SINGLE = 0.9  # share of rows with a time of their own, below which the rows are no single series


def check(table: Table) -> tuple[Finding, ...]:
    """Columns that the target's values around a row give almost exactly, and its earlier values do not."""
    return tuple(_search((table,)))


def check_across(train: Table, holdout: Table) -> tuple[Finding, ...]:
    """The same over training and sealed rows together, for columns that the training rows alone do not show."""
    shown = {name for finding in _search((train,)) for name in finding.columns}
    return tuple(finding for finding in _search((train, holdout)) if finding.columns[0] not in shown)


def _search(tables: Sequence[Table]) -> Iterator[Finding]:
    y = np.concatenate([table.y for table in tables])
    window = min(WINDOW, len(y) // (2 * FEWEST) // 2 - 1)
    if tables[0].kind == "multiclass" or window < 2 or np.ptp(y) == 0:
        return
    order = _order(tables)
    if order is None:
        return
    y = y[order]
    around = np.lib.stride_tricks.sliding_window_view(y, 2 * window + 1)
    before = around[:, :window]
    for name, values in _columns(tables, order, y):
        column = values[window:-window]
        present = np.isfinite(column)
        if present.sum() < FEWEST * (2 * window + 1) or np.ptp(column[present]) == 0:
            continue
        left = _unexplained(around[present], column[present])
        if left > WARNING or left * FEWER > _unexplained(before[present], column[present]):
            continue
        yield _finding(tables[0], name, left, int(present.sum()))


def _order(tables: Sequence[Table]) -> NDArray[np.intp] | None:
    """The rows in time: by the declared time, else by the only column of dates, else as in the file."""
    first = tables[0]
    dates = [name for name in first.features if first.column(name).role == "date"]
    time = first.declared.time or (dates[0] if len(dates) == 1 else None)
    if first.declared.group is not None:
        return None
    if time is not None and all(time in table.frame for table in tables):
        times = np.concatenate([table.column(time).numbers() for table in tables])
        if len(np.unique(times)) < SINGLE * len(times):
            return None
        return np.argsort(times, kind="stable")
    places = np.concatenate([table.frame.index.to_numpy() for table in tables])
    if places.dtype.kind not in "iu" or len(np.unique(places)) < len(places):
        return None
    return np.argsort(places, kind="stable")


def _columns(tables: Sequence[Table], order: NDArray[np.intp], y: Floats) -> Iterator[tuple[str, Floats]]:
    """The numbers in time that go most with the target a few rows before, at or after."""
    strength: dict[str, float] = {}
    values: dict[str, Floats] = {}
    for name in tables[0].features:
        if all(name in table.frame and table.column(name).role == "number" for table in tables):
            column = np.concatenate([table.column(name).numbers() for table in tables])[order]
            present = np.isfinite(column)
            if present.mean() > 0.5 and np.ptp(column[present]) > 0:
                values[name] = column
                filled = np.where(present, column, column[present].mean())
                strength[name] = max(abs(float(np.corrcoef(filled, np.roll(y, -lag))[0, 1])) for lag in (0, 1, 3))
    for name in sorted(values, key=lambda name: -strength[name])[:COLUMNS]:
        yield name, values[name]


def _unexplained(X: Floats, column: Floats) -> float:
    """1 - R2 of a least squares fit, adjusted for the number of weights."""
    A = np.column_stack([X, np.ones(len(X))])
    residual = column - A @ np.linalg.lstsq(A, column, rcond=1e-10)[0]
    freedom = max(len(column) - A.shape[1], 1)
    return float((residual**2).sum() / freedom / column.var())


def _finding(table: Table, name: str, left: float, rows: int) -> Finding:
    return Finding(
        check=CHECK,
        severity="error" if left <= ERROR else "warning",
        columns=(name,),
        message=f"'{name}' follows from the values of '{table.target}' in the rows before and after, but for "
        f"{left:.1e} of its variance, and not from earlier ones alone ({rows:,} rows).",
        meaning="It was made of values that come later: a mean or a value that looks ahead, unknown when one predicts.",
        remedy=f"Make '{name}' of earlier rows alone, or drop it; if it is known beforehand: "
        f"{waiver_hint(CHECK, name)}.",
        evidence={"unexplained": left, "rows": rows},
    )

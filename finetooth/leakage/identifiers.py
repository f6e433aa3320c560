"""Columns that only identify the row: they carry no rule that holds for new rows."""

import numpy as np
from scipy.stats import spearmanr

from finetooth.data.id_names import is_name_of_id
from finetooth.leakage.association import association, measure_name
from finetooth.leakage.columns import Floats, RawColumn
from finetooth.leakage.findings import waiver_hint
from finetooth.leakage.table import Table
from finetooth.records import Finding

CHECK = "ids"
UNIQUE = 0.95  # share of distinct values from which a column may be an id
ROW_NUMBER = 0.999  # Spearman with the position in the file
DENSE = 0.5  # distinct integers per step of their range: 1, 2, 3, ... with some rows held out
MIN_AUC = 0.6  # an id's AUC from which the order of the ids carries the target
EVEN = 0.25  # distance of their distribution from an even one, up to which numbers may have been given out
Z = 4.0  # null standard deviations; in a small table an AUC of .6 comes by chance
FEWEST = 20  # rows below which nothing can be told from uniqueness


def columns_to_drop(table: Table) -> tuple[str, ...]:
    """The features that only name the row, ids and row numbers, but not those that the user keeps."""
    return tuple(name for name in _ids(table) if name not in table.declared.keep)


def _ids(table: Table) -> tuple[str, ...]:
    return tuple(name for name in table.features if _is_id(name, table.column(name), len(table)))


def nearly_unique(table: Table) -> tuple[str, ...]:
    """Columns of whole numbers or single words with hardly a value twice: copies of a row may differ in them alone."""
    return tuple(name for name in table.features if _is_unique(table.column(name), len(table)))


def check(table: Table) -> tuple[Finding, ...]:
    """Ids are left out with a warning; one whose order tells the target is an error."""
    return tuple(_finding(table, name) for name in _ids(table))


def _is_id(name: str, column: RawColumn, rows: int) -> bool:
    if not _is_unique(column, rows):
        return False
    if column.role == "category":
        return True
    values = column.numbers()
    present = values[np.isfinite(values)]
    dense = len(present) / (np.ptp(present) + 1) >= DENSE
    numbers_the_rows = _follows_row_number(values)
    # Whole numbers stored as floats are measurements more often than ids: they must number the rows.
    if column.codes is None and column.series.dtype.kind == "f":
        return bool(numbers_the_rows and dense)
    return bool(dense or numbers_the_rows or (is_name_of_id(name) and _are_evenly_spread(present)))


def _are_evenly_spread(values: Floats) -> bool:
    """Whether numbers lie evenly over their range, as those that were given out do and measurements seldom."""
    ranks = (np.sort(values) - values.min()) / max(float(np.ptp(values)), 1.0)
    return bool(np.abs(ranks - np.linspace(0, 1, len(ranks))).max() < EVEN)


def _is_unique(column: RawColumn, rows: int) -> bool:
    if rows < FEWEST or column.role in ("date", "text"):
        return False
    if column.role == "category":
        return column.levels is not None and len(column.levels) > UNIQUE * rows
    values = column.numbers()
    present = values[np.isfinite(values)]
    if (present != np.floor(present)).any():
        return False
    return len(np.unique(present)) > UNIQUE * rows


def _follows_row_number(values: Floats) -> bool:
    present = np.isfinite(values)
    return abs(float(spearmanr(values[present], np.flatnonzero(present)).statistic)) > ROW_NUMBER


def _finding(table: Table, name: str) -> Finding:
    values = table.column(name).numbers()
    distinct = len(np.unique(values[~np.isnan(values)]))
    order = association(table.kind, table.y, np.nan_to_num(values))
    # A time split expects the order of the rows, and so of row numbers, to matter.
    tells_target = order.strength > MIN_AUC and order.z > Z and table.declared.split != "time"
    measure = measure_name(table.kind)
    kept = name in table.declared.keep
    kind = "category" if table.column(name).role == "category" else "number"
    return Finding(
        check=CHECK,
        severity="error" if tells_target else "warning",
        columns=(name,),
        message=f"'{name}' has {distinct:,} distinct values in {len(table):,} rows and "
        + ("looks like an id; it is kept, as was asked" if kept else "is left out as an id")
        + (
            f"; its order alone tells '{table.target}' with {measure} of {order.strength:.3f}." if tells_target else "."
        ),
        meaning="An id that tells the target means that rows were collected or sorted by the outcome, or by time."
        if tells_target
        else "An id holds for its row alone: a model can memorise it but learn nothing from it.",
        remedy=f"Declare the time column if rows came in time order; else {waiver_hint(CHECK, name)}."
        if tells_target
        else f"Nothing, or list it under drop; if it says more than whose row this is, say --type {name}={kind}.",
        evidence={
            "dropped": int(not kept),
            "distinct": distinct,
            "rows": len(table),
            "strength": order.strength,
            "z": order.z,
        },
    )

"""Columns that only identify the row: they carry no rule that holds for new rows."""

import numpy as np

from finetooth.data.id_columns import FEWEST, UNIQUE, are_unique, number_rows
from finetooth.leakage.association import association, measure_name
from finetooth.leakage.columns import RawColumn
from finetooth.leakage.findings import waiver_hint
from finetooth.leakage.table import Table
from finetooth.records import Finding

CHECK = "ids"
MIN_AUC = 0.6  # an id's AUC from which the order of the ids carries the target
Z = 4.0  # null standard deviations; in a small table an AUC of .6 comes by chance


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
    return number_rows(name, column.numbers(), measured=column.codes is None and column.series.dtype.kind == "f")


def _is_unique(column: RawColumn, rows: int) -> bool:
    if rows < FEWEST or column.role in ("date", "text"):
        return False
    if column.role == "category":
        return column.levels is not None and len(column.levels) > UNIQUE * rows
    return are_unique(column.numbers())


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

"""Whether the champion can read a new table and be measured on it; a table where it cannot is refused."""

import numpy as np
import pandas as pd

from finetooth.config.column_types import ColumnType
from finetooth.data import time_column
from finetooth.data.columns import Column, ColumnKind, are_readable
from finetooth.data.schema import infer
from finetooth.data.source import Source
from finetooth.data.store import About
from finetooth.data.target import read_target
from finetooth.errors import InputError, unknown

_KIND_NAMES: dict[ColumnKind, str] = {
    "number": "numbers",
    "boolean": "true or false",
    "category": "categories",
    "ordinal": "levels of an order",
    "date": "dates",
    "text": "texts",
}
_TEXT_KINDS = {"category", "text"}  # which of the two a column is depends on how many different values came


def check_schema(
    table: Source, where: str, about: About, time: str | None, newest: float | None
) -> dict[str, ColumnType]:
    """Raise `InputError` unless a model can be measured on a table and retrained with it.

    Returns what to read as the champion's columns were, where the table alone would be taken for something else.

    `about` is the model's own, `newest` the latest time that it learned from, `time` the declared time column. Refused:
    a column of the model or the target is missing, a column holds another type, a class was never seen or has no rows
    now, or every row is older than the newest that the model knows.
    """
    for name in (about.target, *(column.name for column in about.schema.columns)):
        if name not in table.schema.names:
            raise unknown("the champion's column", name, where, table.schema.names)
    types: dict[str, ColumnType] = {}
    for column in about.schema.columns:
        values = table.read(column.name).to_pandas().rename(column.name)
        if not _is_alike(column, values, table, where) and column.declared is not None:
            types[column.name] = column.declared
    _check_target(table.read(about.target).to_pandas().rename(about.target), about, where)
    if time is not None and newest is not None:
        _check_newer(table, where, time, newest)
    return types


def _is_alike(column: Column, values: pd.Series, table: Source, where: str) -> bool:
    """Whether a column is what the champion's was; `InputError` where it cannot even be read as that."""
    inferred = infer([(column.name, values)], table.readings).columns
    if inferred and inferred[0].kind == column.kind:
        return _read_alike(column, inferred[0])
    if not inferred or {inferred[0].kind, column.kind} <= _TEXT_KINDS:
        return True  # a column without two values has no kind; drift will tell of it
    if are_readable(column, values):
        return False
    example = values.dropna().tolist()[0]
    raise InputError(
        f"column '{column.name}' must hold {_KIND_NAMES[column.kind]}, as the champion's did; {where} holds "
        f"{_KIND_NAMES[inferred[0].kind]}, such as {example!r}; mend the column, or tune a new model on it."
    )


def _read_alike(column: Column, now: Column) -> bool:
    """Whether words of two columns of one kind are read alike: in the same order of days and months, and so on."""
    return (column.day_first, column.format, column.zone, column.decimal) == (
        now.day_first,
        now.format,
        now.zone,
        now.decimal,
    )


def _check_target(values: pd.Series, about: About, where: str) -> None:
    if about.kind == "regression":
        read_target(values, "regression")
        return
    present = values.dropna()
    classes = set(read_target(values, None if present.nunique() != 2 else "binary").classes) if len(present) else set()
    unseen = sorted(classes - set(about.classes))
    if unseen:
        raise InputError(
            f"each class of '{about.target}' must be one that the champion knows ({', '.join(about.classes)}); {where} "
            f"has '{unseen[0]}'; tune a new model that knows it, or leave those rows out."
        )
    lacking = sorted(set(about.classes) - classes)
    if lacking:
        raise InputError(
            f"each class of '{about.target}' must have rows, to measure the champion on; {where} has none of "
            f"'{lacking[0]}'; wait for more rows."
        )


def _check_newer(table: Source, where: str, name: str, newest: float) -> None:
    if name not in table.schema.names:
        raise unknown("time column", name, where, table.schema.names)
    time, dated = time_column.read_time(table.read(name).to_pandas().rename(name))
    latest = float(np.max(time))
    if latest < newest:
        learned, arrived = (_moment(value, dated=dated) for value in (newest, latest))
        raise InputError(
            f"new data must be newer than the champion's, whose latest '{name}' is {learned}; the latest in {where} is "
            f"{arrived}; name the table that came last."
        )


def _moment(value: float, *, dated: bool) -> str:
    return f"{pd.Timestamp(value, unit='s'):%Y-%m-%d %H:%M}" if dated else f"{value:g}"

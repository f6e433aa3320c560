"""A table that came after the one which a model learned from: read as that was, and is it such a table?

What a model cannot read is refused; what it can read but never saw is said.
"""

from dataclasses import replace

import pandas as pd

from finetooth.config.column_types import EPOCH
from finetooth.config.data import CsvConfig
from finetooth.data import columns, dates
from finetooth.data.columns import Column
from finetooth.data.declared import Declarations
from finetooth.data.open_table import open_table
from finetooth.data.plain import without_in_frame
from finetooth.data.schema import Schema
from finetooth.data.source import is_parquet
from finetooth.errors import InputError, unknown

_SHOWN = 5


def learned_declarations(schema: Schema, csv: CsvConfig, source: str) -> Declarations:
    """What was declared of the table that a model learned from, for a later one at `source`: all but the types."""
    missing = {column.name: column.missing for column in schema.columns if column.missing}
    zones = {column.name: column.zone for column in schema.columns if column.zone}
    return Declarations(missing=missing, csv=CsvConfig() if is_parquet(source) else csv, zones=zones)


def read_table(source: str, schema: Schema, csv: CsvConfig | None = None) -> pd.DataFrame:
    """The table at `source`, each column that the schema knows as it can be read like the one that the model learned.

    `csv` says how a CSV file is written, as it was declared when the model learned. Values that were declared to be
    missing, and words that cannot be read, are as they stand in the table: `as_learned` and `check_table` see to them.
    """
    as_words = {column.name: column.kind != "number" or column.decimal == "," for column in schema.columns}
    learned = learned_declarations(schema, csv or CsvConfig(), source)
    with open_table(source, replace(learned, missing={}), as_words) as table:
        frame = pd.DataFrame({name: table.read(name).to_pandas() for name in table.schema.names})
    for name in learned.zones:
        if name in frame and pd.api.types.is_datetime64_any_dtype(frame[name]):
            frame[name] = frame[name].dt.tz_localize("UTC")
    return frame


def as_learned(schema: Schema, frame: pd.DataFrame) -> pd.DataFrame:
    """A user's table with what was declared missing as missing, and moments on local clocks as instants in UTC."""
    changed = {}
    for column in schema.columns:
        if column.name not in frame.columns:
            continue
        values = without_in_frame(frame[column.name], column.missing)
        if column.zone and pd.api.types.is_datetime64_any_dtype(values):
            values = dates.in_utc(values, column.zone)
        if column.format == EPOCH and pd.api.types.is_numeric_dtype(values):
            values = dates.from_epoch(values)
        if values is not frame[column.name]:
            changed[column.name] = values
    return frame.assign(**changed) if changed else frame


def check_table(schema: Schema, frame: pd.DataFrame, *, named: bool = False) -> tuple[str, ...]:
    """What is new in a table, a sentence each: categories that the model never saw, columns without a value.

    `named` says that the model takes the columns as read, so that it meets new categories as the words that they are.
    Raises `InputError` for a column that is missing, or whose values are of another type.
    """
    _check_names(schema, frame)
    frame = as_learned(schema, frame)
    notes = []
    for column in schema.columns:
        values = frame[column.name]
        if len(values) and bool(values.isna().all()):
            notes.append(f"column '{column.name}' has no value at all; the model takes each as missing.")
            continue
        if column.kind in {"category", "ordinal"}:
            notes += _check_categories(column, values, named=named)
        elif column.kind != "text":
            _check_type(column, values)
    return tuple(notes)


def _check_names(schema: Schema, frame: pd.DataFrame) -> None:
    missing = [column.name for column in schema.columns if column.name not in frame.columns]
    if missing:
        error = unknown("column", missing[0], "the table to predict", map(str, frame.columns))
        rest = f" Missing as well: {', '.join(missing[1:])}." if missing[1:] else ""
        raise InputError(f"{error}{rest}")


def _check_type(column: Column, values: pd.Series) -> None:
    """Raise `InputError` when more values are there than may be that cannot be read as what the model learned."""
    what = {"number": "numbers", "boolean": "true or false", "date": "dates"}[column.kind]
    unread = columns.unread(column, values)
    if unread.sum() > columns.MOST_ODD * len(values):
        raise InputError(
            f"column '{column.name}' must hold {what}, as the model learned it; {int(unread.sum())} of {len(values)} "
            f"values are none, such as {str(values[unread].iloc[0])!r} in row {int(unread.argmax()) + 1}; mend them or "
            "leave them empty."
        )


def _check_categories(column: Column, values: pd.Series, *, named: bool) -> list[str]:
    unseen = values[columns.level_codes(column, values) == columns.UNSEEN]
    if unseen.empty:
        return []
    known = ", ".join(column.levels[:_SHOWN])
    stored = pd.api.types.is_numeric_dtype(values) or pd.api.types.is_datetime64_any_dtype(values)
    numeric = stored or pd.to_numeric(unseen.astype(str), errors="coerce").notna().all()
    if len(unseen) == (~columns.missing(values)).sum() and numeric and not column.rest:
        raise InputError(
            f"column '{column.name}' must hold words, as the model learned it ({known}); none of its "
            f"values is one of them, such as {unseen.iloc[0]}; give it the words."
        )
    counts = unseen.astype(str).value_counts()
    new = ", ".join(repr(str(name)) for name in counts.index[:_SHOWN]) + (", ..." if len(counts) > _SHOWN else "")
    many = len(counts) > 1
    what = f"column '{column.name}' holds {len(counts)} {'categories' if many else 'category'}"
    meaning = "the words that came" if named else "rare" if column.rest else "missing"
    taken = f"{'they are' if many else 'it is'} taken as {meaning}"
    return [f"{what} that the model never saw ({new}) in {len(unseen)} of {len(values)} rows; {taken}."]

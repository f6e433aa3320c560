"""A table that came after the one which a model learned from: read as that was, and is it such a table?

What a model cannot read is refused; what it can read but never saw is said.
"""

import pandas as pd

from finetooth.data import columns
from finetooth.data.columns import Column
from finetooth.data.schema import Schema
from finetooth.data.source import open_table
from finetooth.errors import InputError, unknown

_SHOWN = 5


def read_table(source: str, schema: Schema) -> pd.DataFrame:
    """The table at `source`, each column that the schema knows read as it was when the model learned it."""
    # Words stay words here, so that `check_table` sees those which cannot be read.
    with open_table(source, as_words={column.name: column.kind != "number" for column in schema.columns}) as table:
        return pd.DataFrame({name: table.read(name).to_pandas() for name in table.schema.names})


def check_table(schema: Schema, frame: pd.DataFrame, *, named: bool = False) -> tuple[str, ...]:
    """What is new in a table, a sentence each: categories that the model never saw, columns without a value.

    `named` says that the model takes the columns as read, so that it meets new categories as the words that they are.
    Raises `InputError` for a column that is missing, or whose values are of another type.
    """
    _check_names(schema, frame)
    notes = []
    for column in schema.columns:
        values = frame[column.name]
        if len(values) and bool(values.isna().all()):
            notes.append(f"column '{column.name}' has no value at all; the model takes each as missing.")
            continue
        if column.kind == "category":
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
            f"values are none, such as {str(values[unread].iloc[0])!r}; mend them or leave them empty."
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

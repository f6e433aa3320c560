"""Predicting a new table with a saved model: first whether the table is what the model learned, then the predictions.

What a model cannot read is refused; what it can read but never saw is said.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pyarrow as pa

from finetooth.data import dates
from finetooth.data.schema import Column, Schema
from finetooth.data.source import open_table
from finetooth.errors import InputError, unknown
from finetooth.models.model import Model

_MOST_ODD = 0.05  # of a column's dates may be none, as in the table that the model learned from
_SHOWN = 5


def read_table(source: str, schema: Schema) -> pd.DataFrame:
    """The table at `source`; a column whose categories happen to look like numbers keeps its words."""
    worded = {column.name for column in schema.columns if column.kind in {"category", "text"}}
    with open_table(source) as table:
        columns = {name: table.read(name) for name in table.schema.names}
        return pd.DataFrame({name: _worded(values, name in worded).to_pandas() for name, values in columns.items()})


def _worded(values: pa.ChunkedArray, wanted: bool) -> pa.ChunkedArray:
    plain = pa.types.is_integer(values.type) or pa.types.is_boolean(values.type) or pa.types.is_null(values.type)
    return values.cast(pa.string()) if wanted and plain else values


def check_table(schema: Schema, frame: pd.DataFrame) -> tuple[str, ...]:
    """What is new in a table, a sentence each: categories that the model never saw, columns without a value.

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
            notes += _check_categories(column, values)
        elif column.kind != "text":
            _check_type(column, values)
    return tuple(notes)


def predictions(model: Model, frame: pd.DataFrame) -> pd.DataFrame:
    """The columns `prediction` and, for a classifier, `probability_<class>`, a row a row of `frame`.

    A classifier that gives no probabilities has `score_<class>` in their place: only their order means something.
    """
    found = pd.DataFrame({"prediction": model.predict(frame)}, index=frame.index)
    if model.kind == "regression":
        return found
    word = "probability" if model.probable else "score"
    shares = model.predict_proba(frame)
    return found.join(shares.rename(columns=lambda name: f"{word}_{name}"))


def beside(frame: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """A table with its predictions. Raises `InputError` when it has columns of their names already."""
    taken = [name for name in found.columns if name in frame.columns]
    if taken:
        raise InputError(
            f"the table to predict must not have a column '{taken[0]}', which is to be added; rename it or leave it "
            "out."
        )
    return frame.join(found)


def _check_names(schema: Schema, frame: pd.DataFrame) -> None:
    missing = [column.name for column in schema.columns if column.name not in frame.columns]
    if missing:
        error = unknown("column", missing[0], "the table to predict", map(str, frame.columns))
        rest = f" Missing as well: {', '.join(missing[1:])}." if missing[1:] else ""
        raise InputError(f"{error}{rest}")


def _check_type(column: Column, values: pd.Series) -> None:
    """Raise `InputError` when values are there that cannot be read as what the model learned."""
    readers: dict[str, tuple[str, Callable[[], pd.Series]]] = {
        "number": ("numbers", lambda: _numbers(values)),
        "boolean": ("true or false", lambda: _numbers(values)),
        "date": ("dates", lambda: dates.parse_dates(values, day_first=column.day_first)),
    }
    what, reader = readers[column.kind]
    odd = values.notna() & reader().isna()
    if odd.sum() > (_MOST_ODD * len(values) if column.kind == "date" else 0):
        raise InputError(
            f"column '{column.name}' must hold {what}, as the model learned it; {int(odd.sum())} of {len(values)} "
            f"values are none, such as {str(values[odd].iloc[0])!r}; mend them or leave them empty."
        )


def _numbers(values: pd.Series) -> pd.Series:
    if pd.api.types.is_datetime64_any_dtype(values):
        return pd.Series(np.nan, index=values.index)
    return pd.to_numeric(values, errors="coerce")


def _check_categories(column: Column, values: pd.Series) -> list[str]:
    words = values.dropna().astype(str)
    unseen = words[~words.isin(column.levels)]
    if unseen.empty:
        return []
    known = ", ".join(column.levels[:_SHOWN])
    numeric = pd.api.types.is_numeric_dtype(values) or pd.api.types.is_datetime64_any_dtype(values)
    if len(unseen) == len(words) and numeric and not column.rest:
        raise InputError(
            f"column '{column.name}' must hold words, as the model learned it ({known}); it holds {values.dtype} "
            f"values such as {unseen.iloc[0]}; give it the words."
        )
    counts = unseen.value_counts()
    new = ", ".join(repr(str(name)) for name in counts.index[:_SHOWN]) + (", ..." if len(counts) > _SHOWN else "")
    many = len(counts) > 1
    what = f"column '{column.name}' holds {len(counts)} {'categories' if many else 'category'}"
    taken = f"{'they are' if many else 'it is'} taken as {'rare' if column.rest else 'missing'}"
    return [f"{what} that the model never saw ({new}) in {len(unseen)} of {len(values)} rows; {taken}."]

"""What are a table's columns with their names and words, for a model that asks for them? And how are they sealed?"""

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from finetooth.data import column_file, columns
from finetooth.data.columns import Column
from finetooth.data.schema import Matrix, Schema

Features = Matrix | pd.DataFrame  # the encoded table, or the columns as read

TABLE = "table"  # the array under which the columns of sealed rows lie beside their encoding
_BATCH = 65_536  # rows; the bytes of a batch's words are counted in 32 bits


def as_frame(schema: Schema, frame: pd.DataFrame) -> pd.DataFrame:
    """The columns of a user's table as a model learns them, whichever way its values are written (rows, columns).

    In the schema's order, with row numbers as the index: numbers and truth values as float64, categories and texts as
    words (object), NaN where they are missing, and dates as datetime64 without a zone, NaT where they are.
    """
    values = {column.name: _values(column, frame[column.name]) for column in schema.columns}
    return pd.DataFrame({name: series.reset_index(drop=True) for name, series in values.items()})


def take(X: Features, rows: NDArray[np.int64]) -> Features:
    """A copy of some rows."""
    return X.iloc[rows] if isinstance(X, pd.DataFrame) else X[rows]


def pack(table: pa.Table) -> NDArray[np.uint8]:
    """A table as bytes (rows, bytes a row), whatever its columns hold; the same table gives the same bytes."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table.unify_dictionaries(), max_chunksize=_BATCH)
    content = np.frombuffer(sink.getvalue(), dtype=np.uint8)
    packed = np.zeros((table.num_rows, -(-len(content) // table.num_rows)), dtype=np.uint8)
    packed.reshape(-1)[: len(content)] = content
    return packed


def unpack(packed: NDArray[np.uint8]) -> pd.DataFrame:
    """The table that was packed."""
    return column_file.frame(pa.ipc.open_stream(pa.py_buffer(np.ascontiguousarray(packed))).read_all())


def _values(column: Column, values: pd.Series) -> pd.Series:
    if column.kind == "date":
        return columns.dates_of(column, values).astype("datetime64[us]")
    if column.kind in {"category", "ordinal", "text"}:
        return pd.Series(_words(column, values), index=values.index, dtype=object)
    numbers = columns.numbers_of(column, values)
    return numbers.where(np.isfinite(numbers))  # what is infinite is missing, as in the encoded table


def _words(column: Column, values: pd.Series) -> NDArray[np.object_]:
    if column.kind == "text":
        blank = values.isna() | (values.astype(object).astype(str).str.strip() == "")
        places = np.where(blank, columns.MISSING, columns.UNSEEN)
    else:
        places = columns.level_codes(column, values)
    words = np.array([*column.levels, np.nan], dtype=object)[np.maximum(places, columns.MISSING)]
    other = places == columns.UNSEEN  # words of their own: texts, and categories that are rare or new
    words[other] = [str(value) for value in values[other]]
    return words

"""The columns that a model sees, and how they become numbers: learned on development rows, without the target.

Every model gets the same encoded table of float32: numbers as they are, category codes, parts of dates, and
hashed words of texts, with NaN for what is missing. What needs fitting (imputation, scaling, one-hot) is fitted
inside each fold by the model's own pipeline.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from finetooth.data import columns
from finetooth.data.columns import TEXT_BUCKETS, Column
from finetooth.data.texts import texts_of
from finetooth.data.words import Reading

Matrix = NDArray[np.float32]

_DAY = 86_400  # seconds


@dataclass(frozen=True, slots=True)
class Schema:
    """The columns that a model sees, in the order of the encoded table."""

    columns: tuple[Column, ...]

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the encoded features."""
        return tuple(feature for column in self.columns for feature in column.features)

    @property
    def categorical(self) -> tuple[bool, ...]:
        """For each encoded feature, whether it holds category codes."""
        return tuple(column.kind == "category" for column in self.columns for _ in column.features)

    @property
    def wide(self) -> dict[int, int]:
        """The places of the encoded features that hold codes of wide categories, and how many codes each can have."""
        owners = [column for column in self.columns for _ in column.features]
        return {place: len(c.levels) + c.rest for place, c in enumerate(owners) if len(c.levels) > columns.WIDE_LEVELS}


def infer(table: Iterable[tuple[str, pd.Series]], readings: Mapping[str, Reading] | None = None) -> Schema:
    """The schema of named columns; constant ones and those without a value are left out.

    `readings` says by name how columns were read from words.
    """
    readings = {} if readings is None else readings
    return Schema(
        tuple(
            columns.describe(name, values, readings.get(name))
            for name, values in table
            if len(values.dropna().unique()) > 1
        )
    )


def encode_table(schema: Schema, frame: pd.DataFrame) -> Matrix:
    """A user's table as float32 (rows, features)."""
    X = np.empty((len(frame), len(schema.features)), dtype=np.float32)
    start = 0
    for column in schema.columns:
        end = start + len(column.features)
        X[:, start:end] = encode(column, frame[column.name])
        start = end
    return X


def write_table(path: Path, schema: Schema, frame: pd.DataFrame, batch: int = 65_536) -> None:
    """The same as a file that numpy can map, some rows at a time, since all of them may be too many for memory."""
    shape = len(frame), len(schema.features)
    with path.open("wb") as file:
        header = {"descr": np.dtype(np.float32).str, "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(file, header)
        for start in range(0, len(frame), batch):
            file.write(encode_table(schema, frame.iloc[start : start + batch]).data)


def encode(column: Column, values: pd.Series) -> Matrix:
    """One column as float32 (rows, its features). A category that was never seen is missing, or one of the rest."""
    if column.kind == "date":
        return _encode_date(columns.dates_of(column, values))
    if column.kind == "text":
        return _encode_text(values)
    if column.kind in {"category", "ordinal"}:
        places = columns.level_codes(column, values)
        codes = np.where(places >= 0, places, np.nan).astype(np.float32)
        codes[places == columns.UNSEEN] = len(column.levels) if column.rest else np.nan
        return codes[:, None]
    with np.errstate(over="ignore"):  # beyond float32 is infinite, which is missing
        numbers = (columns.numbers_of(column, values).to_numpy() - column.offset).astype(np.float32)
    return np.where(np.isinf(numbers), np.nan, numbers)[:, None]


def _encode_date(values: pd.Series) -> Matrix:
    parts = values.dt
    days = values.astype("datetime64[s]").astype("int64") / _DAY
    columns = [days, parts.year, parts.month, parts.dayofweek, parts.hour + parts.minute / 60]
    features = np.column_stack([np.asarray(c, dtype=np.float32) for c in columns])
    features[values.isna().to_numpy()] = np.nan
    return features


def _encode_text(values: pd.Series) -> Matrix:
    from sklearn.feature_extraction.text import HashingVectorizer

    texts = texts_of(values)
    word_counts = HashingVectorizer(n_features=TEXT_BUCKETS, norm=None, alternate_sign=False).transform(texts)
    features = np.column_stack([texts.str.len().to_numpy(), word_counts.toarray()]).astype(np.float32)
    features[values.isna().to_numpy()] = np.nan
    return features

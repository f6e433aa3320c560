"""What each column is, and how it becomes numbers: learned on development rows, without the target.

Every model gets the same encoded table of float32: numbers as they are, category codes, parts of dates, and
hashed words of texts, with NaN for what is missing. What needs fitting (imputation, scaling, one-hot) is fitted
inside each fold by the model's own pipeline.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from finetooth.data import dates

Matrix = NDArray[np.float32]
ColumnKind = Literal["number", "boolean", "category", "date", "text"]

MOST_LEVELS = 254  # scikit-learn's histogram gradient boosting takes 255 codes; one is kept for "other"
TEXT_BUCKETS = 16
_DAY = 86_400  # seconds
_DATE_PARTS = ("day", "year", "month", "weekday", "hour")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the user's table.

    `levels` are the known categories, commonest first; `rest` says that rarer ones were seen, which share one code.
    `day_first` says that dates written as text name the day before the month.
    """

    name: str
    kind: ColumnKind
    levels: tuple[str, ...] = ()
    rest: bool = False
    day_first: bool = False

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the encoded features it becomes."""
        if self.kind == "date":
            return tuple(f"{self.name}.{part}" for part in _DATE_PARTS)
        if self.kind == "text":
            return (f"{self.name}.length", *(f"{self.name}.words{i}" for i in range(TEXT_BUCKETS)))
        return (self.name,)


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


def infer(columns: Iterable[tuple[str, pd.Series]]) -> Schema:
    """The schema of named columns; constant ones and those without a value are left out."""
    return Schema(tuple(_column(name, values) for name, values in columns if len(values.dropna().unique()) > 1))


def _column(name: str, values: pd.Series) -> Column:
    if pd.api.types.is_bool_dtype(values):
        return Column(name, "boolean")
    if pd.api.types.is_numeric_dtype(values):
        return Column(name, "number")
    if dates.as_dates(values) is not None:
        return Column(name, "date", day_first=dates.day_first(values))
    texts = _present_texts(values)
    if texts.nunique() > MOST_LEVELS and texts.head(2000).str.count(r"\S+").mean() >= 2.5:
        return Column(name, "text")
    counts = texts.value_counts()
    frequent = counts[counts >= 2] if len(counts) > MOST_LEVELS else counts
    # Ties in frequency are broken by name, so that the order of rows does not matter.
    order = sorted(frequent.items(), key=lambda item: (-item[1], str(item[0])))
    levels = tuple(str(level) for level, _ in order[:MOST_LEVELS])
    return Column(name, "category", levels, rest=len(levels) < len(counts))


def _present_texts(values: pd.Series) -> pd.Series:
    return values.dropna().astype(str)


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
        return _encode_date(dates.parse_dates(values, day_first=column.day_first))
    if column.kind == "text":
        return _encode_text(values)
    if column.kind == "category":
        codes = pd.Index(list(column.levels)).get_indexer(pd.Index(values.astype(str))).astype(np.float32)
        codes[codes < 0] = len(column.levels) if column.rest else np.nan
        codes[values.isna().to_numpy()] = np.nan
        return codes[:, None]
    numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype=np.float32, na_value=np.nan)
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

    texts = values.astype(object).where(values.notna(), "").astype(str)
    word_counts = HashingVectorizer(n_features=TEXT_BUCKETS, norm=None, alternate_sign=False).transform(texts)
    features = np.column_stack([texts.str.len().to_numpy(), word_counts.toarray()]).astype(np.float32)
    features[values.isna().to_numpy()] = np.nan
    return features

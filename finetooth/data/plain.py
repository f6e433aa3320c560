"""A column of a file as a plain one: numbers, true or false, dates without a zone, or words."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from finetooth.config.column_types import Decimal
from finetooth.data import dates, words
from finetooth.data.number_words import PLAIN
from finetooth.data.texts import texts_of
from finetooth.data.words import Reading


@dataclass(frozen=True, slots=True)
class Hints:
    """What was declared of how a column's values are written: which stand for none, and what parts digits.

    `zone` is where the clocks of timestamps without a zone stood.
    """

    missing: tuple[str, ...] = ()
    point: Decimal | None = None
    zone: str = ""


def plain(
    column: pa.ChunkedArray, reading: Reading | None = None, hints: Hints | None = None
) -> tuple[pa.ChunkedArray, Reading | None]:
    """A plain column, and how words were read if it held some: as `reading` says if it is given."""
    hints = hints or Hints()
    column, removed = without(column, hints.missing)
    values, how = _plain(column, reading, hints)
    if hints.missing:
        how = replace(how or _stored(values), missing=hints.missing, removed=removed)
    return values, how


def _stored(column: pa.ChunkedArray) -> Reading:
    """The reading of a column that was no words."""
    return Reading("date" if pa.types.is_timestamp(column.type) else "number")


def _plain(column: pa.ChunkedArray, reading: Reading | None, hints: Hints) -> tuple[pa.ChunkedArray, Reading | None]:
    types, kind = pa.types, column.type
    if types.is_string(kind) or types.is_large_string(kind):
        return words.read_column(column, reading, hints.point)
    if types.is_timestamp(kind) and kind.tz is not None:
        return column.cast(pa.timestamp(kind.unit)), None  # the instant, in UTC
    if types.is_timestamp(kind) and hints.zone:
        return pa.chunked_array([pa.array(dates.in_utc(column.to_pandas(), hints.zone), from_pandas=True)]), None
    if types.is_date(kind):
        return column.cast(pa.timestamp("s" if types.is_date32(kind) else "ms")), None
    if types.is_time(kind) or types.is_duration(kind):
        return _seconds(column), Reading("number", clock=True)
    return (column.cast(pa.float64()) if types.is_decimal(kind) else column), None


def _seconds(column: pa.ChunkedArray) -> pa.ChunkedArray:
    ticks = column.cast(pa.int32()).cast(pa.int64()) if pa.types.is_time32(column.type) else column.cast(pa.int64())
    return pc.divide(ticks.cast(pa.float64()), float({"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[column.type.unit]))


def without(column: pa.ChunkedArray, missing: Sequence[str]) -> tuple[pa.ChunkedArray, int]:
    """A column without the values that stand for none, and how many they were; -999 is also -999.0."""
    if not missing:
        return column, 0
    types, kind = pa.types, column.type
    if types.is_integer(kind) or types.is_floating(kind):
        gone = pc.is_in(column.cast(pa.float64(), safe=False), value_set=pa.array(_numbers(missing), pa.float64()))
    elif types.is_timestamp(kind) or types.is_date(kind):
        naive = column.cast(pa.timestamp("us"), safe=False)
        gone = pc.is_in(naive, value_set=pa.array(_moments(missing).to_numpy().astype("datetime64[us]")))
    else:
        words_of = column.cast(kind.value_type) if types.is_dictionary(kind) else column
        encoded = words_of.cast(pa.string()).dictionary_encode().unify_dictionaries().combine_chunks()
        encoded = encoded.chunk(0) if isinstance(encoded, pa.ChunkedArray) else encoded
        absent = stand_for_none(pd.Series(encoded.dictionary.to_pylist(), dtype=object), missing)
        gone = pa.chunked_array([pa.array(absent.to_numpy(dtype=bool)).take(encoded.indices)])
        column = words_of.dictionary_encode() if types.is_dictionary(kind) else column
    removed = int(pc.sum(gone).as_py() or 0)
    return (pc.if_else(gone, pa.scalar(None, column.type), column) if removed else column), removed


def without_in_frame(values: pd.Series, missing: Sequence[str]) -> pd.Series:
    """The same for a column of a frame (n,)."""
    if not missing:
        return values
    if pd.api.types.is_numeric_dtype(values):
        gone = pd.Series(np.isin(values.to_numpy(dtype=np.float64, na_value=np.nan), _numbers(missing)), values.index)
    elif pd.api.types.is_datetime64_any_dtype(values):
        gone = values.isin(_moments(missing))
    else:
        gone = stand_for_none(texts_of(values), missing)
    return values.mask(gone) if gone.any() else values


def stand_for_none(texts: "pd.Series[str]", missing: Sequence[str]) -> "pd.Series[bool]":
    """Which words (n,) are declared missing, as they are written or by the number that they mean."""
    stripped = texts.astype(str).str.strip()
    meant = pd.to_numeric(stripped.where(stripped.str.fullmatch(PLAIN)), errors="coerce")
    return stripped.isin(list(missing)) | meant.isin(_numbers(missing))


def _numbers(missing: Sequence[str]) -> list[float]:
    return [float(word) for word in missing if PLAIN.fullmatch(word)]


def _moments(missing: Sequence[str]) -> pd.Series:
    return dates.parse_dates(pd.Series(missing, dtype=object), day_first=False).dropna()

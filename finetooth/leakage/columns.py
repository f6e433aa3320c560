"""Raw columns as numbers, dates, categories or text, and as the plain arrays that a check reads."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.util import hash_array

from finetooth.data import words
from finetooth.data.row_hash import Hashes

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
Role = Literal["number", "date", "category", "text"]

SAMPLE = 1_000  # distinct values that decide whether words are a text
_MISSING = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class RawColumn:
    """A raw column that was read once.

    Columns that are stored as numbers or dates keep no copy: `codes` and `levels` are None. For words, `codes` (n,)
    points into `levels`, -1 where the value is missing; `levels` are floats for numbers and dates, else strings.
    """

    role: Role
    series: "pd.Series[Any]"
    codes: Codes | None = None
    levels: NDArray[Any] | None = None

    def numbers(self) -> Floats:
        """One float a row (n,), NaN where missing; seconds for dates, the rank of the word for categories."""
        if self.codes is None:
            return _stored_numbers(self.series)
        values: Floats = (
            self.levels
            if self.levels is not None and self.levels.dtype.kind == "f"
            else np.arange(len(self.levels if self.levels is not None else ()), dtype=float)
        )
        return np.where(self.codes < 0, np.nan, np.append(values, np.nan)[self.codes])

    def labels(self) -> Codes:
        """One code a row (n,) counted from 0 in the order of the values, -1 where missing."""
        if self.codes is not None:
            return self.codes
        return _codes(self.numbers())

    def missing(self) -> NDArray[np.bool_]:
        """Where a value is missing (n,)."""
        missing: NDArray[np.bool_] = self.series.isna().to_numpy() if self.codes is None else self.codes < 0
        return missing

    def hashes(self, *, coarse: bool = False) -> Hashes:
        """One 64-bit hash of the canonical value a row: 1, 1.0 and "1 " are equal; `coarse` compares as float32."""
        if self.codes is None or (self.levels is not None and self.levels.dtype.kind == "f"):
            return _hash_numbers(self.numbers(), coarse=coarse)
        levels = _hash_words(self.levels if self.levels is not None else np.empty(0, dtype=object), coarse=coarse)
        return np.append(levels, _MISSING)[self.codes]

    @property
    def coarse(self) -> bool:
        """Whether the values are stored with fewer digits than a float64."""
        return self.series.dtype in (np.float32, np.float16)


def read(series: "pd.Series[Any]") -> RawColumn:
    """The role of a raw column; words are factorized once, and numbers or dates in disguise are recognised."""
    types = pd.api.types
    if types.is_datetime64_any_dtype(series):
        return RawColumn("date", series)
    numeric = types.is_numeric_dtype(series) and not types.is_complex_dtype(series)
    if numeric or types.is_bool_dtype(series) or types.is_timedelta64_dtype(series):
        return RawColumn("number", series)
    codes, levels = _factorize(series.astype(str) if types.is_complex_dtype(series) else series)
    if all(isinstance(level, bool) for level in levels):
        return _sorted("number", series, codes, levels.astype(float))
    return _read_words(series, codes, [str(level) for level in levels])


def _read_words(series: "pd.Series[Any]", codes: Codes, levels: list[str]) -> RawColumn:
    texts = pd.Series(levels, dtype=object)
    if isinstance(series.dtype, pd.CategoricalDtype):  # stored or declared as words, whatever they look like
        return _sorted("category", series, codes, texts.to_numpy(dtype=object))
    reading = words.decide(levels, np.bincount(codes[codes >= 0], minlength=len(levels)))
    if reading.kind == "number":
        return _sorted("number", series, codes, words.read(texts, reading).to_numpy(float))
    if reading.kind == "boolean":
        return _sorted("number", series, codes, words.read(texts, reading).to_numpy(float))
    if reading.kind == "date":
        return _sorted("date", series, codes, _stored_numbers(words.read(texts, reading)))
    distinct = texts.to_numpy(dtype=object)
    return _sorted("text" if _several_words(distinct) else "category", series, codes, distinct)


def _factorize(series: "pd.Series[Any]") -> tuple[Codes, NDArray[Any]]:
    try:
        codes, levels = pd.factorize(series)
    except TypeError:  # values that cannot be hashed, such as lists
        codes, levels = pd.factorize(series.map(repr, na_action="ignore"))
    return codes.astype(np.int64), np.asarray(levels, dtype=object)


def _sorted(role: Role, series: "pd.Series[Any]", codes: Codes, levels: NDArray[Any]) -> RawColumn:
    sorted_levels, level_index = np.unique(levels, return_inverse=True)
    if role in ("number", "date") and np.isnan(sorted_levels).any():
        level_index = np.where(np.isnan(levels), -1, level_index)
        sorted_levels = sorted_levels[~np.isnan(sorted_levels)]
    return RawColumn(role, series, np.append(level_index, -1)[codes].astype(np.int64), sorted_levels)


def _several_words(texts: NDArray[Any]) -> bool:
    return float(np.mean([len(text.split()) for text in texts[:SAMPLE]])) >= 2


def _stored_numbers(series: "pd.Series[Any]") -> Floats:
    types = pd.api.types
    if types.is_datetime64_any_dtype(series) or types.is_timedelta64_dtype(series):
        zone = getattr(series.dt, "tz", None)
        plain = series.dt.tz_convert("UTC").dt.tz_localize(None) if zone is not None else series
        kind = "datetime64[ns]" if types.is_datetime64_any_dtype(series) else "timedelta64[ns]"
        ticks = plain.to_numpy().astype(kind)
        return np.where(np.isnat(ticks), np.nan, ticks.astype(np.int64) / 1e9)
    return series.to_numpy(dtype=float, na_value=np.nan)


def _codes(values: Floats) -> Codes:
    value_index = np.unique(values, return_inverse=True)[1]  # NaN sorts last, so the other codes have no gap
    return np.where(np.isnan(values), -1, value_index).astype(np.int64)


def _hash_numbers(values: Floats, *, coarse: bool) -> Hashes:
    rounded = values.astype(np.float32).astype(float) if coarse else values
    hashed = hash_array(rounded + 0.0)  # -0.0 becomes 0.0
    return np.where(np.isnan(values), _MISSING, hashed)


def _hash_words(texts: NDArray[Any], *, coarse: bool) -> Hashes:
    stripped = np.array([str(text).strip() for text in texts], dtype=object)
    if not len(stripped):
        return np.empty(0, dtype=np.uint64)
    booleans = np.array([words.BOOLEANS.get(word.lower(), np.nan) for word in stripped])
    numbers = pd.to_numeric(pd.Series(stripped, dtype=object), errors="coerce").to_numpy(float)
    numbers = np.where(np.isnan(booleans), numbers, booleans)
    return np.where(np.isnan(numbers), hash_array(stripped), _hash_numbers(numbers, coarse=coarse))

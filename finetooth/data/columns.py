"""What is a column, and how are its values read? Training, checks, drift and later tables ask here."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from finetooth.config.column_types import ColumnType, Decimal, DeclaredKind
from finetooth.data import dates, words
from finetooth.data.number_words import PLAIN
from finetooth.data.texts import texts_of
from finetooth.data.words import Reading

ColumnKind = Literal["number", "boolean", "category", "ordinal", "date", "text"]

WIDE_LEVELS = 254  # scikit-learn's histogram gradient boosting takes 255 codes; one is kept for "other"
# The levels stand in each model's file, about 2 MB for so many. A float32 would tell 2**24 codes apart.
MOST_LEVELS = 100_000
_TEXT_LEVELS = 254  # more different texts of several words are no categories
TEXT_BUCKETS = 16
_DATE_PARTS = ("day", "year", "month", "weekday", "hour")
MOST_ODD = 1 - words.MIN_SHARE  # of a later table's values may be none of their column's kind, as in the first one
_SAMPLE = 10_000  # numbers that decide whether float32 tells them apart
_DISTINGUISHED = 0.9  # of the different values
MISSING, UNSEEN = -1, -2  # in place of a level


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the user's table.

    `levels` are the known categories, commonest first, or those of an ordinal in their order; `rest` says that rarer
    ones were seen, which share one code. The others say how values written as text are read: `day_first` that dates
    name the day before the month, `format` their strptime format, `zone` where their clocks stood, `decimal` what parts
    the digits of numbers, `clock` that these are the seconds of times such as 12:30, `missing` the words that stand for
    no value. `offset` is taken off numbers that a float32 could not tell apart, such as milliseconds since 1970.
    """

    name: str
    kind: ColumnKind
    levels: tuple[str, ...] = ()
    rest: bool = False
    day_first: bool = False
    decimal: Decimal = "."
    clock: bool = False
    offset: float = 0.0
    format: str = ""
    zone: str = ""
    missing: tuple[str, ...] = ()

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the encoded features it becomes."""
        if self.kind == "date":
            return tuple(f"{self.name}.{part}" for part in _DATE_PARTS)
        if self.kind == "text":
            return (f"{self.name}.length", *(f"{self.name}.words{i}" for i in range(TEXT_BUCKETS)))
        return (self.name,)

    @property
    def declared(self) -> ColumnType | None:
        """What to declare a column of another table as, to have it read as this one; None where that has no words."""
        if self.kind == "date":
            day_first = None if self.format else self.day_first
            return ColumnType("date", format=self.format, zone=self.zone, day_first=day_first)
        if self.kind == "number":
            return None if self.clock else ColumnType("number", decimal=self.decimal)
        if self.kind == "ordinal":
            return ColumnType("ordinal", self.levels)
        kinds: dict[ColumnKind, DeclaredKind] = {"category": "category", "text": "text"}
        return ColumnType(kinds[self.kind]) if self.kind in kinds else None


def describe(name: str, values: pd.Series, reading: Reading | None = None) -> Column:
    """What a column is, from its values; `reading` is how these were read from words, if they were."""
    column = _described(name, values, reading)
    return replace(column, missing=reading.missing) if reading is not None and reading.missing else column


def _described(name: str, values: pd.Series, reading: Reading | None) -> Column:
    types = pd.api.types
    if is_boolean(values):
        return Column(name, "boolean")
    stored = types.is_numeric_dtype(values) or types.is_datetime64_any_dtype(values)
    # Numbers are not made to words, which would take longer than all the rest.
    texts = pd.Series(dtype=str) if stored else values.dropna().astype(str)
    if reading is None and not stored and not isinstance(values.dtype, pd.CategoricalDtype):
        counts = texts.value_counts()
        reading = words.decide(counts.index.tolist(), counts.to_numpy())
    reading = Reading() if reading is None else reading
    if types.is_datetime64_any_dtype(values) or reading.kind == "date":
        return Column(name, "date", day_first=reading.day_first, format=reading.format, zone=reading.zone)
    if reading.order:
        return Column(name, "ordinal", reading.order)
    if types.is_numeric_dtype(values) or reading.kind == "number":
        column = Column(name, "number", decimal=reading.decimal, clock=reading.clock)
        return replace(column, offset=_offset(numbers_of(column, values).to_numpy(dtype=np.float64)))
    if reading.declared or (texts.nunique() > _TEXT_LEVELS and texts.head(2000).str.count(r"\S+").mean() >= 2.5):
        return Column(name, "text")
    return _category(name, texts)


def is_boolean(values: pd.Series) -> bool:
    """Whether a column holds true and false, also beside gaps."""
    if pd.api.types.is_bool_dtype(values):
        return True
    return values.dtype == object and pd.api.types.infer_dtype(values, skipna=True) == "boolean"


def numbers_of(column: Column, values: pd.Series) -> "pd.Series[float]":
    """A column of numbers or of true and false as float64 (n,), NaN for what is missing or none."""
    if pd.api.types.is_datetime64_any_dtype(values):
        return pd.Series(np.nan, index=values.index)
    if pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        return pd.Series(values.to_numpy(dtype=np.float64, na_value=np.nan), index=values.index)
    texts = texts_of(values)
    if column.kind == "boolean":
        plain = texts.str.strip().str.lower()
        return plain.map(words.BOOLEANS).fillna(pd.to_numeric(plain, errors="coerce")).astype(float)
    reading = Reading("number", column.decimal, clock=column.clock)
    return _of_distinct(texts, lambda distinct: words.read(distinct, reading))


def dates_of(column: Column, values: pd.Series) -> pd.Series:
    """A column of dates without a zone (n,), NaT for what is missing or none."""
    parse = partial(dates.parse_dates, day_first=column.day_first, form=column.format, zone=column.zone)
    stored = pd.api.types.is_datetime64_any_dtype(values) or pd.api.types.is_numeric_dtype(values)
    return parse(values) if stored else _of_distinct(texts_of(values), parse)


def _of_distinct(texts: "pd.Series[str]", parse: Callable[[pd.Series], pd.Series]) -> pd.Series:
    """Words (n,) as what they stand for, each different one parsed once."""
    codes, distinct = pd.factorize(texts)
    return pd.Series(parse(pd.Series(distinct, dtype=object)).to_numpy()[codes], index=texts.index)


def level_codes(column: Column, values: pd.Series) -> NDArray[np.int64]:
    """The place of each value among the levels (n,): -1 for what is missing, -2 for what is none of them.

    A value that is written otherwise than a level counts as that level where it can mean no other: 1.0 for 1, true for
    True, 7 for 007. Words that stand for no value, such as n/a, are missing unless they are levels.
    """
    codes, distinct = pd.factorize(values)
    labels = [str(value) for value in distinct]
    places = _places(column.levels)
    others = _by_meaning(column.levels) if any(label not in places for label in labels) else {}

    def place(label: str) -> int:
        if label in places:
            return places[label]
        known = others.get(_meaning(label))
        gap = label.strip() == "" or label.strip().lower() in words.GAPS
        return known if known is not None else MISSING if gap else UNSEEN

    return np.array([*map(place, labels), MISSING], dtype=np.int64)[codes]


def are_readable(column: Column, values: pd.Series) -> bool:
    """Whether values can be read as what a column is: nearly all as its numbers or dates, or some as its levels."""
    if column.kind == "text":
        return True
    if column.kind in {"category", "ordinal"}:
        return bool((level_codes(column, values) >= 0).any())
    return float(unread(column, values).sum()) <= MOST_ODD * len(values)


def unread(column: Column, values: pd.Series) -> NDArray[np.bool_]:
    """Which values (n,) of a column of numbers, dates or true and false are there and cannot be read as such."""
    found = dates_of(column, values) if column.kind == "date" else numbers_of(column, values)
    return ~missing(values) & found.isna().to_numpy(dtype=bool)


def missing(values: pd.Series) -> NDArray[np.bool_]:
    """Where a column has no value (n,): an empty text is none, nor is a word such as n/a."""
    gaps = values.isna().to_numpy(dtype=bool)
    if values.dtype == object or pd.api.types.is_string_dtype(values):
        texts = texts_of(values).str.strip().str.lower()
        gaps = gaps | (texts.isin(words.GAPS) | (texts == "")).to_numpy(dtype=bool)
    return np.asarray(gaps, dtype=bool)


def _offset(numbers: NDArray[np.floating]) -> float:
    """What to take off numbers so that float32 tells apart more of them; 0 where that does not help."""
    finite = numbers[np.isfinite(numbers)][:_SAMPLE]
    if not len(finite):
        return 0.0
    least = float(finite.min())
    there, plain, shifted = (len(np.unique(v)) for v in (finite, _narrow(finite), _narrow(finite - least)))
    return least if plain < _DISTINGUISHED * there and plain < _DISTINGUISHED * shifted else 0.0


def _narrow(numbers: NDArray[np.floating]) -> NDArray[np.float32]:
    with np.errstate(over="ignore"):
        return numbers.astype(np.float32)


def _category(name: str, texts: "pd.Series[str]") -> Column:
    counts = texts.value_counts()
    common = counts[counts >= 2] if len(counts) > WIDE_LEVELS else counts
    # Ties in frequency are broken by name, so that the order of rows does not matter.
    order = sorted(common.items(), key=lambda item: (-item[1], str(item[0])))
    levels = tuple(str(level) for level, _ in order[:MOST_LEVELS])
    return Column(name, "category", levels, rest=len(levels) < len(counts))


@lru_cache(maxsize=64)
def _places(levels: tuple[str, ...]) -> dict[str, int]:
    return {level: place for place, level in enumerate(levels)}


@lru_cache(maxsize=64)
def _by_meaning(levels: tuple[str, ...]) -> dict[float | str | None, int]:
    """The place of each level by what it means; of levels that mean the same, none."""
    meanings = [_meaning(level) for level in levels]
    shared = Counter(meanings)
    return {meaning: place for place, meaning in enumerate(meanings) if meaning is not None and shared[meaning] == 1}


def _meaning(label: str) -> float | str | None:
    text = label.strip()
    if text.lower() in words.BOOLEANS:
        return text.lower()
    return float(text) if PLAIN.fullmatch(text) else None

"""What each column of a table is taken for, in a line that a person can correct."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from finetooth.data import columns
from finetooth.data.columns import TEXT_BUCKETS, Column

_SHOWN = 3  # levels
_LONG = 1e15  # numbers that are no longer written out
_SAMPLE = 50_000  # rows that are counted


@dataclass(frozen=True, slots=True)
class ColumnSummary:
    """One column of the table.

    `taken_as` is the kind of a feature, or why it is none: target, group, time, declared, id, one value. `holds` says
    what its values are, `missing` which share of the development rows has none.
    """

    name: str
    taken_as: str
    holds: str
    missing: float


def overview(frame: pd.DataFrame, features: Iterable[Column], roles: Mapping[str, str]) -> tuple[ColumnSummary, ...]:
    """A line for each column (development rows); `roles` says what those are for that are no features."""
    known = {column.name: column for column in features}
    return tuple(_summary(frame[name], known.get(str(name)), roles) for name in frame.columns)


def _summary(values: pd.Series, column: Column | None, roles: Mapping[str, str]) -> ColumnSummary:
    name, missing = str(values.name), float(values.isna().mean())
    if column is None:
        role = roles.get(name, "left out: no value" if missing == 1 else "left out: one value")
        return ColumnSummary(name, role, _plainly(values), missing)
    return ColumnSummary(name, column.kind, _holds(column, values), missing)


def _holds(column: Column, values: pd.Series) -> str:
    if column.kind == "number":
        numbers = columns.numbers_of(column, values)
        unit = " seconds" if column.clock else ""
        return f"{_span(numbers)}{unit}{_different(values)}"
    if column.kind == "boolean":
        return f"true in {columns.numbers_of(column, values).mean():.1%}"
    if column.kind == "ordinal":
        return " < ".join(column.levels)
    if column.kind == "date":
        moments = columns.dates_of(column, values)
        return f"{moments.min():%Y-%m-%d} to {moments.max():%Y-%m-%d}"
    if column.kind == "text":
        length = _some(values).astype(object).dropna().astype(str).str.len().mean()
        return f"{length:.0f} characters a row: their number, and {TEXT_BUCKETS} counts of words"
    return _levels(values, len(column.levels))


def _levels(values: pd.Series, count: int | None = None) -> str:
    texts = _some(values).dropna().astype(str)
    shares = texts.value_counts(normalize=True)
    different = max(count or 0, len(shares))
    shown = ", ".join(f"{level} ({share:.0%})" for level, share in shares.head(_SHOWN).items())
    return f"{different:,} different: {shown}" + (", ..." if different > _SHOWN else "")


def _span(numbers: "pd.Series[float]") -> str:
    ends = (float(numbers.min()), float(numbers.max()))
    return " to ".join(f"{end:,.0f}" if end.is_integer() and abs(end) < _LONG else f"{end:g}" for end in ends)


def _different(values: pd.Series) -> str:
    """How many different values there are, where that does not take long to count."""
    return f", {values.nunique():,} different" if len(values) <= _SAMPLE else ""


def _some(values: pd.Series) -> pd.Series:
    return values.iloc[:: max(1, len(values) // _SAMPLE)]


def _plainly(values: pd.Series) -> str:
    """What a column holds that is no feature."""
    present = values.dropna()
    if present.empty:
        return ""
    if pd.api.types.is_datetime64_any_dtype(present):
        return f"{present.min():%Y-%m-%d} to {present.max():%Y-%m-%d}"
    if (
        pd.api.types.is_numeric_dtype(present)
        and not pd.api.types.is_bool_dtype(present)
        and _some(present).nunique() > _SHOWN
    ):
        numbers = present.to_numpy(dtype=np.float64)
        return f"{_span(pd.Series(numbers))}{_different(present)}"
    return _levels(present)

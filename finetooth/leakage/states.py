"""The states of a raw column that an outcome may decide: gaps, numbers that stand apart, levels, words."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from finetooth.leakage.columns import Codes, Floats, RawColumn

Mask = NDArray[np.bool_]
Sort = Literal["gap", "value", "level", "word"]

# A commonest value is a state only if it stands for something else, such as -1 or 999: this many times as common as
# the next. Adult's commonest `age` is 23 in one sample of four, and 98 % of people aged 23 honestly earn little.
STANDS_OUT = 2
FEWEST = 10  # rows of a level that is looked at
BESIDE = 30  # rows on each side of a number that its own rows are compared with
MOST_LEVELS = 2_000  # levels of so many rows; a column of more is hardly made of levels


@dataclass(frozen=True, slots=True)
class State:
    """Rows that share something in one column: `rows` (n,).

    For a number, `beside` are the rows with the next smaller and with the next larger values.
    """

    name: str
    sort: Sort
    rows: Mask
    beside: tuple[Mask, ...] = ()


def gaps_and_values(column: RawColumn) -> Iterator[State]:
    """Missing and present; of numbers zero and non-zero; of numbers and dates a commonest value that stands out."""
    missing = column.missing()
    if missing.any() and not missing.all():
        yield State("missing", "gap", missing)
        yield State("present", "gap", ~missing)
    if column.role not in ("number", "date"):
        return
    values = column.numbers()
    zero = values == 0
    distinct, counts = np.unique(values[~np.isnan(values)], return_counts=True)
    if len(distinct) <= 2:
        return  # a flag: its values are levels
    if zero.any() and column.role == "number":
        yield State("zero", "value", zero, neighbours(values, 0.0))
        yield State("non-zero", "value", ~zero & ~missing)
    if counts.max() >= STANDS_OUT * np.partition(counts, -2)[-2] and (mode := float(distinct[counts.argmax()])) != 0:
        rows = values == mode
        shown = str(np.datetime64(int(mode), "s")) if column.role == "date" else f"{mode:g}"
        yield State(f"equal to its commonest value {shown}", "value", rows, neighbours(values, mode))


def level_codes(column: RawColumn) -> tuple[Codes, Codes]:
    """A code (n,) for each value that many rows share, -1 elsewhere, and the label codes (levels,) that they stand for.

    Both are empty of levels for texts, dates, and columns of too many.
    """
    labels = column.labels()
    counts = np.bincount(labels + 1)[1:]
    common = np.flatnonzero(counts >= FEWEST)
    if column.role in ("text", "date") or not len(counts) > 1 or len(common) > MOST_LEVELS:
        common = common[:0]
    place = np.full(len(counts) + 1, -1, dtype=np.int64)
    place[common] = np.arange(len(common))
    return place[labels], common


def level(column: RawColumn, label: int) -> State:
    """One value of a column, by its label code, as a state."""
    rows = column.labels() == label
    if column.role == "number":
        values = column.numbers()
        value = float(values[int(np.argmax(rows))])
        return State(f"{value:g}", "level", rows, neighbours(values, value))
    return State(repr(str(column.levels[label])) if column.levels is not None else "that value", "level", rows)


def one_of(column: RawColumn, labels: Codes) -> State:
    """Several values of a category, by their label codes (-1 for missing), as one state."""
    names = ["missing" if label < 0 else repr(str(column.levels[label])) for label in labels[:3]]  # type: ignore[index]
    name = f"one of {len(labels):,} values ({', '.join(names)}{', ...' if len(labels) > 3 else ''})"
    return State(name, "level", np.isin(column.labels(), labels))


def neighbours(values: Floats, value: float) -> tuple[Mask, ...]:
    """The rows (n,) with the next smaller numbers, and those with the next larger, where there are any."""
    distinct, counts = np.unique(values[~np.isnan(values)], return_counts=True)
    place = int(np.searchsorted(distinct, value))
    below = distinct[:place][::-1][: _enough(counts[:place][::-1])]
    above = distinct[place + 1 :][: _enough(counts[place + 1 :])]
    sides = [(values >= below[-1]) & (values < value)] if len(below) else []
    return (*sides, (values <= above[-1]) & (values > value)) if len(above) else tuple(sides)


def _enough(counts: Codes) -> int:
    """How many values, the nearest first, have together the rows to compare with."""
    return int(np.searchsorted(np.cumsum(counts), BESIDE)) + 1

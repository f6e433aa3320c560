"""What an encoder makes of dates and codes: parts of dates, differences of two, digits and letters by place."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from finetooth.leakage.columns import Floats, RawColumn
from finetooth.leakage.table import Table

MOST_DATES = 12  # date columns whose parts and pairwise differences are looked at
_PARTS = {
    "time of day": (86_400, 1),
    "minute": (3_600, 60),
    "second": (60, 1),
}  # of seconds since 1970: modulus, and what it is counted in
CODE_VALUES = 100  # distinct whole numbers from which their last digits are looked at


@dataclass(frozen=True, slots=True)
class View:
    """A column that an encoder could make: `label` names it in a sentence, `columns` are what it is made of."""

    label: str
    columns: tuple[str, ...]
    column: RawColumn


def of_columns(table: Table) -> Iterator[View]:
    """The features as they are, and what an encoder makes of their dates."""
    for name in table.features:
        yield View(f"'{name}'", (name,), table.column(name))
    yield from of_dates(table)


def of_dates(table: Table) -> Iterator[View]:
    """Parts of each date, and the differences of each two, the declared time among them; none that is constant."""
    dates = [name for name in table.features if table.column(name).role == "date"][:MOST_DATES]
    for name in dates:
        yield from _parts(name, table.column(name).numbers())
    time = table.declared.time
    partners = [*dates, time] if time is not None and table.column(time).role == "date" else dates
    for first, second in combinations(partners, 2):
        difference = table.column(second).numbers() - table.column(first).numbers()
        columns = tuple(name for name in (second, first) if name != time)
        yield from _view(f"'{second}' minus '{first}'", columns, difference)
        yield from _view(f"the sign of '{second}' minus '{first}'", columns, np.sign(difference))


def last_digits(name: str, column: RawColumn) -> Iterator[View]:
    """The last one and two digits of whole numbers of many values."""
    if column.role != "number" or (column.codes is None and column.series.dtype.kind == "f"):
        return
    values = column.numbers()
    present = values[np.isfinite(values)]
    if len(np.unique(present)) < CODE_VALUES or (present != np.floor(present)).any():
        return
    yield from _view(f"the last digit of '{name}'", (name,), np.abs(values) % 10.0)
    yield from _view(f"the last two digits of '{name}'", (name,), np.abs(values) % 100.0)


def _parts(name: str, seconds: Floats) -> Iterator[View]:
    for part, (modulus, unit) in _PARTS.items():
        yield from _view(f"the {part} of '{name}'", (name,), np.floor(seconds % modulus / unit))
    moments = pd.to_datetime(pd.Series(seconds), unit="s", errors="coerce").dt
    named = {"weekday": moments.dayofweek, "day of the month": moments.day, "month": moments.month}
    for part, values in named.items():
        yield from _view(f"the {part} of '{name}'", (name,), np.asarray(values, dtype=np.float64))


def _view(label: str, columns: tuple[str, ...], values: Floats) -> Iterator[View]:
    present = values[np.isfinite(values)]
    if len(present) and np.ptp(present) > 0:
        yield View(label, columns, RawColumn("number", pd.Series(values)))

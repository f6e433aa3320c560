"""Which part of the rows is a row in? Each column's parts are laid down from development rows, before any opening.

Codes of all columns are sealed with the holdout, one byte a cell, so that a slice can be asked for later without a
split of its own; names and edges come from development rows alone and tell nothing of the sealed ones.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from finetooth.data import dates
from finetooth.errors import InputError
from finetooth.records import from_json

Codes = NDArray[np.int8]

FILE = "slices.json"
PARTS = 4  # quarters of a numeric column
FEW = 8  # so many different numbers are values of their own
MOST_LEVELS = 20
OTHER = "other"
MISSING = "missing"


@dataclass(frozen=True, slots=True)
class SliceRule:
    """How one column is cut: numbers and dates at `edges` (the upper end of each part but the last), or by `levels`.

    `names` has a name a part, then those of other values and of missing ones: what a code stands for. `day_first` is
    how dates written as text are read.
    """

    column: str
    kind: Literal["number", "date", "level"]
    names: tuple[str, ...]
    edges: tuple[float, ...] = ()
    levels: tuple[str, ...] = ()
    day_first: bool = False


def learn(columns: Iterable[tuple[str, pd.Series]]) -> tuple[SliceRule, ...]:
    """Where to cut each named column of the development rows."""
    return tuple(_cut(name, values) for name, values in columns)


def read(folder: Path) -> tuple[SliceRule, ...]:
    """Where the columns of stored development rows are cut. Raises `InputError` when that is gone."""
    path = folder / FILE
    if not path.exists():
        raise InputError(f"the stored development rows must be there; {path} is gone; start a new run.")
    return from_json(tuple[SliceRule, ...], path.read_bytes())


def encode(cuts: Iterable[SliceRule], frame: pd.DataFrame) -> Codes:
    """The part of each row (rows, cuts), as the position of its name."""
    listed = tuple(cuts)
    out = np.empty((len(frame), len(listed)), dtype=np.int8)
    for place, cut in enumerate(listed):
        out[:, place] = _codes(cut, frame[cut.column])
    return out


def named(cuts: Iterable[SliceRule], codes: Codes, wanted: Iterable[str]) -> Mapping[str, NDArray[np.str_]]:
    """The name of each row's part (rows,) in each wanted column, such as "sex = female"."""
    places = {cut.column: (place, cut) for place, cut in enumerate(cuts)}
    found = ((column, *places[column]) for column in wanted)
    return {
        column: np.array([f"{column} = {name}" for name in cut.names])[codes[:, place].astype(np.int64)]
        for column, place, cut in found
    }


def _cut(column: str, values: pd.Series) -> SliceRule:
    kind = _kind(values)
    if kind == "level":
        return _levels(column, values)
    day_first = kind == "date" and dates.day_first(values)
    numbers = _numbers(values, kind, day_first)
    ordered = np.sort(numbers[np.isfinite(numbers)])
    if len(ordered) == 0:
        return SliceRule(column, kind, ("any", OTHER, MISSING))
    edges = np.unique(ordered[np.arange(1, PARTS) * len(ordered) // PARTS])
    edges = edges[edges < ordered[-1]]
    shown = _shown(edges, kind)
    middle = [f"above {low} to {high}" for low, high in pairwise(shown)]
    names = (f"up to {shown[0]}", *middle, f"above {shown[-1]}") if shown else ("any",)
    return SliceRule(column, kind, (*names, OTHER, MISSING), tuple(map(float, edges)), day_first=day_first)


def _levels(column: str, values: pd.Series) -> SliceRule:
    counts = values.value_counts()
    # Ties in frequency are broken by name, so that the order of rows does not matter.
    order = sorted(zip(-counts.to_numpy(), _words(counts.index.to_series()), strict=True))
    levels = tuple(word for _, word in order[:MOST_LEVELS])
    return SliceRule(column, "level", (*levels, OTHER, MISSING), levels=levels)


def _kind(values: pd.Series) -> Literal["number", "date", "level"]:
    if pd.api.types.is_bool_dtype(values):
        return "level"
    if pd.api.types.is_numeric_dtype(values):
        many = values.head(1000).nunique() > FEW or values.nunique() > FEW
        return "number" if many else "level"
    return "level" if dates.as_dates(pd.Series(values.dropna().unique())) is None else "date"


def _codes(cut: SliceRule, values: pd.Series) -> NDArray[np.integer[Any]]:
    if cut.kind == "level":
        place, distinct = pd.factorize(values)
        known = pd.Index(list(cut.levels)).get_indexer(pd.Index(_words(pd.Series(distinct))))
        known[known < 0] = len(cut.levels)
        codes, missing = np.append(known, 0)[place], place < 0
    else:
        numbers = _numbers(values, cut.kind, cut.day_first)
        codes, missing = np.searchsorted(np.array(cut.edges), numbers, side="left"), np.isnan(numbers)
    codes[missing] = len(cut.names) - 1
    return codes


def _words(distinct: pd.Series) -> list[str]:
    """Levels as text; a whole number reads the same whether or not its column has gaps, which make it a float."""
    if pd.api.types.is_bool_dtype(distinct) or not pd.api.types.is_numeric_dtype(distinct):
        return [str(value) for value in distinct]
    return [f"{value:.12g}" for value in distinct]


def _numbers(values: pd.Series, kind: str, day_first: bool = False) -> NDArray[np.float64]:
    """The column as numbers, dates as microseconds, NaN where missing."""
    if kind == "date":
        moments = dates.read(values, day_first=day_first)
        whole = moments.astype("datetime64[us]").astype("int64").to_numpy(dtype=np.float64, copy=True)
        whole[moments.isna().to_numpy()] = np.nan
    else:
        whole = values.to_numpy(dtype=np.float64, na_value=np.nan)
    return np.asarray(whole)


def _shown(edges: NDArray[np.float64], kind: str) -> list[str]:
    """Edges as a person reads them, with as many digits as tell them apart."""
    if kind == "date":
        return [f"{pd.Timestamp(int(edge), unit='us'):%Y-%m-%d}" for edge in edges]
    for digits in range(3, 17):
        shown = [f"{edge:.{digits}g}" for edge in edges]
        if len(set(shown)) == len(shown):
            break
    return shown

"""Slices: each column is cut into named parts, by rules learned on development rows before any opening.

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
QUANTILE_PARTS = 4  # quarters of a numeric column
MOST_VALUES = 8  # so many different numbers are values of their own
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


def learn_rules(columns: Iterable[tuple[str, pd.Series]]) -> tuple[SliceRule, ...]:
    """The rule of each named column (development rows)."""
    return tuple(_rule_of(name, values) for name, values in columns)


def read_rules(folder: Path) -> tuple[SliceRule, ...]:
    """The rules of stored development rows. Raises `InputError` when their file is gone."""
    path = folder / FILE
    if not path.exists():
        raise InputError(f"the stored development rows must be there; {path} is gone; start a new run.")
    return from_json(tuple[SliceRule, ...], path.read_bytes())


def encode(rules: Iterable[SliceRule], frame: pd.DataFrame) -> Codes:
    """The part of each row by each rule (rows, rules), as an index into the rule's `names`."""
    listed_rules = tuple(rules)
    codes = np.empty((len(frame), len(listed_rules)), dtype=np.int8)
    for position, rule in enumerate(listed_rules):
        codes[:, position] = _codes(rule, frame[rule.column])
    return codes


def slice_names(rules: Iterable[SliceRule], codes: Codes, columns: Iterable[str]) -> Mapping[str, NDArray[np.str_]]:
    """For each of the `columns`, the name of each row's part (rows,), such as "sex = female"."""
    located = {rule.column: (position, rule) for position, rule in enumerate(rules)}
    selected = ((column, *located[column]) for column in columns)
    return {
        column: np.array([f"{column} = {name}" for name in rule.names])[codes[:, position].astype(np.int64)]
        for column, position, rule in selected
    }


def _rule_of(column: str, values: pd.Series) -> SliceRule:
    kind = _kind(values)
    if kind == "level":
        return _levels(column, values)
    day_first = kind == "date" and dates.day_first(values)
    numbers = _numbers(values, kind, day_first)
    ordered = np.sort(numbers[np.isfinite(numbers)])
    if len(ordered) == 0:
        return SliceRule(column, kind, ("any", OTHER, MISSING))
    edges = np.unique(ordered[np.arange(1, QUANTILE_PARTS) * len(ordered) // QUANTILE_PARTS])
    edges = edges[edges < ordered[-1]]
    labels = _edge_labels(edges, kind)
    inner = [f"above {low} to {high}" for low, high in pairwise(labels)]
    names = (f"up to {labels[0]}", *inner, f"above {labels[-1]}") if labels else ("any",)
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
        many = values.head(1000).nunique() > MOST_VALUES or values.nunique() > MOST_VALUES
        return "number" if many else "level"
    return "level" if dates.as_dates(pd.Series(values.dropna().unique())) is None else "date"


def _codes(rule: SliceRule, values: pd.Series) -> NDArray[np.integer[Any]]:
    if rule.kind == "level":
        value_index, distinct = pd.factorize(values)
        level_index = pd.Index(list(rule.levels)).get_indexer(pd.Index(_words(pd.Series(distinct))))
        level_index[level_index < 0] = len(rule.levels)
        codes, missing = np.append(level_index, 0)[value_index], value_index < 0
    else:
        numbers = _numbers(values, rule.kind, rule.day_first)
        codes, missing = np.searchsorted(np.array(rule.edges), numbers, side="left"), np.isnan(numbers)
    codes[missing] = len(rule.names) - 1
    return codes


def _words(distinct: pd.Series) -> list[str]:
    """Levels as text; a whole number reads the same whether or not its column has gaps, which make it a float."""
    if pd.api.types.is_bool_dtype(distinct) or not pd.api.types.is_numeric_dtype(distinct):
        return [str(value) for value in distinct]
    return [f"{value:.12g}" for value in distinct]


def _numbers(values: pd.Series, kind: str, day_first: bool = False) -> NDArray[np.float64]:
    """The column as numbers, dates as microseconds, NaN where missing."""
    if kind == "date":
        times = dates.parse_dates(values, day_first=day_first)
        numbers = times.astype("datetime64[us]").astype("int64").to_numpy(dtype=np.float64, copy=True)
        numbers[times.isna().to_numpy()] = np.nan
    else:
        numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
    return np.asarray(numbers)


def _edge_labels(edges: NDArray[np.float64], kind: str) -> list[str]:
    """Edges as text, with as many digits as tell them apart."""
    if kind == "date":
        return [f"{pd.Timestamp(int(edge), unit='us'):%Y-%m-%d}" for edge in edges]
    for digits in range(3, 17):
        labels = [f"{edge:.{digits}g}" for edge in edges]
        if len(set(labels)) == len(labels):
            break
    return labels

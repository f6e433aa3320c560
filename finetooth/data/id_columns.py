"""Which columns only number the rows: their values, and how they stand in the file, show it."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import spearmanr

from finetooth.data.id_names import is_name_of_id

Floats = NDArray[np.float64]

UNIQUE = 0.95  # share of distinct values from which a column may be an id
ROW_NUMBER = 0.999  # Spearman with the position in the file
DENSE = 0.5  # distinct integers per step of their range: 1, 2, 3, ... with some rows held out
EVEN = 0.25  # distance of their distribution from an even one, up to which numbers may have been given out
FEWEST = 20  # rows below which nothing can be told from uniqueness
SEVERAL = 2  # words per value on average, from which words are a text
WORDS = 1_000  # distinct words that decide whether they are a text


def is_id(column: pd.Series) -> bool:
    """Whether a stored column is an id: single words with hardly a value twice, or such numbers (see `number_rows`)."""
    types = pd.api.types
    if len(column) < FEWEST or types.is_datetime64_any_dtype(column) or types.is_bool_dtype(column):
        return False
    if types.is_numeric_dtype(column):
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
        return number_rows(str(column.name), values, measured=types.is_float_dtype(column))
    words: pd.Series[str] = column.dropna().astype(str)
    return bool(words.nunique() > UNIQUE * len(column) and words.head(WORDS).str.count(r"\S+").mean() < SEVERAL)


def number_rows(name: str, values: Floats, *, measured: bool) -> bool:
    """Whether numbers (n,) are whole, hardly come twice, and were given out: dense, in the order of the file, or both.

    `measured` says that they are stored as floats, which are measurements more often than ids: they must be both.
    """
    if not are_unique(values):
        return False
    present = values[np.isfinite(values)]
    dense = len(present) / (np.ptp(present) + 1) >= DENSE
    in_order = _follow_row_number(values)
    if measured:
        return bool(in_order and dense)
    return bool(dense or in_order or (is_name_of_id(name) and _are_evenly_spread(present)))


def are_unique(values: Floats) -> bool:
    """Whether numbers (n,) are whole and hardly come twice."""
    present = values[np.isfinite(values)]
    if (present != np.floor(present)).any():
        return False
    return len(np.unique(present)) > UNIQUE * len(values)


def _are_evenly_spread(values: Floats) -> bool:
    """Whether numbers lie evenly over their range, as those that were given out do and measurements seldom."""
    ranks = (np.sort(values) - values.min()) / max(float(np.ptp(values)), 1.0)
    return bool(np.abs(ranks - np.linspace(0, 1, len(ranks))).max() < EVEN)


def _follow_row_number(values: Floats) -> bool:
    present = np.isfinite(values)
    return abs(float(spearmanr(values[present], np.flatnonzero(present)).statistic)) > ROW_NUMBER

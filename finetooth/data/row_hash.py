"""One number for a row: the hashes of its columns, mixed so that the order of the columns counts."""

from collections.abc import Iterable
from functools import reduce

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]

_FNV_PRIME = np.uint64(1_099_511_628_211)


def mix_columns(hashes: Iterable[Hashes]) -> Hashes:
    """The hash of each row (rows,) from those of its columns, each (rows,), which are taken one at a time.

    A mix like FNV's: numbers wrap around. They are kept beside models, to tell the rows that these learned from.
    """
    return reduce(lambda total, column: np.asarray(total * _FNV_PRIME + column, dtype=np.uint64), hashes)


def hash_series(column: pd.Series) -> Hashes:
    """A number (rows,) for each value of a column as a user has it; missing equals missing."""
    values = column.astype(str) if column.dtype == object else column
    return np.asarray(pd.util.hash_pandas_object(values, index=False), dtype=np.uint64)


def hash_numbers(values: NDArray[np.floating]) -> Hashes:
    """A number (rows,) for each of some floats: -0 is 0, and missing equals missing."""
    plain = np.ascontiguousarray(values) + values.dtype.type(0)
    plain[np.isnan(plain)] = np.nan
    return np.asarray(pd.util.hash_array(plain), dtype=np.uint64)

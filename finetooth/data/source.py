"""A table that is open: read one column at a time, since whole it may be most of the memory that there is."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from finetooth.data.words import Reading


@dataclass(frozen=True, slots=True)
class Source:
    """A table that is open: `read(name)` gives one column of numbers, true or false, dates without a zone, or words.

    `fingerprint` is the SHA-256 of its content; `readings` says how columns that were written as words were read,
    `note` what is unusual in how the file is written.
    """

    schema: pa.Schema
    rows: int
    fingerprint: str
    read: Callable[[str], pa.ChunkedArray]
    readings: Mapping[str, Reading] = field(default_factory=dict)
    note: str = ""


def series(table: Source, name: str, rows: NDArray[np.int64] | None = None) -> pd.Series:
    """One column, or some of its rows."""
    column = table.read(name)
    if rows is not None and len(rows) < table.rows:
        column = column.take(pa.array(rows))
    return pd.Series(column.to_pandas(), name=name)


def is_parquet(source: str) -> bool:
    """Whether a path or URL names a Parquet file."""
    return source.endswith((".parquet", ".pq"))


def stem(source: str) -> str:
    """A short name for a run on `source`: `adult` for `data/adult.csv.gz`."""
    name = source.removeprefix("sklearn:").rstrip("/").rsplit("/", 1)[-1]
    return re.sub(r"[^A-Za-z0-9_-]+", "-", name.split(".", 1)[0]).strip("-") or "table"

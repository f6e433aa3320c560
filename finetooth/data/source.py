"""Reading a table: CSV, CSV.gz or Parquet from any fsspec URL, or one that ships with scikit-learn.

A table is read one column at a time, since whole it may be most of the memory that there is.
"""

import hashlib
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import fsspec
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from pyarrow import csv

from finetooth.data import column_file
from finetooth.errors import InputError, UnreachableError, one_line, unknown

_NULLS = ["", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "#N/A", "?"]
_BUNDLED = ("breast_cancer", "diabetes", "digits", "iris", "wine")


@dataclass(frozen=True, slots=True)
class Source:
    """A table that is open: `read(name)` gives one column. `fingerprint` is the SHA-256 of its content."""

    schema: pa.Schema
    rows: int
    fingerprint: str
    read: Callable[[str], pa.ChunkedArray]


@contextmanager
def open_table(source: str) -> Iterator[Source]:
    """The table at `source`, open inside the `with` block. Raises `InputError` when it cannot be read."""
    if source.startswith("sklearn:"):
        yield _bundled(source.removeprefix("sklearn:"))
        return
    with tempfile.TemporaryDirectory(prefix="finetooth-") as scratch:
        path = _local_path(source, Path(scratch))
        if path.stat().st_size == 0:
            raise InputError(f"the table must have rows; {source} is an empty file.")
        with _parse_errors(source):
            parquet = path.suffix in {".parquet", ".pq"}
            table = _open_parquet(path, source) if parquet else _open_csv(path, Path(scratch))
        _check_shape(table, source)
        yield table


def series(table: Source, name: str, rows: NDArray[np.int64] | None = None) -> pd.Series:
    """One column, or some of its rows."""
    column = table.read(name)
    if rows is not None and len(rows) < table.rows:
        column = column.take(pa.array(rows))
    return pd.Series(column.to_pandas(), name=name)


def stem(source: str) -> str:
    """A short name for a run on `source`: `adult` for `data/adult.csv.gz`."""
    name = source.removeprefix("sklearn:").rstrip("/").rsplit("/", 1)[-1]
    return re.sub(r"[^A-Za-z0-9_-]+", "-", name.split(".", 1)[0]).strip("-") or "table"


def _bundled(name: str) -> Source:
    if name not in _BUNDLED:
        raise unknown("table", name, "the tables that ship with scikit-learn", _BUNDLED)
    from sklearn import datasets

    frame = getattr(datasets, f"load_{name}")(as_frame=True).frame
    table = pa.Table.from_pandas(frame, preserve_index=False)
    return Source(
        table.schema, table.num_rows, hashlib.sha256(frame.to_numpy(dtype=float).tobytes()).hexdigest(), table.column
    )


def _local_path(source: str, scratch: Path) -> Path:
    """A path of this machine that holds the bytes of `source`; remote ones are copied into `scratch`."""
    if "://" not in source and "::" not in source:
        path = Path(source)
        if not path.exists():
            siblings = sorted(p.name for p in path.parent.glob("*")) if path.parent.is_dir() else []
            raise unknown("file", path.name, f"'{path.parent}'", siblings)
        if path.is_dir():
            raise InputError(f"the table must be a file; got the folder {source}; name a CSV or Parquet file in it.")
        return path
    target = scratch / source.rstrip("/").rsplit("/", 1)[-1]
    try:
        with fsspec.open(source, "rb") as remote, target.open("wb") as copy:
            shutil.copyfileobj(remote, copy)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 (each kind of storage raises errors of its own library)
        raise UnreachableError(
            f"the table must be readable; {source} answered {type(error).__name__}: {one_line(error, 300)}"
        ) from None
    return target


def _file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _parse_errors(source: str) -> Iterator[None]:
    """Turn a parser's errors on a file that is no table into an `InputError` of one line."""
    try:
        yield
    except UnicodeError:
        raise _encoding_error(source) from None
    except (pa.ArrowInvalid, pa.ArrowTypeError, OSError, EOFError) as error:
        if "UTF8" in str(error) or "utf-8" in str(error):
            raise _encoding_error(source) from None
        raise InputError(
            f"the table must be a readable CSV, CSV.gz or Parquet file; {source}: {one_line(error, 300)}"
        ) from None


def _encoding_error(source: str) -> InputError:
    return InputError(f"the table must be encoded as UTF-8; {source} is not; save it again as UTF-8.")


def _open_csv(path: Path, scratch: Path) -> Source:
    """Parse with types that hold for every value of a column, not for its first ones alone."""
    table = csv.read_csv(
        path,
        convert_options=csv.ConvertOptions(null_values=_NULLS, strings_can_be_null=True),
        parse_options=csv.ParseOptions(newlines_in_values=True),
    )
    # Values that are not UTF-8 come out as bytes; a name that is not fails when it is read.
    undecoded = [name for name, kind in zip(table.column_names, table.schema.types, strict=True) if kind == pa.binary()]
    if undecoded:
        raise UnicodeError(undecoded[0])
    # Read from disk from here on, so that the parsed table need not stay in memory.
    column_path = scratch / "columns.arrow"
    offsets = column_file.write(column_path, table.schema, table.columns, np.arange(table.num_rows))
    return Source(
        table.schema,
        table.num_rows,
        _file_digest(path),
        lambda name: column_file.read_column(column_path, offsets[name]),
    )


def _open_parquet(path: Path, source: str) -> Source:
    """A Parquet file with one plain value a cell: decimals as floats. Raises `InputError` for lists and records."""
    file = pq.ParquetFile(path)
    fields = []
    for field in file.schema_arrow:
        if pa.types.is_nested(field.type):
            raise InputError(
                f"each column must hold plain values; '{field.name}' of {source} holds {field.type}; "
                "write its parts as columns of their own, or leave it out of the file."
            )
        fields.append(field.with_type(pa.float64()) if pa.types.is_decimal(field.type) else field)
    schema = pa.schema(fields, metadata=file.schema_arrow.metadata)

    def read(name: str) -> pa.ChunkedArray:
        with _parse_errors(source):
            column = file.read(columns=[name], use_threads=False).column(name)
        return column.cast(pa.float64()) if pa.types.is_decimal(column.type) else column

    return Source(schema, file.metadata.num_rows, _file_digest(path), read)


def _check_shape(table: Source, source: str) -> None:
    if table.rows == 0:
        raise InputError(f"the table must have rows; {source} has a header and none below it.")
    repeated = [name for name, count in Counter(table.schema.names).items() if count > 1]
    if repeated:
        raise InputError(f"column names must differ; {source} has '{repeated[0]}' more than once; rename one.")

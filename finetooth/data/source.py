"""Reading a table: CSV, CSV.gz or Parquet from any fsspec URL, or one that ships with scikit-learn."""

import hashlib
import re
import shutil
import tempfile
from collections import Counter
from pathlib import Path

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv

from finetooth.errors import InputError, UnreachableError, unknown

_NULLS = ["", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "#N/A", "?"]
_BUNDLED = ("breast_cancer", "diabetes", "digits", "iris", "wine")


def read(source: str) -> tuple[pa.Table, str]:
    """The table at `source` and the SHA-256 of its content. Raises `InputError` when there is none to be had."""
    if source.startswith("sklearn:"):
        return _bundled(source.removeprefix("sklearn:"))
    with tempfile.TemporaryDirectory(prefix="finetooth-") as scratch:
        path = _local(source, Path(scratch))
        table = _parse(path, source)
        fingerprint = _file_digest(path)
    _check_shape(table, source)
    return table, fingerprint


def stem(source: str) -> str:
    """A short name for a run on `source`: `adult` for `data/adult.csv.gz`."""
    name = source.removeprefix("sklearn:").rstrip("/").rsplit("/", 1)[-1]
    return re.sub(r"[^A-Za-z0-9_-]+", "-", name.split(".", 1)[0]).strip("-") or "table"


def _bundled(name: str) -> tuple[pa.Table, str]:
    if name not in _BUNDLED:
        raise unknown("table", name, "the tables that ship with scikit-learn", _BUNDLED)
    from sklearn import datasets

    frame = getattr(datasets, f"load_{name}")(as_frame=True).frame
    table = pa.Table.from_pandas(frame, preserve_index=False)
    return table, hashlib.sha256(frame.to_numpy(dtype=float).tobytes()).hexdigest()


def _local(source: str, scratch: Path) -> Path:
    """A path of this machine that holds the bytes of `source`; remote ones are copied into `scratch`."""
    if "://" not in source and "::" not in source:
        path = Path(source)
        if not path.exists():
            near = sorted(p.name for p in path.parent.glob("*")) if path.parent.is_dir() else []
            raise unknown("file", path.name, f"'{path.parent}'", near)
        if path.is_dir():
            raise InputError(f"the table must be a file; got the folder {source}; name a CSV or Parquet file in it.")
        return path
    target = scratch / source.rstrip("/").rsplit("/", 1)[-1]
    try:
        with fsspec.open(source, "rb") as remote, target.open("wb") as copy:
            shutil.copyfileobj(remote, copy)
    except (OSError, ValueError, ImportError) as error:
        raise UnreachableError(
            f"the table must be readable; {source} answered {type(error).__name__}: {_one_line(error)}"
        ) from None
    return target


def _file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _parse(path: Path, source: str) -> pa.Table:
    if path.stat().st_size == 0:
        raise InputError(f"the table must have rows; {source} is an empty file.")
    try:
        if path.suffix in {".parquet", ".pq"}:
            return _plain(pq.read_table(path), source)
        return _parse_csv(path)
    except UnicodeError:
        raise _encoding(source) from None
    except (pa.ArrowInvalid, pa.ArrowTypeError, OSError, EOFError) as error:
        if "UTF8" in str(error) or "utf-8" in str(error):
            raise _encoding(source) from None
        raise InputError(
            f"the table must be a readable CSV, CSV.gz or Parquet file; {source}: {_one_line(error)}"
        ) from None


def _encoding(source: str) -> InputError:
    return InputError(f"the table must be encoded as UTF-8; {source} is not; save it again as UTF-8.")


def _parse_csv(path: Path) -> pa.Table:
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
    return table


def _plain(table: pa.Table, source: str) -> pa.Table:
    """A Parquet table with one plain value a cell: decimals as floats. Raises `InputError` for lists and records."""
    for place, column in enumerate(table.schema):
        if pa.types.is_nested(column.type):
            raise InputError(
                f"each column must hold plain values; '{column.name}' of {source} holds {column.type}; "
                "write its parts as columns of their own, or leave it out of the file."
            )
        if pa.types.is_decimal(column.type):
            table = table.set_column(place, column.name, table.column(place).cast(pa.float64()))
    return table


def _check_shape(table: pa.Table, source: str) -> None:
    if table.num_rows == 0:
        raise InputError(f"the table must have rows; {source} has a header and none below it.")
    twice = [name for name, count in Counter(table.column_names).items() if count > 1]
    if twice:
        raise InputError(f"column names must differ; {source} has '{twice[0]}' more than once; rename one.")


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:300]

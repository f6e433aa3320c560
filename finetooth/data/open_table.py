"""Opening a table: CSV, CSV.gz or Parquet from any fsspec URL, or one that ships with scikit-learn."""

import hashlib
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import fsspec
import pyarrow as pa

from finetooth.config.data import CsvConfig
from finetooth.data.csv_file import open_csv
from finetooth.data.declared import Declarations, as_declared
from finetooth.data.file_errors import parse_errors
from finetooth.data.parquet_file import open_parquet
from finetooth.data.plain import plain
from finetooth.data.source import Source, is_parquet
from finetooth.data.words import Reading
from finetooth.errors import InputError, UnreachableError, one_line, unknown

_BUNDLED = ("breast_cancer", "diabetes", "digits", "iris", "wine")


@contextmanager
def open_table(
    source: str, declared: Declarations | None = None, as_words: Mapping[str, bool] | None = None
) -> Iterator[Source]:
    """The table at `source`, open inside the `with` block.

    Columns are read as they are `declared`. In those named by `as_words`, words stay the words that they are; where the
    value is true, a CSV file is not asked whether they are something else.

    Raises `InputError` when it cannot be read.
    """
    declared = declared or Declarations()
    parquet = is_parquet(source)
    if declared.csv != CsvConfig() and (parquet or source.startswith("sklearn:")):
        raise InputError(f"data.csv must come with a CSV file; {source} is none; take it away.")
    if source.startswith("sklearn:"):
        yield as_declared(_bundled(source.removeprefix("sklearn:"), declared), declared)
        return
    with tempfile.TemporaryDirectory(prefix="finetooth-") as scratch:
        path = _local_path(source, Path(scratch))
        if path.stat().st_size == 0:
            raise InputError(f"the table must have rows; {source} is an empty file.")
        words = dict.fromkeys(declared.types, True) | dict(as_words or {})
        with parse_errors(source):
            if parquet:
                table = open_parquet(path, source, _file_digest(path), words, declared)
            else:
                table = open_csv(path, Path(scratch), _file_digest(path), words, declared)
        _check_shape(table, source)
        yield as_declared(table, declared)


def _bundled(name: str, declared: Declarations) -> Source:
    if name not in _BUNDLED:
        raise unknown("table", name, "the tables that ship with scikit-learn", _BUNDLED)
    from sklearn import datasets

    frame = getattr(datasets, f"load_{name}")(as_frame=True).frame
    table = pa.Table.from_pandas(frame, preserve_index=False)
    read = {field: plain(table.column(field), None, declared.hints(field)) for field in table.column_names}
    readings: dict[str, Reading] = {field: reading for field, (_, reading) in read.items() if reading is not None}
    digest = hashlib.sha256(frame.to_numpy(dtype=float).tobytes()).hexdigest()
    return Source(table.schema, table.num_rows, digest, lambda field: read[field][0], readings)


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


def _check_shape(table: Source, source: str) -> None:
    if table.rows == 0:
        raise InputError(f"the table must have rows; {source} has a header and none below it.")
    repeated = [name for name, count in Counter(table.schema.names).items() if count > 1]
    if repeated:
        raise InputError(f"column names must differ; {source} has '{repeated[0]}' more than once; rename one.")

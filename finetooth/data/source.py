"""Reading a table: CSV, CSV.gz or Parquet from any fsspec URL, or one that ships with scikit-learn.

A table is read one column at a time, since whole it may be most of the memory that there is.
"""

import hashlib
import json
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import fsspec
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray
from pyarrow import csv

from finetooth.config.tune import ColumnType
from finetooth.data import column_file, words
from finetooth.data.dialect import sniff
from finetooth.data.words import Reading
from finetooth.errors import InputError, UnreachableError, one_line, unknown

_NULLS = ["", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "#N/A", "?"]
_BUNDLED = ("breast_cancer", "diabetes", "digits", "iris", "wine")


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


@contextmanager
def open_table(
    source: str, types: Mapping[str, ColumnType] | None = None, as_words: Mapping[str, bool] | None = None
) -> Iterator[Source]:
    """The table at `source`, open inside the `with` block.

    The columns named by `types` are read as what these declare them to be. In those named by `as_words`, words stay the
    words that they are; where the value is true, a CSV file is not asked whether they are something else.

    Raises `InputError` when it cannot be read.
    """
    types = types or {}
    if source.startswith("sklearn:"):
        yield _declared(_bundled(source.removeprefix("sklearn:")), types)
        return
    with tempfile.TemporaryDirectory(prefix="finetooth-") as scratch:
        path = _local_path(source, Path(scratch))
        if path.stat().st_size == 0:
            raise InputError(f"the table must have rows; {source} is an empty file.")
        with _parse_errors(source):
            parquet = path.suffix in {".parquet", ".pq"}
            as_words = dict.fromkeys(types, True) | dict(as_words or {})
            table = _open_parquet(path, source, as_words) if parquet else _open_csv(path, Path(scratch), as_words)
        _check_shape(table, source)
        yield _declared(table, types)


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


def _declared(table: Source, types: Mapping[str, ColumnType]) -> Source:
    """The table with columns read as they are declared to be. Raises `InputError` where none of the values can be."""
    if not types:
        return table
    columns, readings = {}, dict(table.readings)
    for name in types:
        if name not in table.schema.names:
            raise unknown("declared column", name, "the table", table.schema.names)
        columns[name], readings[name] = _as_declared(name, table.read(name), types[name])
    schema = table.schema
    for place, field_ in enumerate(schema):
        if field_.name in columns:
            schema = schema.set(place, pa.field(field_.name, columns[field_.name].type))
    return replace(
        table,
        schema=schema.remove_metadata(),
        read=lambda name: columns[name] if name in columns else table.read(name),
        readings=readings,
    )


def _as_declared(name: str, column: pa.ChunkedArray, kind: ColumnType) -> tuple[pa.ChunkedArray, Reading]:
    types = pa.types
    if kind == "date" and types.is_timestamp(column.type):
        return column, Reading("date")
    if kind == "number" and (types.is_integer(column.type) or types.is_floating(column.type)):
        return column, Reading("number")
    texts = column.cast(pa.string())
    if kind == "category":
        return texts.dictionary_encode(), Reading()
    if kind == "text":
        return texts, Reading(declared=True)
    values, reading = words.read_declared(texts, kind)
    if values.null_count == len(values):
        raise InputError(
            f"column '{name}' must hold a {kind}, as it is declared; no value is one, such as "
            f"{next((text for text in texts.to_pylist() if text), '')!r}; declare it otherwise."
        )
    return values, reading


def _open_csv(path: Path, scratch: Path, as_words: Mapping[str, bool]) -> Source:
    """Parse with types that hold for every value of a column, not for its first ones alone."""
    dialect = sniff(path)
    parse_options = csv.ParseOptions(delimiter=dialect.delimiter, newlines_in_values=True)
    read_options = csv.ReadOptions(encoding=dialect.encoding, skip_rows=dialect.skipped)
    unparsed = {name: pa.string() for name, raw in as_words.items() if raw}
    table = csv.read_csv(
        path,
        # An empty field among words is a word here, so that NA among words stays one.
        convert_options=csv.ConvertOptions(null_values=_NULLS, strings_can_be_null=False, column_types=unparsed),
        parse_options=parse_options,
        read_options=read_options,
    )
    # Values that are not UTF-8 come out as bytes; a name that is not fails when it is read.
    undecoded = [name for name, kind in zip(table.column_names, table.schema.types, strict=True) if kind == pa.binary()]
    if undecoded:
        raise UnicodeError(undecoded[0])
    codes = _zero_led(path, read_options, parse_options, table.schema, as_words)
    if codes:
        words_alone = csv.ConvertOptions(include_columns=codes, column_types=dict.fromkeys(codes, pa.string()))
        again = csv.read_csv(path, read_options, parse_options, words_alone)
        for name in codes:
            table = table.set_column(table.column_names.index(name), name, again.column(name))
    columns: list[pa.ChunkedArray] = []
    found: dict[str, Reading] = {}
    for name, column in zip(table.column_names, table.columns, strict=True):
        plain, reading = _plain(column, Reading() if name in as_words else None)
        columns.append(plain)
        if reading is not None:
            found[name] = reading
    # Read from disk from here on, so that the parsed table need not stay in memory.
    column_path = scratch / "columns.arrow"
    schema = pa.schema([(name, column.type) for name, column in zip(table.column_names, columns, strict=True)])
    offsets = column_file.write(column_path, schema, columns, np.arange(table.num_rows))
    return Source(
        schema,
        table.num_rows,
        _file_digest(path),
        lambda name: column_file.read_column(column_path, offsets[name]),
        found,
        dialect.sentence,
    )


def _zero_led(
    path: Path,
    read_options: csv.ReadOptions,
    parse_options: csv.ParseOptions,
    schema: pa.Schema,
    as_words: Mapping[str, bool],
) -> list[str]:
    """The columns of whole numbers in which one is written with a zero in front, such as 00501: these are codes."""
    names = [field.name for field in schema if pa.types.is_integer(field.type) and field.name not in as_words]
    found: set[str] = set()
    if len(names) == len(set(names)) and names:
        options = csv.ConvertOptions(include_columns=names, column_types=dict.fromkeys(names, pa.string()))
        with csv.open_csv(path, read_options, parse_options, options) as batches:
            for batch in batches:
                for name in set(names) - found:
                    if pc.any(pc.match_substring_regex(batch.column(name), r"^[-+]?0[0-9]")).as_py():
                        found.add(name)
    return [name for name in names if name in found]


def _plain(column: pa.ChunkedArray, reading: Reading | None) -> tuple[pa.ChunkedArray, Reading | None]:
    """A column as numbers, true or false, dates without a zone, or words; and how words were read, if it held some."""
    types, kind = pa.types, column.type
    if types.is_string(kind) or types.is_large_string(kind):
        return words.read_column(column, reading)
    if types.is_timestamp(kind) and kind.tz is not None:
        return column.cast(pa.timestamp(kind.unit)), None  # the instant, in UTC
    if types.is_date(kind):
        return column.cast(pa.timestamp("s" if types.is_date32(kind) else "ms")), None
    if types.is_time(kind) or types.is_duration(kind):
        return _seconds(column), Reading("number", clock=True)
    return (column.cast(pa.float64()) if types.is_decimal(kind) else column), None


def _seconds(column: pa.ChunkedArray) -> pa.ChunkedArray:
    ticks = column.cast(pa.int32()).cast(pa.int64()) if pa.types.is_time32(column.type) else column.cast(pa.int64())
    return pc.divide(ticks.cast(pa.float64()), float({"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[column.type.unit]))


def _open_parquet(path: Path, source: str, as_words: Mapping[str, bool]) -> Source:
    """A Parquet file with one plain value a cell. Raises `InputError` for lists and records."""
    file = pq.ParquetFile(path)
    for column in file.schema_arrow:
        if pa.types.is_nested(column.type):
            raise InputError(
                f"each column must hold plain values; '{column.name}' of {source} holds {column.type}; "
                "write its parts as columns of their own, or leave it out of the file."
            )
    categories = _declared_categories(file.schema_arrow)
    found: dict[str, Reading] = {}

    def read(name: str) -> pa.ChunkedArray:
        with _parse_errors(source):
            column = file.read(columns=[name], use_threads=False).column(name)
        if name in categories:
            values = column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
            return values.cast(pa.string()).dictionary_encode()
        column, reading = _plain(column, found.get(name, Reading() if name in as_words else None))
        if reading is not None:
            found[name] = reading
        return column

    def plain_type(column: pa.Field) -> pa.DataType:
        """The type after reading, which for words depends on what they are."""
        empty = _plain(pa.chunked_array([], column.type), None)[0].type
        words_or_code = pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
        return read(column.name).type if words_or_code or column.name in categories else empty

    schema = pa.schema([pa.field(column.name, plain_type(column)) for column in file.schema_arrow])
    return Source(
        _with_pandas_notes(schema, file.schema_arrow), file.metadata.num_rows, _file_digest(path), read, found
    )


def _with_pandas_notes(schema: pa.Schema, stored: pa.Schema) -> pa.Schema:
    """The schema with what pandas noted in a file, as far as the columns are what they were there."""
    if stored.pandas_metadata is None:
        return schema
    notes = dict(stored.pandas_metadata)
    changed = {field.name for field in schema if field.type != stored.field(field.name).type}
    plain = {"pandas_type": "object", "numpy_type": "object", "metadata": None}
    notes["columns"] = [{**note, **(plain if note["field_name"] in changed else {})} for note in notes["columns"]]
    return schema.with_metadata({b"pandas": json.dumps(notes).encode()})


def _declared_categories(schema: pa.Schema) -> set[str]:
    """The columns that pandas wrote as categories; categories of whole numbers are numbers in the file itself."""
    stored = (schema.pandas_metadata or {}).get("columns", [])
    declared = {str(column["name"]) for column in stored if column.get("pandas_type") == "categorical"}
    return declared | {column.name for column in schema if pa.types.is_dictionary(column.type)}


def _check_shape(table: Source, source: str) -> None:
    if table.rows == 0:
        raise InputError(f"the table must have rows; {source} has a header and none below it.")
    repeated = [name for name, count in Counter(table.schema.names).items() if count > 1]
    if repeated:
        raise InputError(f"column names must differ; {source} has '{repeated[0]}' more than once; rename one.")

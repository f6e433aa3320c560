"""A CSV file, opened: parsed with types that hold for every value of a column, then kept on disk column by column."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from io import TextIOWrapper
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from finetooth.data import column_file
from finetooth.data.declared import Declarations
from finetooth.data.dialect import UTF8, Dialect, sniff
from finetooth.data.plain import Hints, plain
from finetooth.data.source import Source
from finetooth.data.words import Reading

_NULLS = ["", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "#N/A", "?"]
_FALLBACK = "cp1252"  # what spreadsheets write on Windows


@dataclass(frozen=True, slots=True)
class _File:
    """A CSV file with how it is written."""

    path: Path
    dialect: Dialect

    def read(self, types: Mapping[str, pa.DataType], only: list[str] | None = None) -> pa.Table:
        """The table, or some of its columns, with some types given. Raises `UnicodeError` for another encoding."""
        table = csv.read_csv(self.path, self.read_options, self.parse_options, self.convert_options(types, only))
        # Values that are not UTF-8 come out as bytes; a name that is not fails when it is read.
        for name, kind in zip(table.column_names, table.schema.types, strict=True):
            if kind == pa.binary():
                raise UnicodeError(name)
        return table

    def convert_options(self, types: Mapping[str, pa.DataType], only: list[str] | None = None) -> csv.ConvertOptions:
        # An empty field among words is a word here, so that NA among words stays one.
        return csv.ConvertOptions(
            null_values=_NULLS,
            strings_can_be_null=False,
            column_types=types,
            include_columns=only,
            decimal_point=self.dialect.point or ".",
        )

    @property
    def read_options(self) -> csv.ReadOptions:
        dialect = self.dialect
        return csv.ReadOptions(
            encoding=dialect.encoding, skip_rows=dialect.skipped, column_names=list(dialect.names) or None
        )

    @property
    def parse_options(self) -> csv.ParseOptions:
        return csv.ParseOptions(
            delimiter=self.dialect.delimiter, quote_char=self.dialect.quote, newlines_in_values=True
        )


def open_csv(path: Path, scratch: Path, digest: str, as_words: Mapping[str, bool], declared: Declarations) -> Source:
    """A CSV file, read as far as its own words say what they are."""
    dialect = sniff(path, declared.csv)
    text = _without_comments(path, scratch, dialect) if dialect.comment else path
    file = _File(text, replace(dialect, encoding=UTF8) if dialect.comment else dialect)
    unparsed = {name: pa.string() for name, raw in as_words.items() if raw}
    try:
        table = file.read(unparsed)
    except UnicodeError:
        if dialect.encoding != UTF8 or declared.csv.encoding is not None:
            raise
        dialect = replace(dialect, encoding=_FALLBACK)
        file = replace(file, dialect=dialect)
        table = file.read(unparsed)
    table = _with_codes(file, table, as_words)
    columns, readings = _plain_columns(file, table, as_words, declared)
    # Read from disk from here on, so that the parsed table need not stay in memory.
    column_path = scratch / "columns.arrow"
    schema = pa.schema([(name, column.type) for name, column in zip(table.column_names, columns, strict=True)])
    offsets = column_file.write(column_path, schema, columns, np.arange(table.num_rows))
    return Source(
        schema,
        table.num_rows,
        digest,
        lambda name: column_file.read_column(column_path, offsets[name]),
        readings,
        dialect.sentence,
    )


def _without_comments(path: Path, scratch: Path, dialect: Dialect) -> Path:
    """A copy of the file in UTF-8 without the lines that begin with the sign of a comment."""
    copy = scratch / "without-comments.csv"
    encoding = "utf-8-sig" if dialect.encoding == UTF8 else dialect.encoding
    with (
        pa.input_stream(str(path), compression="detect") as stream,
        copy.open("w", encoding="utf-8", newline="") as out,
    ):
        lines = TextIOWrapper(stream, encoding=encoding, newline="")
        out.writelines(line for line in lines if not line.startswith(dialect.comment))
    return copy


def _with_codes(file: _File, table: pa.Table, as_words: Mapping[str, bool]) -> pa.Table:
    """The table with columns as words in which a whole number has a zero in front, such as 00501: these are codes."""
    names = [field.name for field in table.schema if pa.types.is_integer(field.type) and field.name not in as_words]
    if not names or len(names) > len(set(names)):
        return table
    led: set[str] = set()
    as_texts = file.convert_options(dict.fromkeys(names, pa.string()), names)
    with csv.open_csv(file.path, file.read_options, file.parse_options, as_texts) as batches:
        for batch in batches:
            for name in set(names) - led:
                if pc.any(pc.match_substring_regex(batch.column(name), r"^[-+]?0[0-9]")).as_py():
                    led.add(name)
    return _as_texts(file, table, [name for name in names if name in led])


def _as_texts(file: _File, table: pa.Table, names: list[str]) -> pa.Table:
    if names:
        again = file.read(dict.fromkeys(names, pa.string()), names)
        for name in names:
            table = table.set_column(table.column_names.index(name), name, again.column(name))
    return table


def _plain_columns(
    file: _File, table: pa.Table, as_words: Mapping[str, bool], declared: Declarations
) -> tuple[list[pa.ChunkedArray], dict[str, Reading]]:
    """Each column as a plain one, and how words were read."""
    columns: list[pa.ChunkedArray] = []
    readings: dict[str, Reading] = {}
    for name, column in zip(table.column_names, table.columns, strict=True):
        known = Reading() if name in as_words else None
        values, reading = plain(column, known, declared.hints(name))
        columns.append(values)
        if reading is not None:
            readings[name] = reading
    if len(set(table.column_names)) == table.num_columns:
        for name, (values, reading) in _settled(file, table, readings, as_words, declared).items():
            columns[table.column_names.index(name)], readings[name] = values, reading
    return columns, readings


def _settled(
    file: _File,
    table: pa.Table,
    readings: Mapping[str, Reading],
    as_words: Mapping[str, bool],
    declared: Declarations,
) -> dict[str, tuple[pa.ChunkedArray, Reading]]:
    """The columns that could be read in two ways, read as the others of the file say: 1.234 beside 1,5 is 1234."""
    doubtful = {name: reading for name, reading in readings.items() if reading.ambiguous}
    sure = [reading for reading in readings.values() if reading.certain]
    settled: dict[str, tuple[pa.ChunkedArray, Reading]] = {}
    if any(reading.kind == "date" and reading.day_first for reading in sure):
        for name in (name for name, reading in doubtful.items() if reading.kind == "date"):
            reading = replace(readings[name], day_first=True, ambiguous="")
            settled[name] = _again(table.column(name), reading, declared.hints(name))
    decimals = {reading.decimal for reading in sure if reading.kind == "number"}
    if file.dialect.point is None and decimals == {","}:
        for name in (name for name, reading in doubtful.items() if reading.kind == "number"):
            reading = replace(readings[name], decimal=",", ambiguous="")
            settled[name] = _again(table.column(name), reading, declared.hints(name))
        floats = [
            field.name for field in table.schema if pa.types.is_floating(field.type) and field.name not in as_words
        ]
        texts = _as_texts(file, table, floats)
        for name in floats:
            values, how = plain(texts.column(name), None, replace(declared.hints(name), point=","))
            if how is not None and how.kind == "number" and not how.odd:
                grouped = texts.column(name).filter(pc.match_substring(texts.column(name), "."))
                settled[name] = values, replace(how, dressed=how.dressed or grouped[0].as_py())
    return settled


def _again(column: pa.ChunkedArray, reading: Reading, hints: Hints) -> tuple[pa.ChunkedArray, Reading]:
    values, again = plain(column, reading, hints)
    return values, again or reading

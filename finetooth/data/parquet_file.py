"""A Parquet file, opened: its own types are kept, and its words are read as those of a CSV file."""

import json
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from finetooth.data.declared import Declarations
from finetooth.data.file_errors import parse_errors
from finetooth.data.plain import Hints, plain, without
from finetooth.data.source import Source
from finetooth.data.words import Reading
from finetooth.errors import InputError


def open_parquet(path: Path, source: str, digest: str, as_words: Mapping[str, bool], declared: Declarations) -> Source:
    """A Parquet file with one plain value a cell. Raises `InputError` for lists and records."""
    file = pq.ParquetFile(path)
    for column in file.schema_arrow:
        if pa.types.is_nested(column.type):
            raise InputError(
                f"each column must hold plain values; '{column.name}' of {source} holds {column.type}; "
                "write its parts as columns of their own, or leave it out of the file."
            )
    categories = _stored_categories(file.schema_arrow)
    readings: dict[str, Reading] = {}

    def read(name: str) -> pa.ChunkedArray:
        with parse_errors(source):
            column = file.read(columns=[name], use_threads=False).column(name)
        hints = declared.hints(name)
        if name in categories:
            values, reading = _category(column, hints.missing)
        else:
            known = readings.get(name, Reading() if name in as_words else None)
            values, reading = plain(column, known, hints)
        if reading is not None:
            readings[name] = reading
        return values

    def plain_type(column: pa.Field) -> pa.DataType:
        """The type after reading, which for words depends on what they are."""
        depends = pa.types.is_string(column.type) or pa.types.is_large_string(column.type) or column.name in categories
        if depends or declared.hints(column.name) != Hints():
            return read(column.name).type
        return plain(pa.chunked_array([], column.type))[0].type

    schema = pa.schema([pa.field(column.name, plain_type(column)) for column in file.schema_arrow])
    return Source(_with_pandas_notes(schema, file.schema_arrow), file.metadata.num_rows, digest, read, readings)


def _category(column: pa.ChunkedArray, missing: tuple[str, ...]) -> tuple[pa.ChunkedArray, Reading | None]:
    """A stored category as words, with the order of its levels if it has one."""
    order: tuple[str, ...] = ()
    if pa.types.is_dictionary(column.type):
        if column.type.ordered and column.num_chunks:
            levels = column.unify_dictionaries().chunk(0).dictionary.cast(pa.string()).to_pylist()
            order = tuple(level for level in levels if level not in missing)
        column = column.cast(column.type.value_type)
    texts, removed = without(column.cast(pa.string()), missing)
    if not order and not missing:
        return texts.dictionary_encode(), None
    return texts.dictionary_encode(), Reading(order=order, missing=missing, removed=removed)


def _with_pandas_notes(schema: pa.Schema, stored: pa.Schema) -> pa.Schema:
    """The schema with what pandas noted in a file, as far as the columns are what they were there."""
    if stored.pandas_metadata is None:
        return schema
    notes = dict(stored.pandas_metadata)
    changed = {field.name for field in schema if field.type != stored.field(field.name).type}
    as_objects = {"pandas_type": "object", "numpy_type": "object", "metadata": None}
    notes["columns"] = [{**note, **(as_objects if note["field_name"] in changed else {})} for note in notes["columns"]]
    return schema.with_metadata({b"pandas": json.dumps(notes).encode()})


def _stored_categories(schema: pa.Schema) -> set[str]:
    """The columns that pandas wrote as categories; categories of whole numbers are numbers in the file itself."""
    stored = (schema.pandas_metadata or {}).get("columns", [])
    declared = {str(column["name"]) for column in stored if column.get("pandas_type") == "categorical"}
    return declared | {column.name for column in schema if pa.types.is_dictionary(column.type)}

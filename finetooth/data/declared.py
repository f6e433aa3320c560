"""What a person declared of a table, and its columns read as that."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from finetooth.config.column_types import EPOCH, LEFT_OUT, ColumnType, Decimal
from finetooth.config.data import EVERY, CsvConfig, DataConfig
from finetooth.data import dates, words
from finetooth.data.plain import Hints
from finetooth.data.source import Source
from finetooth.data.words import Reading
from finetooth.errors import InputError, unknown

_WHAT = {"number": "numbers", "date": "dates"}


@dataclass(frozen=True, slots=True)
class Declarations:
    """What columns are, which of their words stand for no value, and how a CSV file is written.

    `zones` says where the clocks of columns stood that are not declared otherwise.
    """

    types: Mapping[str, ColumnType] = field(default_factory=dict)
    missing: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    csv: CsvConfig = field(default_factory=CsvConfig)
    zones: Mapping[str, str] = field(default_factory=dict)

    def hints(self, name: str) -> Hints:
        """What is declared of how the values of a column are written."""
        missing = tuple(dict.fromkeys((*self.missing.get(EVERY, ()), *self.missing.get(name, ()))))
        zone = self.types[name].zone if name in self.types else self.zones.get(name, "")
        return Hints(missing, self.csv.point, zone)

    def check_names(self, names: list[str]) -> None:
        """Raise `InputError` for a declared column that the table lacks."""
        for name in (*self.types, *(name for name in self.missing if name != EVERY)):
            if name not in names:
                raise unknown("declared column", name, "the table", names)


def declarations(data: DataConfig) -> Declarations:
    """What a configuration declares."""
    return Declarations(data.declared, data.missing, data.csv)


def as_declared(table: Source, declared: Declarations) -> Source:
    """The table with columns read as they are declared to be. Raises `InputError` where they cannot be."""
    declared.check_names(table.schema.names)
    types = {name: kind for name, kind in declared.types.items() if kind.kind not in LEFT_OUT}
    if not types:
        return table
    columns, readings = {}, dict(table.readings)
    for name, kind in types.items():
        column = table.read(name)
        before = readings.get(name, Reading())
        columns[name], reading = _read(name, column, kind, declared.csv.point)
        readings[name] = replace(reading, missing=before.missing, removed=before.removed)
    schema = table.schema
    for place, column_field in enumerate(schema):
        if column_field.name in columns:
            schema = schema.set(place, pa.field(column_field.name, columns[column_field.name].type))
    return replace(
        table,
        schema=schema.remove_metadata(),
        read=lambda name: columns[name] if name in columns else table.read(name),
        readings=readings,
    )


def _read(
    name: str, column: pa.ChunkedArray, declared: ColumnType, point: Decimal | None
) -> tuple[pa.ChunkedArray, Reading]:
    types = pa.types
    if declared.kind == "date" and (types.is_timestamp(column.type) or _is_number(column)):
        return _as_dates(column, declared)
    if declared.kind == "number" and (_is_number(column) or types.is_boolean(column.type)):
        return column.cast(pa.float64()) if types.is_boolean(column.type) else column, Reading("number")
    texts = pc.utf8_trim_whitespace(column.cast(pa.string()))
    if declared.kind == "category":
        return texts.dictionary_encode(), Reading()
    if declared.kind == "ordinal":
        return _as_ordinal(name, texts, declared.order)
    if declared.kind == "text":
        return texts, Reading(declared=True)
    distinct = pd.Series(texts.drop_null().unique().to_pylist(), dtype=object)
    reading = words.reading_of(distinct, declared, point)
    values, _ = words.read_column(texts, reading)
    if values.null_count == len(values) > texts.null_count:
        row, example = _first(texts, pc.is_valid(texts))
        raise InputError(
            f"column '{name}' must hold {_WHAT[declared.kind]}, as it is declared ({declared}); no value is one, such "
            f"as {example!r} in row {row}; declare it otherwise."
        )
    return values, _counted(texts, values, reading)


def _is_number(column: pa.ChunkedArray) -> bool:
    return bool(pa.types.is_integer(column.type) or pa.types.is_floating(column.type))


def _as_dates(column: pa.ChunkedArray, declared: ColumnType) -> tuple[pa.ChunkedArray, Reading]:
    if not _is_number(column):
        return column, Reading("date", zone=declared.zone)
    moments = pa.array(dates.from_epoch(column.to_pandas()), from_pandas=True)
    return pa.chunked_array([moments]), Reading("date", format=EPOCH)


def _as_ordinal(name: str, texts: pa.ChunkedArray, order: tuple[str, ...]) -> tuple[pa.ChunkedArray, Reading]:
    texts = pc.if_else(pc.equal(texts, ""), pa.scalar(None, texts.type), texts)
    other = pc.and_(pc.is_valid(texts), pc.invert(pc.is_in(texts, value_set=pa.array(order))))
    if pc.any(other).as_py():
        row, example = _first(texts, other)
        raise InputError(
            f"column '{name}' must hold {', '.join(order)}, as its order is declared; row {row} holds {example!r}; "
            f"add it to the order, or say --missing {name}={example}."
        )
    return texts, Reading(order=order)


def _first(texts: pa.ChunkedArray, where: pa.ChunkedArray) -> tuple[int, str]:
    """The first row where something holds, counted from 1, and its word."""
    row = pc.index(where, value=True).as_py()
    return row + 1, texts[row].as_py()


def _counted(texts: pa.ChunkedArray, values: pa.ChunkedArray, reading: Reading) -> Reading:
    """The reading with how many words it took as missing."""
    lost = pd.Series(texts.filter(pc.is_null(values)).drop_null().to_pylist(), dtype=object).astype(str)
    lost = lost[lost != ""]
    gaps = lost.str.lower().isin(words.GAPS)
    return replace(reading, gaps=int(gaps.sum()), odd=int((~gaps).sum()), examples=tuple(dict.fromkeys(lost))[:3])

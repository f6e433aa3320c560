"""A table on disk, one column after the other, so that neither its writer nor its reader ever holds it whole.

The file is a row of Arrow IPC streams: the schema without rows, then a stream a column. It is mapped into memory when
it is read: numbers without gaps are not copied, and pages that nobody looks at take no memory.
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

_BATCH = 65_536  # rows; texts are written so many at a time, since their bytes are counted in 32 bits


def write(path: Path, schema: pa.Schema, columns: Iterable[pa.ChunkedArray], rows: NDArray[np.int64]) -> dict[str, int]:
    """Write some rows of each column, as they come. Returns where in the file each column begins."""
    places = {}
    with pa.OSFile(str(path), "wb") as sink:
        with pa.ipc.new_stream(sink, schema):
            pass  # the names, types and what pandas wrote beside them
        for field, column in zip(schema, columns, strict=True):
            places[field.name] = sink.tell()
            _write_one(sink, field, column, rows)
    return places


def read(path: Path) -> pa.Table:
    """The table, mapped: what is read of it can be let go by the system, and is let go with the table."""
    with pa.memory_map(str(path)) as source:
        schema = pa.ipc.open_stream(source).read_all().schema
        return pa.Table.from_arrays([pa.ipc.open_stream(source).read_all().column(0) for _ in schema], schema=schema)


def read_column(path: Path, place: int) -> pa.ChunkedArray:
    """The column that begins at `place`, mapped for as long as somebody holds it."""
    with pa.memory_map(str(path)) as source:
        source.seek(place)
        return pa.ipc.open_stream(source).read_all().column(0)


def read_frame(path: Path) -> pd.DataFrame:
    """The table as a frame, mapped."""
    return frame(read(path))


def frame(table: pa.Table) -> pd.DataFrame:
    """A table as a frame; numbers without gaps, and texts, stay where they are."""
    return table.to_pandas(split_blocks=True)  # type: ignore[no-any-return]


def _write_one(sink: pa.NativeFile, field: pa.Field, column: pa.ChunkedArray, rows: NDArray[np.int64]) -> None:
    if pa.types.is_dictionary(column.type):
        column = column.unify_dictionaries()
    # Numbers go into a single batch, since pandas would have to copy several into one.
    batch = max(1, len(rows)) if pa.types.is_primitive(column.type) else _BATCH
    with pa.ipc.new_stream(sink, pa.schema([field])) as writer:
        for start in range(0, len(rows), batch):
            taken = column.take(pa.array(rows[start : start + batch]))
            writer.write_table(pa.table([taken.combine_chunks()], schema=pa.schema([field])))

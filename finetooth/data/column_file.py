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
    """Write the given rows of each column, in order. Returns the file offset of each column by name."""
    offsets = {}
    with pa.OSFile(str(path), "wb") as sink:
        with pa.ipc.new_stream(sink, schema):
            pass  # the names, types and what pandas wrote beside them
        for field, column in zip(schema, columns, strict=True):
            offsets[field.name] = sink.tell()
            _write_column(sink, field, column, rows)
    return offsets


def read(path: Path) -> pa.Table:
    """The whole table, memory-mapped."""
    with pa.memory_map(str(path)) as source:
        schema = pa.ipc.open_stream(source).read_all().schema
        return pa.Table.from_arrays([pa.ipc.open_stream(source).read_all().column(0) for _ in schema], schema=schema)


def read_column(path: Path, offset: int) -> pa.ChunkedArray:
    """The column that begins at `offset`, memory-mapped while it is referenced."""
    with pa.memory_map(str(path)) as source:
        source.seek(offset)
        return pa.ipc.open_stream(source).read_all().column(0)


def read_frame(path: Path) -> pd.DataFrame:
    """The table as a frame, mapped."""
    return frame(read(path))


def frame(table: pa.Table) -> pd.DataFrame:
    """A table as a frame; numbers without gaps, and texts, stay where they are."""
    return table.to_pandas(split_blocks=True)  # type: ignore[no-any-return]


def _write_column(sink: pa.NativeFile, field: pa.Field, column: pa.ChunkedArray, rows: NDArray[np.int64]) -> None:
    if pa.types.is_dictionary(column.type):
        column = column.unify_dictionaries()
    # Numbers go into a single batch, since pandas would have to copy several into one.
    batch = max(1, len(rows)) if pa.types.is_primitive(column.type) else _BATCH
    with pa.ipc.new_stream(sink, pa.schema([field])) as writer:
        for start in range(0, len(rows), batch):
            chunk = column.take(pa.array(rows[start : start + batch]))
            writer.write_table(pa.table([chunk.combine_chunks()], schema=pa.schema([field])))

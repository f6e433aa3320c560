"""The development rows on disk: their columns as read, encoded features, target, units, times and slice rules."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from finetooth.config.tune import TuneConfig
from finetooth.data import (
    column_file,
    schema,
    slices,
    splitters,
    store,
)
from finetooth.data.source import Source
from finetooth.data.target import Target
from finetooth.data.words import Reading
from finetooth.errors import InputError
from finetooth.records import to_json


def write_rows(table: Source, development: splitters.Ints, sealed: splitters.Ints, path: Path) -> pa.Table:
    """Write the development rows to `path` and return the holdout rows; each column is read once."""
    holdout_columns = []

    def development_columns() -> Iterator[pa.ChunkedArray]:
        for name in table.schema.names:
            column = table.read(name)
            holdout_columns.append(column.take(pa.array(sealed)))
            yield column

    column_file.write(path, table.schema, development_columns(), development)
    return pa.Table.from_arrays(holdout_columns, schema=table.schema)


def about_of(
    config: TuneConfig,
    frame: pd.DataFrame,
    target: Target,
    rows: splitters.Rows,
    dropped: tuple[str, ...],
    readings: Mapping[str, Reading],
) -> store.About:
    kept = ((name, frame[name]) for name in frame.columns if name not in dropped)
    inferred = schema.infer(kept, readings)
    if not inferred.columns:
        raise InputError(
            f"the table must have a feature left; {config.data.source} has {', '.join(frame.columns)}, "
            f"of which {', '.join(dropped)} may not be used and the rest do not vary."
        )
    return store.About(
        inferred,
        target.name,
        target.kind,
        target.classes,
        rows.purge,
        rows.grouped,
        rows.stratify,
        dropped,
        class_type=target.class_type,
        csv=config.data.csv,
    )


def write_arrays(
    folder: Path,
    features: schema.Schema,
    frame: pd.DataFrame,
    target: Target,
    rows: splitters.Rows,
    development: splitters.Ints,
) -> None:
    schema.write_table(folder / "X.npy", features, frame)
    np.save(folder / "y.npy", target.y[development])
    np.save(folder / "rows.npy", target.rows[development])
    np.save(folder / "unit.npy", rows.unit[development])
    if rows.time is not None:
        np.save(folder / "time.npy", rows.time[development])


def write_slice_rules(folder: Path, frame: pd.DataFrame, target: str) -> tuple[slices.SliceRule, ...]:
    """Write the slice rules of every column to `folder`, and return them."""
    rules = slices.learn_rules((name, frame[name]) for name in frame.columns if name != target)
    (folder / slices.FILE).write_text(to_json(rules))
    return rules

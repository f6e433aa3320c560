"""The split: read the table once, hold rows out, seal them, and lay the development rows down for the workers."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from finetooth import seeds
from finetooth.config.tune import TuneConfig, identity
from finetooth.data import (
    column_file,
    frames,
    memory,
    reading_findings,
    schema,
    slices,
    splitters,
    store,
    time_column,
    vault,
)
from finetooth.data.declared import declarations
from finetooth.data.fingerprint import DATA_KEYS, LAYOUT, fingerprint
from finetooth.data.open_table import open_table
from finetooth.data.overview import ColumnSummary, overview
from finetooth.data.roles import check_columns, column_roles, columns_to_drop
from finetooth.data.row_hash import hash_series
from finetooth.data.source import Source, series
from finetooth.data.target import Target, missing_target, rare_classes, read_target, task_taken
from finetooth.data.words import Reading
from finetooth.errors import InputError, VaultSpentError, counted
from finetooth.files import new_folder
from finetooth.records import DataRef, Finding, from_json, to_json

TIME = "time"  # the sealed array of times (n,), for splits that go by time
GROUP = "group"  # of hashes of the group (n,), beside these times


@dataclass(frozen=True, slots=True)
class Gate:
    """The functions that may see holdout rows while the table is split.

    `across(development, holdout, config, kind)` returns the findings of the checks across the split, aggregates only;
    `identifiers(development, config, kind)` returns the names of the columns that identify rows.
    `extra_arrays(holdout)` returns further arrays (n, ...) that are sealed with the rows; `extra_arrays_key` names
    what they depend on, and is part of the fingerprint of the split.
    """

    across: Callable[[pd.DataFrame, pd.DataFrame, TuneConfig, Any], tuple[Finding, ...]]
    identifiers: Callable[[pd.DataFrame, TuneConfig, Any], tuple[str, ...]]
    extra_arrays: Callable[[pd.DataFrame], Mapping[str, NDArray[Any]]] = lambda _: {}
    extra_arrays_key: str = ""


@dataclass(frozen=True, slots=True)
class Split:
    """The outcome of the split: a reference to the development rows, and the findings across the split.

    `held` counts the sealed rows of each class (of a number: all of them), and `blocks` the groups, different
    rows or times, or None: enough to say whether an interval can be had, for whichever metric. `columns` says what each
    column was taken for.
    """

    data: DataRef
    findings: tuple[Finding, ...]
    held: tuple[int, ...] = ()
    blocks: int | None = None
    columns: tuple[ColumnSummary, ...] = ()


def split_table(config: TuneConfig, folder: Path, gate: Gate, asked: TuneConfig | None = None) -> Split:
    """Split the table of `config` and store both sides in `folder`, under the fingerprint of content and choices.

    `asked` is the configuration that the run was started with, where `config` adds what was learned since; a vault is
    opened for that. A table that was split the same way before is not split again. Raises `InputError` for a table,
    target or column that cannot be used; nothing that was there is touched.
    """
    with open_table(config.data.source, declarations(config.data)) as table:
        check_columns(config, table.schema.names)
        name = fingerprint(config, table.fingerprint, gate.extra_arrays_key)
        folder = folder.absolute()
        development_folder = folder / "development" / name
        vault_folder = folder / "vault" / name
        if not (development_folder / "sealed.json").exists():
            _split(config, table, development_folder, vault_folder, name, gate)
        earlier = [
            folder / "vault" / fingerprint(config, table.fingerprint, gate.extra_arrays_key, layout)
            for layout in DATA_KEYS
            if layout != LAYOUT
        ]
    memory.release()
    _check_unspent(asked or config, vault_folder, earlier)
    split = from_json(Split, (development_folder / "sealed.json").read_bytes())
    # The folder may have been moved since.
    return replace(split, data=replace(split.data, uri=str(development_folder)))


def _check_unspent(config: TuneConfig, vault_folder: Path, earlier: list[Path]) -> None:
    """Raise `VaultSpentError` now, not after hours of search, if another configuration has opened the vault.

    The `earlier` vaults hold the same rows, sealed by a version that read tables otherwise: with one that was opened,
    no run can go on as it was.
    """
    payloads = vault.payloads(vault_folder)
    by_another = bool(payloads) and all(payload.get("config") != identity(config) for payload in payloads)
    if (by_another or any(map(vault.payloads, earlier))) and not config.validation.again:
        raise VaultSpentError(
            "the sealed rows must be unseen; a run with another configuration or version has compared on them already, "
            f"and a second look would flatter; start a run with --set seed={config.seed + 1}, which holds other rows "
            "out, or with --set validation.again=true, which widens the interval."
        )


def _split(config: TuneConfig, table: Source, folder: Path, vault_folder: Path, name: str, gate: Gate) -> None:
    target = read_target(series(table, config.data.target), config.data.task, config.data.positive)
    rows, dates = _rows(config, table, target)
    development, sealed = splitters.holdout(rows, config.split.holdout, seeds.stream(config.seed, "holdout"))
    with new_folder(folder) as scratch:
        columns = _write_development(table, target.rows[development], target.rows[sealed], scratch / store.FRAME)
        holdout = column_file.frame(columns)
        memory.release()
        # From here on the development rows are read from disk, a column at a time.
        frame = column_file.read_frame(scratch / store.FRAME)
        dropped = columns_to_drop(config, gate.identifiers(frame, config, target.kind))
        about = _about(config, frame, target, rows, dropped, table.readings)
        if rows.time is not None:
            about = replace(about, period=time_column.period(rows.time[sealed], dates=dates))
        data = DataRef(str(folder), name, len(development), len(about.schema.features), target.name, target.kind)
        _write_arrays(scratch, about.schema, frame, target, rows, development)
        memory.release()
        findings = gate.across(frame.set_index(development), holdout.set_index(sealed), config, target.kind)
        findings += (
            task_taken(target) + missing_target(target.name, target.missing) + rare_classes(target, development, sealed)
        )
        findings += reading_findings.of_reading(
            table, about.schema, frame.drop(columns=list(dropped)), config.data.types
        )
        (scratch / "about.json").write_text(to_json(about))
        held = rows.take(sealed)
        blocks = _blocks(held)
        lines = overview(frame, about.schema.columns, column_roles(config, dropped))
        outcome = Split(data, findings, _class_counts(target, sealed), _independent(held, blocks), lines)
        (scratch / "sealed.json").write_text(to_json(outcome))
        slice_codes = slices.encode(_write_slice_rules(scratch, frame, target.name), holdout)
        X = schema.encode_table(about.schema, holdout)
        named = frames.pack(columns.drop_columns([target.name]))
        extra = {
            "slices": slice_codes,
            frames.TABLE: named,
            **_order(config, held, holdout),
            **gate.extra_arrays(holdout),
        }
        vault.seal(vault_folder, X, target.y[sealed], target.rows[sealed], blocks=blocks, extra=extra)


def _write_development(table: Source, development: splitters.Ints, sealed: splitters.Ints, path: Path) -> pa.Table:
    """Write the development rows to `path` and return the holdout rows; each column is read once."""
    holdout_columns = []

    def development_columns() -> Iterator[pa.ChunkedArray]:
        for name in table.schema.names:
            column = table.read(name)
            holdout_columns.append(column.take(pa.array(sealed)))
            yield column

    column_file.write(path, table.schema, development_columns(), development)
    return pa.Table.from_arrays(holdout_columns, schema=table.schema)


def _rows(config: TuneConfig, table: Source, target: Target) -> tuple[splitters.Rows, bool]:
    """The input of a splitter, and whether its times are dates."""
    split = config.split
    time, purge, dates = None, 0.0, False
    if split.by_time is not None:
        time, dates = time_column.read_time(series(table, split.by_time, target.rows))
        purge = time_column.gap(time, dates, split.horizon, split.embargo)
    if split.by_group is not None:
        groups = series(table, split.by_group, target.rows)
        if groups.isna().any():
            raise InputError(
                f"the group column '{split.by_group}' must have no gaps; {counted(int(groups.isna().sum()), 'row')} "
                "without a group: fill them in or drop those rows."
            )
        unit = np.asarray(pd.factorize(groups)[0], dtype=np.int64)
    else:
        excluded = {target.name, *config.data.left_out, *config.leakage.post_outcome}
        names = [name for name in table.schema.names if name not in excluded]
        features = (series(table, name, target.rows) for name in names)
        unit = splitters.equal_rows(features) if names else np.arange(len(target.rows))
    grouped = split.by_group is not None
    return splitters.Rows(target.y, unit, time, len(target.classes), purge, grouped, split.stratify), dates


def _about(
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


def _write_arrays(
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


def _write_slice_rules(folder: Path, frame: pd.DataFrame, target: str) -> tuple[slices.SliceRule, ...]:
    """Write the slice rules of every column to `folder`, and return them."""
    rules = slices.learn_rules((name, frame[name]) for name in frame.columns if name != target)
    (folder / slices.FILE).write_text(to_json(rules))
    return rules


def _blocks(holdout: splitters.Rows) -> splitters.Ints | None:
    """What belongs together: declared groups, or equal rows. Rows in time are ordered by `TIME` besides."""
    if holdout.grouped:
        return holdout.unit
    units = len(np.unique(holdout.unit))
    return holdout.unit if holdout.time is None and units < len(holdout.unit) else None


def _independent(holdout: splitters.Rows, blocks: splitters.Ints | None) -> int | None:
    """How many groups or different rows there are, or times, whichever are fewer; None where each row is its own."""
    parts = [part for part in (blocks, holdout.time) if part is not None]
    return min((len(np.unique(part)) for part in parts), default=None)


def _order(config: TuneConfig, rows: splitters.Rows, holdout: pd.DataFrame) -> dict[str, NDArray[Any]]:
    """What is sealed beside rows in time: their times, and a hash of their group where one is declared."""
    if rows.time is None:
        return {}
    group = config.split.group
    return {TIME: rows.time} | ({GROUP: hash_series(holdout[group])} if group is not None else {})


def _class_counts(target: Target, sealed: splitters.Ints) -> tuple[int, ...]:
    """How many sealed rows each class has; of a number, how many there are."""
    if not target.classes:
        return (len(sealed),)
    return tuple(np.bincount(target.y[sealed].astype(np.int64), minlength=len(target.classes)).tolist())

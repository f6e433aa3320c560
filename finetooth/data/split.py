"""The split: read the table once, hold rows out, seal them, and lay the development rows down for the workers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
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
from finetooth.data.development_files import about_of, write_arrays, write_rows, write_slice_rules
from finetooth.data.fingerprint import DATA_KEYS, LAYOUT, fingerprint
from finetooth.data.open_table import open_table
from finetooth.data.outer_folds import OuterFold, may_rotate, otherwise, outer_count, outer_fold
from finetooth.data.overview import ColumnSummary, overview
from finetooth.data.roles import check_columns, column_roles, columns_to_drop
from finetooth.data.source import Source, series
from finetooth.data.split_rows import drawn_blocks, independent_units, order_arrays, split_rows
from finetooth.data.target import Target, missing_target, rare_classes, read_target, task_taken
from finetooth.errors import VaultSpentError
from finetooth.files import new_folder
from finetooth.records import DataRef, Finding, from_json, to_json


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
    column was taken for. With outer folds, `data` are all rows, none of them sealed, and `outer` is the split of each.
    """

    data: DataRef
    findings: tuple[Finding, ...]
    held: tuple[int, ...] = ()
    blocks: int | None = None
    columns: tuple[ColumnSummary, ...] = ()
    outer: "tuple[Split, ...]" = ()


def split_table(
    config: TuneConfig, folder: Path, gate: Gate, asked: TuneConfig | None = None, *, rotates: bool = False
) -> Split:
    """Split the table of `config` and store both sides in `folder`, under the fingerprint of content and choices.

    `asked` is the configuration that the run was started with, where `config` adds what was learned since; a vault is
    opened for that. `rotates` allows outer folds, each sealed from the others. A table that was split the same way
    before is not split again. Raises `InputError` for a table, target or column that cannot be used; nothing that was
    there is touched.
    """
    folder = folder.absolute()
    with open_table(config.data.source, declarations(config.data)) as table:
        check_columns(config, table.schema.names)
        parts = _parts(config, table) if rotates else (None,)
        splits = [_split_once(config, table, folder, gate, part, asked or config) for part in parts]
    memory.release()
    whole, *outer = splits
    if not outer:
        return whole
    across = {
        (finding.check, finding.severity, finding.columns): finding for each in outer for finding in each.findings
    }
    return replace(whole, findings=whole.findings + tuple(across.values()), outer=tuple(outer))


def _parts(config: TuneConfig, table: Source) -> tuple[OuterFold | None, ...]:
    """The whole table and then each outer fold; None alone where one holdout is sealed."""
    if not may_rotate(config, table.rows):
        return (None,)
    target = read_target(series(table, config.data.target), config.data.task, config.data.positive)
    rows, _ = split_rows(config, table, target)
    count = outer_count(config, rows)
    return (None,) if count == 1 else tuple(OuterFold(number, count) for number in range(count + 1))


def _split_once(
    config: TuneConfig, table: Source, folder: Path, gate: Gate, part: OuterFold | None, asked: TuneConfig
) -> Split:
    def name(layout: int, part: OuterFold | None = part) -> str:
        return fingerprint(config, table.fingerprint, gate.extra_arrays_key, layout, part)

    development_folder, vault_folder = (folder / side / name(LAYOUT) for side in ("development", "vault"))
    if not (development_folder / "sealed.json").exists():
        _split(config, table, development_folder, vault_folder, gate, part)
    earlier = [folder / "vault" / name(layout) for layout in DATA_KEYS if layout != LAYOUT]
    earlier += [folder / "vault" / name(LAYOUT, other) for other in otherwise(part)]
    _check_unspent(asked, vault_folder, earlier)
    split = from_json(Split, (development_folder / "sealed.json").read_bytes())
    # The folder may have been moved since.
    return replace(split, data=replace(split.data, uri=str(development_folder)))


def _check_unspent(config: TuneConfig, vault_folder: Path, earlier: list[Path]) -> None:
    """Raise `VaultSpentError` now, not after hours of search, if another configuration has opened the vault.

    The `earlier` vaults hold the same rows, sealed by a version that read tables otherwise, or with outer folds and
    without: with one that was opened, no run can go on as it was.
    """
    payloads = vault.payloads(vault_folder)
    by_another = bool(payloads) and all(payload.get("config") != identity(config) for payload in payloads)
    if (by_another or any(map(vault.payloads, earlier))) and not config.validation.again:
        raise VaultSpentError(
            "the sealed rows must be unseen; a run with another configuration or version has compared on them already, "
            f"and a second look would flatter; start a run with --set seed={config.seed + 1}, which holds other rows "
            "out, or with --set validation.again=true, which widens the interval."
        )


def _split(
    config: TuneConfig, table: Source, folder: Path, vault_folder: Path, gate: Gate, part: OuterFold | None
) -> None:
    target = read_target(series(table, config.data.target), config.data.task, config.data.positive)
    rows, dates = split_rows(config, table, target)
    if part is None:
        development, sealed = splitters.holdout(rows, config.split.holdout, seeds.stream(config.seed, "holdout"))
    else:
        development, sealed = outer_fold(rows, part, config.seed)
    with new_folder(folder) as scratch:
        columns = write_rows(table, target.rows[development], target.rows[sealed], scratch / store.FRAME)
        holdout = column_file.frame(columns)
        memory.release()
        # From here on the development rows are read from disk, a column at a time.
        frame = column_file.read_frame(scratch / store.FRAME)
        dropped = columns_to_drop(config, gate.identifiers(frame, config, target.kind))
        about = about_of(config, frame, target, rows, dropped, table.readings)
        if rows.time is not None and len(sealed):
            about = replace(about, period=time_column.period(rows.time[sealed], dates=dates))
        data = DataRef(str(folder), folder.name, len(development), len(about.schema.features), target.name, target.kind)
        write_arrays(scratch, about.schema, frame, target, rows, development)
        memory.release()
        findings: tuple[Finding, ...] = ()
        if len(sealed):
            findings += gate.across(frame.set_index(development), holdout.set_index(sealed), config, target.kind)
            findings += rare_classes(target, development, sealed)
        if part is None or part.number == 0:
            findings += _of_reading(config, table, target, about, frame.drop(columns=list(dropped)))
        (scratch / "about.json").write_text(to_json(about))
        held = rows.take(sealed)
        blocks = drawn_blocks(held) if len(sealed) else None
        lines = overview(frame, about.schema.columns, column_roles(config, dropped))
        outcome = Split(data, findings, _class_counts(target, sealed), independent_units(held, blocks), lines)
        (scratch / "sealed.json").write_text(to_json(outcome))
        rules = write_slice_rules(scratch, frame, target.name)
        if len(sealed):
            extra = {
                "slices": slices.encode(rules, holdout),
                frames.TABLE: frames.pack(columns.drop_columns([target.name])),
                **order_arrays(config, held, holdout),
                **gate.extra_arrays(holdout),
            }
            X = schema.encode_table(about.schema, holdout)
            vault.seal(vault_folder, X, target.y[sealed], target.rows[sealed], blocks=blocks, extra=extra)


def _of_reading(
    config: TuneConfig, table: Source, target: Target, about: store.About, frame: pd.DataFrame
) -> tuple[Finding, ...]:
    found = task_taken(target) + missing_target(target.name, target.missing)
    return found + reading_findings.of_reading(table, about.schema, frame, config.data.types)


def _class_counts(target: Target, sealed: splitters.Ints) -> tuple[int, ...]:
    """How many sealed rows each class has; of a number, how many there are."""
    if not target.classes:
        return (len(sealed),)
    return tuple(np.bincount(target.y[sealed].astype(np.int64), minlength=len(target.classes)).tolist())

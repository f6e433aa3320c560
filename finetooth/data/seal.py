"""The split: read the table once, hold rows out, seal them, and lay the development rows down for the workers."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from finetooth import seeds
from finetooth.config import TuneConfig, identity
from finetooth.data import clock, schema, slices, source, splits, store, vault
from finetooth.data.target import Target, read_target
from finetooth.errors import InputError, VaultSpentError, unknown
from finetooth.records import DataRef, Finding, digest, from_json, to_json

TIME_BLOCKS = 40  # enough to draw from, few enough that neighbours in time mostly share one
LAYOUT = 2  # raised when stored tables change their form, so that old ones are not read as new ones


@dataclass(frozen=True, slots=True)
class Gate:
    """What the leakage room does while both sides of the split can be seen.

    `across(development, holdout, config, kind)` looks for rows and entities on both sides and hands out
    aggregates only; `identifiers(development, config, kind)` names the columns that identify rows.
    """

    across: Callable[[pd.DataFrame, pd.DataFrame, TuneConfig, Any], tuple[Finding, ...]]
    identifiers: Callable[[pd.DataFrame, TuneConfig, Any], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Sealed:
    """The outcome of the split: a reference to the development rows, and what was seen across the split."""

    data: DataRef
    findings: tuple[Finding, ...]


def seal(config: TuneConfig, folder: Path, gate: Gate) -> Sealed:
    """Split the table of `config` and store both sides in `folder`, under the fingerprint of content and choices.

    A table that was split the same way before is not split again. Raises `InputError` for a table, target or
    column that cannot be used; nothing that was there is touched.
    """
    table, content = source.read(config.data.source)
    _check_columns(config, table.column_names)
    only = [table]  # the one reference, for whoever takes it out: a name kept here would keep the table in memory
    del table
    fingerprint = digest(
        {
            "layout": LAYOUT,
            "content": content,
            "data": config.data.model_dump(include={"target", "kind", "drop"}),
            "split": config.split.model_dump(),
            "post_outcome": config.leakage.post_outcome,
            "seed": config.seed,
        }
    )
    folder = folder.absolute()
    development = folder / "development" / fingerprint
    sealed = folder / "vault" / fingerprint
    if not (development / "sealed.json").exists():
        _split(config, only, development, sealed, fingerprint, gate)
    _check_unspent(config, sealed)
    found = from_json(Sealed, (development / "sealed.json").read_bytes())
    # The folder may have been moved since.
    return replace(found, data=replace(found.data, uri=str(development)))


def _check_columns(config: TuneConfig, columns: list[str]) -> None:
    split, where = config.split, config.data.source
    named = {
        "target column": (config.data.target,),
        "column to leave out": config.data.drop,
        "group column": (split.group,),
        "time column": (split.time,),
        "post-outcome column": config.leakage.post_outcome,
        "slice column": config.validation.slices,
    }
    for what, names in named.items():
        for name in names:
            if name is not None and name not in columns:
                raise unknown(what, name, where, columns)
            if name == config.data.target and what != "target column":
                raise InputError(f"the {what} must not be the target; got '{name}' for both.")
    for what, value in (("horizon", split.horizon), ("embargo", split.embargo)):
        if value is not None and split.time is None:
            raise InputError(f"the {what} must come with a time column; got {value!r} and no time column.")


def _check_unspent(config: TuneConfig, sealed: Path) -> None:
    """Say at once, not after hours of search, that the sealed rows were used up by another run."""
    opened = vault.payloads(sealed)
    if opened and not config.validation.again and all(seen.get("config") != identity(config) for seen in opened):
        raise VaultSpentError(
            "the sealed rows must be unseen; a run with another configuration has compared on them already, and a "
            f"second look would flatter; hold other rows out with --seed {config.seed + 1}, or accept a wider "
            "interval with --set validation.again=true."
        )


def _split(
    config: TuneConfig, only: list[pa.Table], development: Path, sealed: Path, fingerprint: str, gate: Gate
) -> None:
    table = only.pop()
    target = read_target(table[config.data.target].to_pandas().rename(config.data.target), config.data.kind)
    if len(target.rows) < table.num_rows:
        table = table.take(pa.array(target.rows))
    rows = _rows(config, table, target)
    kept, held = splits.holdout(rows, config.split.holdout, seeds.stream(config.seed, "holdout"))
    holdout = table.take(pa.array(held)).to_pandas()
    with store.written_whole(development) as scratch:
        store.write_frame(table, kept, scratch / "frame.arrow")
        del table  # from here on the development rows are read from disk, so that memory holds them once
        pa.default_memory_pool().release_unused()
        frame = store.read_frame(scratch / "frame.arrow")
        dropped = _dropped(config, frame, gate, target)
        about = _about(config, frame, target, rows, dropped)
        ref = DataRef(str(development), fingerprint, len(kept), len(about.schema.features), target.name, target.kind)
        _write_arrays(scratch, about.schema, frame, target, rows, kept)
        findings = gate.across(frame.set_index(kept), holdout.set_index(held), config, target.kind)
        findings += _missing_target(target)
        (scratch / "about.json").write_text(to_json(about))
        (scratch / "sealed.json").write_text(to_json(Sealed(ref, findings)))
        parts = slices.encode(_cuts(scratch, frame, target.name), holdout)
        X = schema.encode_table(about.schema, holdout)
        blocks = _blocks(rows.take(held))
        vault.seal(sealed, X, target.y[held], target.rows[held], blocks=blocks, extra={"slices": parts})


def _rows(config: TuneConfig, table: pa.Table, target: Target) -> splits.Rows:
    split = config.split
    time, purge = None, 0.0
    if split.time is not None:
        time, dates = clock.read_time(table[split.time].to_pandas().rename(split.time))
        purge = clock.gap(time, dates, split.horizon, split.embargo)
    if split.group is not None:
        groups = table[split.group].to_pandas()
        if groups.isna().any():
            raise InputError(
                f"the group column '{split.group}' must have no gaps; {groups.isna().sum()} rows have none."
            )
        unit = np.asarray(pd.factorize(groups)[0], dtype=np.int64)
    else:
        left_out = {target.name, *config.data.drop, *config.leakage.post_outcome}
        columns = [table[n].to_pandas() for n in table.column_names if n not in left_out]
        unit = splits.equal_rows(columns) if columns else np.arange(table.num_rows)
    return splits.Rows(target.y, unit, time, len(target.classes), purge, split.group is not None, split.stratify)


def _dropped(config: TuneConfig, frame: pd.DataFrame, gate: Gate, target: Target) -> tuple[str, ...]:
    declared = [config.data.target, *config.data.drop, *config.leakage.post_outcome]
    if config.split.group is not None:
        declared.append(config.split.group)
    found = gate.identifiers(frame, config, target.kind)
    return tuple(dict.fromkeys([*declared, *found]))


def _about(
    config: TuneConfig, frame: pd.DataFrame, target: Target, rows: splits.Rows, dropped: tuple[str, ...]
) -> store.About:
    seen = schema.infer((name, frame[name]) for name in frame.columns if name not in dropped)
    if not seen.columns:
        raise InputError(
            f"the table must have a feature left; {config.data.source} has {', '.join(frame.columns)}, "
            f"of which {', '.join(dropped)} may not be used and the rest do not vary."
        )
    return store.About(seen, target.name, target.kind, target.classes, rows.purge, rows.grouped, rows.stratify, dropped)


def _write_arrays(
    folder: Path, seen: schema.Schema, frame: pd.DataFrame, target: Target, rows: splits.Rows, kept: splits.Ints
) -> None:
    X = np.lib.format.open_memmap(folder / "X.npy", mode="w+", dtype=np.float32, shape=(len(kept), len(seen.features)))
    schema.encode_into(X, seen, frame)
    X.flush()
    np.save(folder / "y.npy", target.y[kept])
    np.save(folder / "rows.npy", target.rows[kept])
    np.save(folder / "unit.npy", rows.unit[kept])
    if rows.time is not None:
        np.save(folder / "time.npy", rows.time[kept])


def _cuts(folder: Path, frame: pd.DataFrame, target: str) -> tuple[slices.Cut, ...]:
    """Write down into which parts each column falls, whichever of them will be asked for."""
    cuts = slices.learn((name, frame[name]) for name in frame.columns if name != target)
    (folder / slices.FILE).write_text(to_json(cuts))
    return cuts


def _blocks(held: splits.Rows) -> splits.Ints | None:
    """What the final interval draws as a whole: declared groups, or blocks of neighbours in time."""
    if held.grouped:
        return held.unit
    if held.time is None:
        return None
    rank = np.argsort(np.argsort(held.time, kind="stable"), kind="stable")
    return rank * TIME_BLOCKS // len(rank)


def _missing_target(target: Target) -> tuple[Finding, ...]:
    if target.missing == 0:
        return ()
    seen = f"{target.missing} rows have no value in '{target.name}' and were left out."
    return (Finding("missing target", "info", (target.name,), seen, evidence={"rows": target.missing}),)

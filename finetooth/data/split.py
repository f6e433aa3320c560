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
from finetooth.data import column_file, memory, schema, slices, splitters, store, time_column, vault
from finetooth.data.source import Source, opened, series
from finetooth.data.target import Target, left_out, rare_classes, read_target
from finetooth.errors import InputError, VaultSpentError, counted, unknown
from finetooth.files import new_folder
from finetooth.records import DataRef, Finding, digest, from_json, to_json

TIME_BLOCKS = 40  # enough to draw from, few enough that neighbours in time mostly share one
LAYOUT = 3  # raised when stored tables change their form, so that old ones are not read as new ones


@dataclass(frozen=True, slots=True)
class Gate:
    """What the leakage room does while both sides of the split can be seen.

    `across(development, holdout, config, kind)` looks for rows and entities on both sides and hands out
    aggregates only; `identifiers(development, config, kind)` names the columns that identify rows.
    `beside(holdout)` makes further arrays (n, ...) that are sealed with the rows; `beside_of` names what they depend
    on.
    """

    across: Callable[[pd.DataFrame, pd.DataFrame, TuneConfig, Any], tuple[Finding, ...]]
    identifiers: Callable[[pd.DataFrame, TuneConfig, Any], tuple[str, ...]]
    beside: Callable[[pd.DataFrame], Mapping[str, NDArray[Any]]] = lambda _: {}
    beside_of: str = ""


@dataclass(frozen=True, slots=True)
class Split:
    """The outcome of the split: a reference to the development rows, and what was seen across the split.

    `held` counts the sealed rows of each class (of a number: all of them), and `blocks` what the final interval draws
    as a whole, or None: enough to say whether an interval can be had, for whichever metric.
    """

    data: DataRef
    findings: tuple[Finding, ...]
    held: tuple[int, ...] = ()
    blocks: int | None = None


def split_table(config: TuneConfig, folder: Path, gate: Gate) -> Split:
    """Split the table of `config` and store both sides in `folder`, under the fingerprint of content and choices.

    A table that was split the same way before is not split again. Raises `InputError` for a table, target or
    column that cannot be used; nothing that was there is touched.
    """
    with opened(config.data.source) as table:
        _check_columns(config, table.schema.names)
        fingerprint = _fingerprint(config, table.fingerprint, gate.beside_of)
        folder = folder.absolute()
        development = folder / "development" / fingerprint
        sealed = folder / "vault" / fingerprint
        if not (development / "sealed.json").exists():
            _split(config, table, development, sealed, fingerprint, gate)
    memory.release()
    _check_unspent(config, sealed)
    found = from_json(Split, (development / "sealed.json").read_bytes())
    # The folder may have been moved since.
    return replace(found, data=replace(found.data, uri=str(development)))


def _fingerprint(config: TuneConfig, content: str, beside: str) -> str:
    """What names the split: the content of the table, and every choice that shapes what is stored of it."""
    return digest(
        {
            "layout": LAYOUT,
            "content": content,
            "data": config.data.model_dump(include={"target", "kind", "drop"}),
            "split": config.split.model_dump(),
            "post_outcome": config.leakage.post_outcome,
            "seed": config.seed,
            **({"beside": beside} if beside else {}),
        }
    )


def _check_columns(config: TuneConfig, column_file: list[str]) -> None:
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
            if name is not None and name not in column_file:
                raise unknown(what, name, where, column_file)
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
            f"second look would flatter; start a run with --set seed={config.seed + 1}, which holds other rows out, or "
            "with --set validation.again=true, which widens the interval."
        )


def _split(config: TuneConfig, table: Source, development: Path, sealed: Path, fingerprint: str, gate: Gate) -> None:
    target = read_target(series(table, config.data.target), config.data.kind)
    rows = _rows(config, table, target)
    kept, held = splitters.holdout(rows, config.split.holdout, seeds.stream(config.seed, "holdout"))
    with new_folder(development) as scratch:
        holdout = _part(table, target.rows[kept], target.rows[held], scratch / store.FRAME)
        memory.release()
        # From here on the development rows are read from disk, a column at a time.
        frame = column_file.read_frame(scratch / store.FRAME)
        dropped = _dropped(config, frame, gate, target)
        about = _about(config, frame, target, rows, dropped)
        ref = DataRef(str(development), fingerprint, len(kept), len(about.schema.features), target.name, target.kind)
        _write_arrays(scratch, about.schema, frame, target, rows, kept)
        memory.release()
        findings = gate.across(frame.set_index(kept), holdout.set_index(held), config, target.kind)
        findings += left_out(target.name, target.missing) + rare_classes(target, kept, held)
        (scratch / "about.json").write_text(to_json(about))
        blocks = _blocks(rows.take(held))
        count = None if blocks is None else len(np.unique(blocks))
        (scratch / "sealed.json").write_text(to_json(Split(ref, findings, _counts(target, held), count)))
        parts = slices.encode(_cuts(scratch, frame, target.name), holdout)
        X = schema.encode_table(about.schema, holdout)
        extra = {"slices": parts, **gate.beside(holdout)}
        vault.seal(sealed, X, target.y[held], target.rows[held], blocks=blocks, extra=extra)


def _part(table: Source, kept: splitters.Ints, held: splitters.Ints, path: Path) -> pd.DataFrame:
    """Write the rows that are kept, and hand back those that are held out; each column is read once."""
    apart = []

    def each() -> Iterator[pa.ChunkedArray]:
        for name in table.schema.names:
            column = table.read(name)
            apart.append(column.take(pa.array(held)))
            yield column

    column_file.write(path, table.schema, each(), kept)
    return column_file.frame(pa.Table.from_arrays(apart, schema=table.schema))


def _rows(config: TuneConfig, table: Source, target: Target) -> splitters.Rows:
    split = config.split
    time, purge = None, 0.0
    if split.time is not None:
        time, dates = time_column.read_time(series(table, split.time, target.rows))
        purge = time_column.gap(time, dates, split.horizon, split.embargo)
    if split.group is not None:
        groups = series(table, split.group, target.rows)
        if groups.isna().any():
            raise InputError(
                f"the group column '{split.group}' must have no gaps; {counted(int(groups.isna().sum()), 'row')} "
                "without a group: fill them in or drop those rows."
            )
        unit = np.asarray(pd.factorize(groups)[0], dtype=np.int64)
    else:
        left_out = {target.name, *config.data.drop, *config.leakage.post_outcome}
        names = [name for name in table.schema.names if name not in left_out]
        found = (series(table, name, target.rows) for name in names)
        unit = splitters.equal_rows(found) if names else np.arange(len(target.rows))
    return splitters.Rows(target.y, unit, time, len(target.classes), purge, split.group is not None, split.stratify)


def _dropped(config: TuneConfig, frame: pd.DataFrame, gate: Gate, target: Target) -> tuple[str, ...]:
    declared = [config.data.target, *config.data.drop, *config.leakage.post_outcome]
    if config.split.group is not None:
        declared.append(config.split.group)
    found = gate.identifiers(frame, config, target.kind)
    return tuple(dict.fromkeys([*declared, *found]))


def _about(
    config: TuneConfig, frame: pd.DataFrame, target: Target, rows: splitters.Rows, dropped: tuple[str, ...]
) -> store.About:
    seen = schema.infer((name, frame[name]) for name in frame.columns if name not in dropped)
    if not seen.columns:
        raise InputError(
            f"the table must have a feature left; {config.data.source} has {', '.join(frame.columns)}, "
            f"of which {', '.join(dropped)} may not be used and the rest do not vary."
        )
    return store.About(seen, target.name, target.kind, target.classes, rows.purge, rows.grouped, rows.stratify, dropped)


def _write_arrays(
    folder: Path, seen: schema.Schema, frame: pd.DataFrame, target: Target, rows: splitters.Rows, kept: splitters.Ints
) -> None:
    schema.write_table(folder / "X.npy", seen, frame)
    np.save(folder / "y.npy", target.y[kept])
    np.save(folder / "rows.npy", target.rows[kept])
    np.save(folder / "unit.npy", rows.unit[kept])
    if rows.time is not None:
        np.save(folder / "time.npy", rows.time[kept])


def _cuts(folder: Path, frame: pd.DataFrame, target: str) -> tuple[slices.SliceRule, ...]:
    """Write down into which parts each column falls, whichever of them will be asked for."""
    cuts = slices.learn((name, frame[name]) for name in frame.columns if name != target)
    (folder / slices.FILE).write_text(to_json(cuts))
    return cuts


def _blocks(held: splitters.Rows) -> splitters.Ints | None:
    """What the final interval draws as a whole: declared groups, or blocks of neighbours in time."""
    if held.grouped:
        return held.unit
    if held.time is None:
        return None
    rank = np.argsort(np.argsort(held.time, kind="stable"), kind="stable")
    return rank * TIME_BLOCKS // len(rank)


def _counts(target: Target, held: splitters.Ints) -> tuple[int, ...]:
    """How many sealed rows each class has; of a number, how many there are."""
    if not target.classes:
        return (len(held),)
    return tuple(np.bincount(target.y[held].astype(np.int64), minlength=len(target.classes)).tolist())

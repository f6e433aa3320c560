"""Are rows copies of others, whatever their types and ids, and does the split keep them together?"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from finetooth import seeds
from finetooth.data.distinguishing import AGREE
from finetooth.data.row_hash import Hashes, mix_columns
from finetooth.data.units import Units, equal_rows
from finetooth.errors import counted
from finetooth.leakage.columns import Codes
from finetooth.leakage.findings import unchecked, waiver_hint
from finetooth.leakage.identifiers import nearly_unique
from finetooth.leakage.table import Rows, Table
from finetooth.records import Finding, Severity

CHECK = "exact_duplicates"
REPEATED = "repeated_rows"
SHARE = 0.01  # of the sealed rows, or of all
TIMES = 3.0  # times the rate at which training rows equal each other,
LARGE = 1 / 3  # or this share of the sealed rows, make copies across the split an error
MOST = 0.5  # of the rows


def check_across(train: Table, holdout: Table) -> tuple[Finding, ...]:
    """Sealed rows whose features (ids aside) equal those of a training row: with the same target, and with another.

    They are an error where rows repeat beyond chance and the targets agree as those of copies do; the split keeps such
    rows together unless it follows a group or a time.
    """
    names = compared_features(train, holdout)
    if not names:
        return (unchecked(CHECK, "no feature is there on both sides."),)
    matched = matching_rows(train, holdout)
    if not matched.any():
        return ()
    train_hashes, holdout_hashes = (
        _row_hashes(table, [*names, train.target], (train, holdout)) for table in (train, holdout)
    )
    same_target = matched & np.isin(holdout_hashes, train_hashes)
    copied = np.zeros_like(matched)
    if matched.mean() > SHARE:
        code = units_across(train, holdout, names, (np.arange(len(train)), np.arange(len(holdout))))
        copied = matched & np.isin(code[len(train) :], code[: len(train)])
    by_chance = float(((np.unique(train.y, return_counts=True)[1] / len(train)) ** 2).sum())
    agreement = float(same_target[copied].mean()) if copied.any() else 0.0
    severity: Severity = "info"
    if agreement - by_chance > AGREE * (1 - by_chance) and copied.mean() > SHARE:
        within = float(_repeating(train_hashes).mean())
        severity = "error" if copied.mean() > min(TIMES * within, LARGE) else "warning"
    return (_across(train, holdout, matched, same_target, severity),)


def check(table: Table) -> tuple[Finding, ...]:
    """Rows that are copies of others, by how many originals; a warning where that asks for something."""
    if len(table) < 2 or not table.features:
        return ()
    rng = seeds.stream(table.seed, "units")
    units = equal_rows(table.features, table.frame.__getitem__, table.y, rng, table.declared.keep)
    if units.copies > SHARE * len(table):
        return (_repeated(table, units),)
    names = [*compared_features(table, table), table.target]
    largest = int(np.unique(_row_hashes(table, names, (table,)), return_counts=True)[1].max()) if names[1:] else 0
    distinct_targets = len(np.unique(table.y))
    return (_one_row(table, largest),) if largest > MOST * len(table) and distinct_targets > 1 else ()


def compared_features(train: Table, holdout: Table) -> list[str]:
    """The features on both sides; those with hardly a value twice are left out, since copies may get new ids."""
    left_out = set(nearly_unique(train))
    return [name for name in train.features if name not in left_out and name in holdout.frame.columns]


def matching_rows(train: Table, holdout: Table) -> NDArray[np.bool_]:
    """A mask (holdout rows,) of those that equal a training row in all features; confirmed column by column."""
    names = compared_features(train, holdout)
    train_hashes, holdout_hashes = (_row_hashes(table, names, (train, holdout)) for table in (train, holdout))
    order = np.argsort(train_hashes, kind="stable")
    nearest = np.minimum(np.searchsorted(train_hashes[order], holdout_hashes), len(train_hashes) - 1)
    candidates = np.flatnonzero(train_hashes[order][nearest] == holdout_hashes)
    confirmed = _confirmed(train, holdout, names, order[nearest[candidates]], candidates)
    matching = np.zeros(len(holdout), dtype=bool)
    matching[candidates[confirmed]] = True
    return matching


def _confirmed(
    train: Table, holdout: Table, names: Sequence[str], train_rows: Rows, holdout_rows: Rows
) -> NDArray[np.bool_]:
    equal = np.ones(len(train_rows), dtype=bool)
    for name in names:
        coarse = _coarse((train, holdout), name)
        equal &= (
            train.column(name).hashes(coarse=coarse)[train_rows]
            == holdout.column(name).hashes(coarse=coarse)[holdout_rows]
        )
    return equal


def units_across(train: Table, holdout: Table, names: Sequence[str], rows: Sequence[Rows]) -> Codes:
    """The units of some rows of both sides, those of `train` first, with the features `names`."""
    sides = list(zip((train, holdout), rows, strict=True))

    def read(name: str) -> "pd.Series[float]":
        coarse = _coarse((train, holdout), name)
        columns = [(table.column(name), part) for table, part in sides]
        if all(column.role in ("number", "date") for column, _ in columns) and not coarse:
            return pd.Series(np.concatenate([column.numbers()[part] for column, part in columns]), name=name)
        hashes = np.concatenate([column.hashes(coarse=coarse)[part] for column, part in columns])
        return pd.Series(pd.factorize(hashes)[0].astype(float), name=name)

    y = np.concatenate([table.y[part] for table, part in sides])
    return equal_rows(names, read, y, seeds.stream(train.seed, "units"), keep=names).code


def _row_hashes(table: Table, names: Sequence[str], tables: Sequence[Table]) -> Hashes:
    return mix_columns(table.column(name).hashes(coarse=_coarse(tables, name)) for name in names)


def _repeating(hashes: Hashes) -> NDArray[np.bool_]:
    """Which rows (n,) equal another."""
    _, value_index, counts = np.unique(hashes, return_inverse=True, return_counts=True)
    return np.asarray(counts[value_index] > 1, dtype=bool)


def _coarse(tables: Sequence[Table], name: str) -> bool:
    return any(table.column(name).coarse for table in tables)


def _repeated(table: Table, units: Units) -> Finding:
    rows, share = len(table), units.copies / len(table)
    together = table.declared.split in ("random", "stratified")
    asks = share > MOST or units.every > 1 or not together
    but_for = f" but for {', '.join(map(repr, units.ignored))}" if units.ignored else ""
    beyond = f"every row is there {units.every:,} times or a multiple of that" if units.every > 1 else ""
    if units.repetition is not None:
        by_chance = 1 - units.repetition.by_chance / units.repetition.rows
        beyond = f"{by_chance:.1%} would repeat another by chance"
    return Finding(
        check=REPEATED,
        severity="warning" if asks else "info",
        columns=units.ignored,
        message=f"{units.copies:,} of {counted(rows, 'row')} ({share:.1%}) {_are(units.copies)} of "
        f"{counted(units.originals, 'other')}, equal in all features{but_for}" + (f"; {beyond}." if beyond else "."),
        meaning="Copies stay on one side of the holdout and of every fold, and the interval draws them as one: no "
        f"score rests on rows learned by heart, and there are {rows - units.copies:,} different rows, not {rows:,}."
        if together
        else f"The rows are parted by the declared {table.declared.split}: copies on both sides reward a model that "
        "learns by heart.",
        remedy="Remove the copies, unless each is an observation of its own." if asks else "Nothing.",
        evidence={"copies": units.copies, "originals": units.originals, "share": share, "rows": rows},
    )


def _are(count: int) -> str:
    return "is a copy" if count == 1 else "are copies"


def _one_row(table: Table, count: int) -> Finding:
    return Finding(
        check=REPEATED,
        severity="warning",
        columns=(),
        message=f"{count:,} of {counted(len(table), 'row')} are one and the same, target included.",
        meaning="A score over all rows speaks of this one more than of the others.",
        remedy="Remove it if it was copied or stands for rows that were not filled in.",
        evidence={"rows": len(table), "largest": count},
    )


def _across(
    train: Table, holdout: Table, matched: NDArray[np.bool_], same_target: NDArray[np.bool_], severity: Severity
) -> Finding:
    are_copies = severity != "info"
    count, same = int(matched.sum()), int(same_target.sum())
    return Finding(
        check=CHECK,
        severity=severity,
        columns=(),
        message=f"{count:,} of {counted(len(holdout), 'sealed row')} ({matched.mean():.1%}) "
        f"{'equals' if count == 1 else 'equal'} a training row in all features, {same:,} of them in '{train.target}' "
        "too.",
        meaning="More rows are equal than chance makes so, and their targets agree: copied rows reward a model that "
        "learns by heart."
        if are_copies
        else "Equal rows are natural with so few values, or too few to matter: each is an observation of its own.",
        remedy=f"Remove the copies, or declare what they share as the group; else {waiver_hint(CHECK)}."
        if severity == "error"
        else "Split so that copies stay together, or remove them."
        if are_copies
        else "Nothing.",
        evidence={
            "copies": same,
            "contradictions": count - same,
            "share": float(matched.mean()),
            "rows": len(holdout),
            "training_rows": len(train),
        },
    )

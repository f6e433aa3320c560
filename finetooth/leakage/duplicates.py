"""Are sealed rows copies of training rows, whatever their types?"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from finetooth import seeds
from finetooth.data.row_hash import Hashes, mix_columns
from finetooth.errors import counted
from finetooth.leakage.findings import unchecked, waiver_hint
from finetooth.leakage.identifiers import nearly_unique
from finetooth.leakage.table import Rows, Table
from finetooth.records import Finding

CHECK = "exact_duplicates"
REPEATED = "repeated_rows"
SHARE = 0.01  # of the sealed rows
TIMES = 3.0  # times the rate at which training rows equal each other


def check_across(train: Table, holdout: Table) -> tuple[Finding, ...]:
    """Sealed rows whose features (ids aside) equal those of a training row: with the same target, and with another."""
    names = compared_features(train, holdout)
    if not names:
        return (unchecked(CHECK, "no feature is there on both sides."),)
    matched = matching_rows(train, holdout)
    train_hashes, holdout_hashes = (
        _row_hashes(table, [*names, train.target], (train, holdout)) for table in (train, holdout)
    )
    copies = matched & np.isin(holdout_hashes, train_hashes)
    findings = []
    if copies.any():
        findings.append(_copies(train, int(copies.sum()), len(holdout), _repeating(train_hashes).mean()))
    if contradictions := int((matched & ~copies).sum()):
        findings.append(_contradictions(train, contradictions, len(holdout)))
    return tuple(findings)


def check(table: Table) -> tuple[Finding, ...]:
    """Rows that equal another in all features and the target, more often than shuffled columns would."""
    names = compared_features(table, table)
    if not names or len(table) < 2:
        return ()
    share = float(_repeating(_row_hashes(table, [*names, table.target], (table,))).mean())
    if share <= SHARE:
        return ()
    chance = float(_repeating(_row_hashes(table, [*names, table.target], (table,), shuffled=True)).mean())
    if share <= TIMES * chance:
        return ()
    return (
        Finding(
            check=REPEATED,
            severity="warning",
            columns=(),
            message=f"{share:.1%} of {len(table):,} rows equal another row in all they have "
            f"({counted(len(names), 'feature')} and the target); {chance:.1%} would if columns were independent.",
            meaning="Copies on both sides of a fold are tested on what was learned by heart.",
            remedy="Remove copies of one observation; a split that keeps equal rows together does no harm.",
            evidence={"share": share, "chance": chance, "rows": len(table)},
        ),
    )


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


def _row_hashes(table: Table, names: Sequence[str], tables: Sequence[Table], *, shuffled: bool = False) -> Hashes:
    def hashes(name: str) -> Hashes:
        values = table.column(name).hashes(coarse=_coarse(tables, name))
        return seeds.stream(table.seed, "leakage", REPEATED, name).permutation(values) if shuffled else values

    return mix_columns(map(hashes, names))


def _coarse(tables: Sequence[Table], name: str) -> bool:
    return any(table.column(name).coarse for table in tables)


def _repeating(hashes: Hashes) -> NDArray[np.bool_]:
    _, value_index, counts = np.unique(hashes, return_inverse=True, return_counts=True)
    repeated: NDArray[np.bool_] = counts[value_index] > 1
    return repeated


def _copies(train: Table, count: int, rows: int, within: float) -> Finding:
    share = count / rows
    error = share > SHARE and share > TIMES * within
    return Finding(
        check=CHECK,
        severity="error" if error else "warning",
        columns=(),
        message=f"{_of_sealed(count, rows)} ({share:.1%}) a training row in all features and the target; "
        f"within the training rows {within:.1%} equal another.",
        meaning=_meaning(share, within),
        remedy=f"Remove copies, or split so that equal rows stay together; else {waiver_hint(CHECK)}."
        if error
        else "Nothing, if rows may truly be equal; a split that keeps equal rows together is safer.",
        evidence={"copies": count, "share": share, "within": float(within), "rows": rows, "training_rows": len(train)},
    )


def _meaning(share: float, within: float) -> str:
    if share <= TIMES * within:
        return "Rows equal each other about as often within the training rows: few columns, or a natural repetition."
    if share <= SHARE:
        return f"At most {SHARE:.0%} of the sealed rows: too few to move the score by much."
    return "Copied rows reward a model that learns by heart."


def _of_sealed(count: int, rows: int) -> str:
    return f"{count:,} of {counted(rows, 'sealed row')} {'equals' if count == 1 else 'equal'}"


def _contradictions(train: Table, count: int, rows: int) -> Finding:
    return Finding(
        check=CHECK,
        severity="warning",
        columns=(train.target,),
        message=f"{_of_sealed(count, rows)} a training row in all features but '{train.target}'.",
        meaning="The target is not decided by the features there: labels are noisy, or a column is missing.",
        remedy="Look at such rows: copies that were labelled twice should be settled before training.",
        evidence={"rows": rows, "share": count / rows, "contradictions": count},
    )

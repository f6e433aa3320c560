"""Does a row, or an entity, lie on both sides of the split?"""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from finetooth.errors import counted
from finetooth.leakage.findings import unchecked
from finetooth.leakage.table import Table
from finetooth.records import Finding

ROW_IDS = "row_ids"
GROUP = "declared_group"
MOSTLY_SINGLETONS = 0.5  # share of groups with a single row above which the column may name rows, not entities


def check_rows(train: Table, holdout: Table) -> tuple[Finding, ...]:
    """No row may be on both sides. Rows are named by the ids of the tables, else by the index of their frames."""
    train_ids, holdout_ids = _ids(train), _ids(holdout)
    if (
        train.ids is None
        and _counted_from_zero(train)
        and _counted_from_zero(holdout)
        and train.frame is not holdout.frame
    ):
        return (unchecked(ROW_IDS, "both tables count their rows from 0; equal rows are looked for instead."),)
    shared = int(np.isin(holdout_ids, train_ids).sum())
    if not shared:
        return ()
    return (
        Finding(
            check=ROW_IDS,
            severity="error",
            columns=(),
            message=f"{shared:,} of {counted(len(holdout), 'sealed row')} {_form(shared, 'trains', 'train')} as well.",
            meaning="A model is tested on what it has seen: the score is worth nothing.",
            remedy="Split the table so that no row is on both sides; this error cannot be waived.",
            evidence={"shared": shared, "rows": len(holdout)},
            strict=True,
        ),
    )


def check(table: Table) -> tuple[Finding, ...]:
    """How many declared groups have a single row: where most do, nothing is kept together."""
    name = table.declared.group
    if name is None:
        return ()
    column = table.column(name)
    sizes = np.unique(column.hashes()[~column.missing()], return_counts=True)[1]
    single, groups = int((sizes == 1).sum()), len(sizes)
    if not single:
        return ()
    mostly = single > MOSTLY_SINGLETONS * groups
    return (
        Finding(
            check=GROUP,
            severity="warning" if mostly else "info",
            columns=(name,),
            message=f"{single:,} of {counted(groups, 'group')} of '{name}' "
            f"{_form(single, 'has', 'have')} a single row.",
            meaning=f"'{name}' may name rows instead of what they belong to: a split by it keeps little together."
            if mostly
            else "A group of one row is split like a row of its own.",
            remedy="Declare the column that rows of one person, machine or place share; nothing, if most have one row."
            if mostly
            else "Nothing.",
            evidence={"alone": single, "groups": groups, "rows": len(table)},
        ),
    )


def check_group(train: Table, holdout: Table) -> tuple[Finding, ...]:
    """No declared group may be on both sides; rows without a group are not compared."""
    name = train.declared.group
    if name is None:
        return ()
    train_groups, holdout_groups = (
        table.column(name).hashes()[~table.column(name).missing()] for table in (train, holdout)
    )
    shared = np.isin(holdout_groups, train_groups)
    if not shared.any():
        return ()
    groups, total = len(np.unique(holdout_groups[shared])), len(np.unique(holdout_groups))
    return (
        Finding(
            check=GROUP,
            severity="error",
            columns=(name,),
            message=f"{groups:,} of {counted(total, 'sealed group')} of '{name}' {_form(groups, 'has', 'have')} "
            f"training rows as well ({int(shared.sum()):,} of {counted(len(holdout), 'sealed row')}).",
            meaning="Rows of one group tell on each other: the score is too high for a new group.",
            remedy="Split by the group, so that each is on one side; this error cannot be waived.",
            evidence={"groups": groups, "sealed_groups": total, "rows": int(shared.sum())},
            strict=True,
        ),
    )


def _form(count: int, singular: str, plural: str) -> str:
    return singular if count == 1 else plural


def _ids(table: Table) -> NDArray[Any]:
    return table.frame.index.to_numpy() if table.ids is None else table.ids


def _counted_from_zero(table: Table) -> bool:
    index = table.frame.index
    return isinstance(index, pd.RangeIndex) and index.start == 0 and index.step == 1

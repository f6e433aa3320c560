"""Was a category replaced by the mean of the target, over rows that are tested later?"""

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from finetooth.leakage.columns import Codes, Floats
from finetooth.leakage.table import Table
from finetooth.models.target_scale import AS_IT_IS, TargetScale, target_scale
from finetooth.records import Finding

Codes32 = NDArray[np.int32]

CHECK = "target_encoding"
ROWS = 0.99  # share of rows that match the mean
CLOSE = 1e-4  # of the target's SD: means that were rounded to a few digits still match
MEAN = 0.02  # of the target's SD: an encoding has the mean of the target, so most columns are told apart at once
FEWEST = 3  # categories; the mean by two states is hardly an encoding


def check(table: Table) -> tuple[Finding, ...]:
    """A numeric column that equals the mean of the target by a category, or leave-one-out, over the rows given."""
    return _search((table,), "the rows given")


def check_across(train: Table, holdout: Table) -> tuple[Finding, ...]:
    """The same over training and sealed rows together: encoded before the split. Only the column's name comes out."""
    return _search((train, holdout), "training and sealed rows together")


def _search(tables: Sequence[Table], scope: str) -> tuple[Finding, ...]:
    scale, targets = _targets(tables)
    names = [name for name in tables[0].features if all(name in table.frame.columns for table in tables)]
    numeric = [name for name in names if all(table.column(name).role == "number" for table in tables)]
    left_out = [name for name in tables[0].left_out if all(name in table.frame.columns for table in tables)]
    joint = cache(lambda name: _joint_codes(tables, name))  # asked for again by each column that may be an encoding
    findings = []
    for name in numeric:
        values = scale.standardised(np.concatenate([table.column(name).numbers() for table in tables]))
        for target in targets:
            if not _plausible(values, target):
                continue
            source = _source(name, values, target, [*names, *left_out], joint)
            if source is not None:
                findings.append(_error(tables[0], name, source, scope, len(values)))
                break
    return tuple(findings)


def _targets(tables: Sequence[Table]) -> tuple[TargetScale, list[Floats]]:
    """What may have been averaged, each (n,), and the scale that columns are to be compared in."""
    if tables[0].kind == "regression":
        y = np.concatenate([table.y for table in tables])
        scale = target_scale(y)
        return scale, [scale.standardised(y)]
    labels = np.concatenate([table.column(table.target).hashes() for table in tables])
    classes = np.unique(labels)
    # The mean of one class of two is one minus that of the other: both are looked for.
    return AS_IT_IS, [(labels == label).astype(float) for label in classes]


def _plausible(values: Floats, target: Floats) -> bool:
    present = np.isfinite(values)
    spread = target.std()
    if present.mean() < ROWS or spread == 0:
        return False
    present_values = values[present]
    inside = present_values.min() >= target.min() - spread and present_values.max() <= target.max() + spread
    return bool(inside and abs(present_values.mean() - target.mean()) < MEAN * spread)


def _source(
    name: str, values: Floats, target: Floats, names: list[str], joint: Callable[[str], Codes32 | None]
) -> str | None:
    """The category whose target means the column holds: "" for the column's own values, None if there is none."""
    own = np.unique(np.round(values, 9), return_inverse=True)[1]
    if _matches(values, target, own):
        return ""
    for other in names:
        codes = joint(other) if other != name else None
        if codes is not None and _matches(values, target, codes):
            return other
    return None


def _joint_codes(tables: Sequence[Table], name: str) -> Codes32 | None:
    hashes: NDArray[np.uint64] = np.concatenate([table.column(name).hashes() for table in tables])
    levels, codes = np.unique(hashes, return_inverse=True)
    return codes.astype(np.int32) if FEWEST <= len(levels) <= len(codes) / 2 else None


def _matches(values: Floats, target: Floats, codes: Codes | Codes32) -> bool:
    counts = np.bincount(codes)
    sums = np.bincount(codes, target)
    squares = np.bincount(codes, target**2)
    mixed = counts * squares - sums**2 > 1e-12 * np.maximum(squares, 1)
    # Groups of one outcome say nothing: there the mean is the target itself.
    if (counts > 0).sum() < FEWEST or mixed[codes].mean() < 0.5:
        return False
    close = CLOSE * target.std()
    if (np.abs(values - (sums / np.maximum(counts, 1))[codes]) <= close).mean() >= ROWS:
        return True
    leave_one_out = (sums[codes] - target) / np.maximum(counts[codes] - 1, 1)
    return bool((np.abs(values - leave_one_out) <= close).mean() >= ROWS)


def _error(table: Table, name: str, source: str, scope: str, rows: int) -> Finding:
    by = f"by '{source}'" if source else "by a category that the column itself tells apart"
    return Finding(
        check=CHECK,
        severity="error",
        columns=(name, source) if source else (name,),
        message=f"'{name}' equals the mean of '{table.target}' {by} in {ROWS:.0%} or more of {rows:,} rows ({scope}).",
        meaning="The encoding has seen the target of rows that are tested later, and repeats it to the model.",
        remedy=f"Drop '{name}' and encode the category inside each fold; this error cannot be waived.",
        evidence={"source": source, "rows": rows},
        strict=True,
    )

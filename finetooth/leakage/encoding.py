"""Was a category replaced by the mean of the target, over rows that are tested later?"""

from collections.abc import Callable, Iterator, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from finetooth.leakage import smoothed_encoding
from finetooth.leakage.columns import Codes, Floats
from finetooth.leakage.findings import waiver_hint
from finetooth.leakage.smoothed_encoding import Columns, Encoding
from finetooth.leakage.table import Table
from finetooth.models.target_scale import AS_IT_IS, TargetScale, target_scale
from finetooth.records import Finding

Codes32 = NDArray[np.int32]

CHECK = "target_encoding"
ROWS = 0.99  # share of rows that match the mean
CLOSE = 1e-4  # of the target's SD: means that were rounded to a few digits still match
MEAN = 0.02  # of the target's SD: an encoding has the mean of the target, so most columns are told apart at once
FEWEST = 3  # categories; the mean by two states is hardly an encoding
CLASSES = 8  # the most frequent classes, whose shares by category are looked for


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
    rest: dict[str, Floats] = {}
    for name in numeric:
        raw = np.concatenate([table.column(name).numbers() for table in tables])
        values = scale.standardised(raw)
        source = next(
            (
                source
                for target in targets
                if _plausible(values, target)
                and (source := _source(name, values, target, [*names, *left_out], joint)) is not None
            ),
            None,
        )
        if source is None:
            rest[name] = raw
        else:
            findings.append(_error(tables[0], name, source, scope, len(values)))
    columns = Columns(tables, rest, (*names, *left_out), joint, (*targets, *_logarithm(tables)))
    findings += [_smoothed(tables[0], encoding, scope) for encoding in smoothed_encoding.search(columns)]
    return tuple(findings)


def _logarithm(tables: Sequence[Table]) -> Iterator[Floats]:
    """Of a number whose values are all positive, which may have been averaged instead."""
    if tables[0].kind == "regression":
        y = np.concatenate([table.y for table in tables])
        if y.min() > 0:
            yield np.log(y)


def _targets(tables: Sequence[Table]) -> tuple[TargetScale, list[Floats]]:
    """What may have been averaged, each (n,), and the scale that columns are to be compared in."""
    if tables[0].kind == "regression":
        y = np.concatenate([table.y for table in tables])
        scale = target_scale(y)
        return scale, [scale.standardised(y)]
    labels = np.concatenate([table.column(table.target).hashes() for table in tables])
    classes, counts = np.unique(labels, return_counts=True)
    classes = classes[np.argsort(-counts, kind="stable")][:CLASSES]
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


def _smoothed(table: Table, encoding: Encoding, scope: str) -> Finding:
    by = " and ".join(f"'{source}'" for source in encoding.sources) or "its own values"
    found = encoding.scatter
    return Finding(
        check=CHECK,
        severity="error" if encoding.certain else "warning",
        columns=(encoding.column, *encoding.sources),
        message=f"'{encoding.column}' lies {'far ' if encoding.certain else ''}too close to the mean of "
        f"'{table.target}' by {by}: over {found.groups:,} groups the means scatter about it {found.ratio:.2f} times as "
        f"much as the drawing of rows alone would cause (p={found.p:.1e}; {scope}).",
        meaning="Only a column that was made of these targets repeats their chance errors: a smoothed, weighted or "
        "noisy encoding, or one from other folds, which gives the answers of tested rows to the model.",
        remedy=f"Drop '{encoding.column}' and encode the category inside each fold; if it comes from other rows: "
        f"{waiver_hint(CHECK, encoding.column)}.",
        evidence={"ratio": found.ratio, "p": found.p, "groups": found.groups},
    )

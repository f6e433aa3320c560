"""Are rows almost copies of others (rounded or jittered), or made up between two others (SMOTE, mixup)?

Copies are much nearer to each other than to any further row; in independent rows the ratio of a row's distances to its
neighbours follows a Pareto law with the number of dimensions as its exponent (Facco et al. 2017, Scientific Reports 7),
by which a ratio of 10 in 4 dimensions comes once in 10,000 rows. Rows of SMOTE (Chawla et al. 2002, JAIR 16) lie on the
line between two neighbours.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from finetooth import seeds
from finetooth.data.row_hash import hash_numbers, mix_columns
from finetooth.errors import counted
from finetooth.leakage.columns import Floats, RawColumn
from finetooth.leakage.duplicates import compared_features
from finetooth.leakage.findings import unchecked, waiver_hint
from finetooth.leakage.table import Rows, Table
from finetooth.records import Finding

CHECK = "near_duplicates"
COLUMNS = 4  # continuous columns below which rows are close, or on a line with two others, by nature
MOST = 12  # columns that are compared, those with the most values; a tree of more dimensions prunes nothing
SAMPLE = 2_000  # rows whose neighbours are looked up
NEIGHBOURS = 12
TIMES = 10.0  # times as far as the copies of a row is the next row
MOVED = 0.8  # of the columns differ: rows that differ in few are neighbours on a grid
# Of the rows looked up, those that make an error: of 60 honest real tables the most are 0.5 % and, between two others,
# 0.6 %, where there are so many columns.
NEAR, BETWEEN = 0.01, 0.02
FEWEST = 10  # rows that make an error
ON_LINE = 1e-3  # distance from the line between two others, by that from the nearer of them
DISTINCT = 0.05  # distinct values per row that make a column continuous,
ENOUGH = 200  # or this many


@dataclass(frozen=True, slots=True, eq=False)
class _Neighbours:
    """Some rows and their nearest neighbours: `points` (rows, columns), `others` (rows, neighbours, columns).

    `distances` are (rows, neighbours), nearest first; `apart` says which neighbours are of another group, and
    `across` which are on the other side of the split, both (rows, neighbours).
    """

    points: Floats
    others: Floats
    distances: Floats
    apart: NDArray[np.bool_]
    across: NDArray[np.bool_]


def check_across(train: Table, holdout: Table) -> tuple[Finding, ...]:
    """Rows of both sides that are copies but for a jitter, and rows that lie on a line between two others.

    Columns are scaled by their interquartile range; exact copies are left to their own check, and rows of one declared
    group may be alike. By time, sealed rows are compared with training rows.
    """
    columns = [
        name for name in compared_features(train, holdout) if _continuous(train.column(name), holdout.column(name))
    ]
    if len(columns) < COLUMNS:
        return (unchecked(CHECK, f"{counted(len(columns), 'continuous column')}, and {COLUMNS} are needed."),)
    columns = sorted(columns, key=lambda name: -_distinct(train.column(name).numbers()))[:MOST]
    found = _neighbours(train, holdout, columns)
    if found is None:
        return (unchecked(CHECK, "too few different rows have all continuous values."),)
    near, parted = _near(found)
    between, rows = _between(found), len(found.points)
    # A row that was made up beside one of its two is almost a copy as well.
    if between.mean() > max(BETWEEN, near.mean()) and between.sum() >= FEWEST:
        return (_between_finding(int(between.sum()), rows, len(columns)),)
    if near.mean() > NEAR and near.sum() >= FEWEST and parted:
        return (_near_finding(int(near.sum()), rows, len(columns)),)
    return ()


def _neighbours(train: Table, holdout: Table, columns: list[str]) -> _Neighbours | None:
    sides = np.repeat([0, 1], [len(train), len(holdout)])
    points = _points(train, holdout, columns)
    distinct = _distinct_rows(points)
    by_time = train.declared.split == "time"
    base = distinct[sides[distinct] == 0] if by_time else distinct
    asked = distinct[sides[distinct] == 1] if by_time else distinct
    if len(base) < 2 * NEIGHBOURS or not len(asked):
        return None
    rng = seeds.stream(train.seed, "leakage", CHECK)
    asked = np.sort(rng.permutation(asked)[:SAMPLE])
    first = 0 if by_time else 1  # a row is its own nearest
    distances, nearest = cKDTree(points[base]).query(points[asked], k=NEIGHBOURS + first)
    distances, nearest = distances[:, first:], base[nearest[:, first:]]
    groups = _groups(train, holdout)
    apart = np.ones_like(nearest, dtype=bool) if groups is None else groups[nearest] != groups[asked][:, None]
    across = sides[nearest] != sides[asked][:, None]
    return _Neighbours(points[asked], points[nearest], distances, apart, across)


def _groups(train: Table, holdout: Table) -> NDArray[np.uint64] | None:
    name = train.declared.group
    return None if name is None else np.concatenate([table.column(name).hashes() for table in (train, holdout)])


def _near(found: _Neighbours) -> tuple[NDArray[np.bool_], bool]:
    """Which rows have copies of another group (rows,), and whether the split parts any of them.

    Copies are the neighbours before a gap, and differ from the row in nearly all columns.
    """
    gaps = found.distances[:, 1:] > TIMES * found.distances[:, :-1]
    before = np.logical_or.accumulate(gaps[:, ::-1], axis=1)[:, ::-1]
    moved = (found.others[:, 0] != found.points).mean(axis=1) >= MOVED
    copies = before & found.apart[:, :-1] & moved[:, None]
    return np.asarray(copies.any(axis=1), dtype=bool), bool((copies & found.across[:, :-1]).any())


def _between(found: _Neighbours) -> NDArray[np.bool_]:
    """Which rows lie on the line between two of their neighbours, three rows that differ in nearly all columns."""
    steps = found.others - found.points[:, None, :]
    lengths = found.distances
    products = np.einsum("rac,rbc->rab", steps, steps)
    lines = lengths[:, :, None] ** 2 + lengths[:, None, :] ** 2 - 2 * products  # squared distance of two neighbours
    # The height of a triangle over its longest side is twice the area over that side; against the shorter of the others
    # it tells a row on the line from one that is merely near to an end.
    area = np.sqrt(np.maximum((lengths[:, :, None] * lengths[:, None, :]) ** 2 - products**2, 0))
    shorter = np.minimum(lengths[:, :, None], lengths[:, None, :])
    on_line = (products < 0) & (area < ON_LINE * shorter * np.sqrt(np.maximum(lines, 0)))
    moved = (steps != 0).mean(axis=2) >= MOVED
    for neighbour in range(NEIGHBOURS):
        differ = (found.others != found.others[:, [neighbour]]).mean(axis=2) >= MOVED
        on_line[:, neighbour] &= differ & moved & moved[:, [neighbour]]
    return np.asarray(on_line.any(axis=(1, 2)), dtype=bool)


def _continuous(column: RawColumn, other: RawColumn) -> bool:
    if column.role != "number" or other.role != "number":
        return False
    values = column.numbers()
    present = values[np.isfinite(values)]
    if len(present) < 0.8 * len(values) or np.subtract(*np.quantile(present, [0.75, 0.25])) == 0:
        return False
    return _distinct(values) >= min(ENOUGH, max(30, DISTINCT * len(values)))


def _distinct(values: Floats) -> int:
    return len(np.unique(values[np.isfinite(values)]))


def _distinct_rows(points: Floats) -> Rows:
    """The numbers of the rows that have all values, each combination once."""
    total = mix_columns(map(hash_numbers, points.T))
    complete = np.flatnonzero(np.isfinite(points).all(axis=1))
    return complete[np.sort(np.unique(total[complete], return_index=True)[1])]


def _points(train: Table, holdout: Table, names: list[str]) -> Floats:
    """Both sides (rows, columns), by the median and the interquartile range of training rows."""
    points = np.empty((len(train) + len(holdout), len(names)))
    for position, name in enumerate(names):
        lower, middle, upper = np.nanquantile(train.column(name).numbers(), [0.25, 0.5, 0.75])
        values = np.concatenate([table.column(name).numbers() for table in (train, holdout)])
        points[:, position] = (values - middle) / (upper - lower)
    return points


def _near_finding(near: int, rows: int, columns: int) -> Finding:
    return Finding(
        check=CHECK,
        severity="error",
        columns=(),
        message=f"{near:,} of {counted(rows, 'row')} looked at ({near / rows:.1%}) {'is' if near == 1 else 'are'} "
        f"almost a copy of another: the next row is {TIMES:.0f} times as far or more, in {columns} columns.",
        meaning="One observation was entered more than once, rounded, jittered or measured again, and the split parts "
        "such rows: a score rewards memory.",
        remedy="Remove such rows, or declare what they share (an entity) as the group; else "
        + waiver_hint(CHECK)
        + ".",
        evidence={"near": near, "share": near / rows, "rows": rows, "columns": columns},
    )


def _between_finding(between: int, rows: int, columns: int) -> Finding:
    return Finding(
        check=CHECK,
        severity="error",
        columns=(),
        message=f"{between:,} of {counted(rows, 'row')} looked at ({between / rows:.1%}) lie on a straight line "
        f"between two of their neighbours, in {columns} columns: they were made up from these.",
        meaning="Rows were added before the split, as SMOTE and mixup do: what was made of a sealed row tells its "
        "target.",
        remedy="Take the added rows out, or add them to training rows alone, after a split; else "
        f"{waiver_hint(CHECK)}.",
        evidence={"between": between, "share": between / rows, "rows": rows, "columns": columns},
    )

"""Are sealed rows almost copies of training rows: the same measurement, rounded or jittered?"""

import numpy as np
from scipy.spatial import cKDTree
from scipy.stats import fisher_exact

from finetooth import seeds
from finetooth.data.row_hash import hash_numbers, mix_columns
from finetooth.errors import counted
from finetooth.leakage.columns import Floats, RawColumn
from finetooth.leakage.duplicates import compared_features, matching_rows
from finetooth.leakage.findings import unchecked, waiver_hint
from finetooth.leakage.table import Table
from finetooth.records import Finding

CHECK = "near_duplicates"
COLUMNS = 4  # continuous columns below which rows are close by nature
MOST = 12  # columns that are compared, those with the most values; a tree of more dimensions prunes nothing
QUANTILE = 0.001  # of the training rows' distances to their own nearest neighbour
RADIUS = 0.25  # of that quantile
P = 1e-6  # Fisher's exact test: sealed rows near a training row against training rows near another
SHARE = 0.005  # of the sealed rows
SAMPLE = 4_000  # training rows whose own neighbours are looked up
DISTINCT = 0.05  # distinct values per row that make a column continuous,
ENOUGH = 200  # or this many


def check_across(train: Table, holdout: Table) -> tuple[Finding, ...]:
    """Sealed rows within a radius of a training row, in columns scaled by their interquartile range.

    The radius is a quarter of the 0.1 % quantile of the distances from distinct training rows to their nearest
    neighbour; exact copies are left to their own check. A k-d tree finds the neighbours.
    """
    columns = [
        name for name in compared_features(train, holdout) if _continuous(train.column(name), holdout.column(name))
    ]
    if len(columns) < COLUMNS:
        return (unchecked(CHECK, f"{counted(len(columns), 'continuous column')}, and {COLUMNS} are needed."),)
    columns = sorted(columns, key=lambda name: -_distinct(train.column(name).numbers()))[:MOST]
    centre, scale = _scales(train, columns)
    holdout_points = _points(holdout, columns, centre, scale)
    queries = holdout_points[~matching_rows(train, holdout) & np.isfinite(holdout_points).all(axis=1)]
    train_points = _distinct_rows(_points(train, columns, centre, scale))
    if len(train_points) < 2 * COLUMNS or not len(queries):
        return (unchecked(CHECK, "too few rows have all continuous values."),)
    tree = cKDTree(train_points)
    rng = seeds.stream(train.seed, "leakage", CHECK)
    sample = (
        train_points
        if len(train_points) <= SAMPLE
        else train_points[rng.choice(len(train_points), SAMPLE, replace=False)]
    )
    distances = tree.query(sample, k=2)[0][:, 1]
    radius = RADIUS * float(np.quantile(distances, QUANTILE))
    if radius == 0:
        return (unchecked(CHECK, "training rows repeat each other in the continuous columns."),)
    nearest = tree.query(queries, distance_upper_bound=radius)[0]
    near = int(((nearest > 0) & (nearest <= radius)).sum())
    within = int((distances <= radius).sum())
    p = float(
        fisher_exact([[near, len(queries) - near], [within, len(distances) - within]], alternative="greater").pvalue
    )
    if p >= P or near <= SHARE * len(holdout):
        return ()
    return (_error(near, len(holdout), within / len(distances), radius, p, len(columns)),)


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


def _distinct_rows(points: Floats) -> Floats:
    """The rows that have all values, each once; where that is every row, no copy is made."""
    total = mix_columns(map(hash_numbers, points.T))
    complete = np.flatnonzero(np.isfinite(points).all(axis=1))
    first = complete[np.sort(np.unique(total[complete], return_index=True)[1])]
    return points if len(first) == len(points) else points[first]


def _scales(train: Table, names: list[str]) -> tuple[Floats, Floats]:
    quartiles = np.array([np.nanquantile(train.column(name).numbers(), [0.25, 0.5, 0.75]) for name in names])
    return quartiles[:, 1], quartiles[:, 2] - quartiles[:, 0]


def _points(table: Table, names: list[str], centre: Floats, scale: Floats) -> Floats:
    points = np.empty((len(table), len(names)))
    for position, name in enumerate(names):
        points[:, position] = (table.column(name).numbers() - centre[position]) / scale[position]
    return points


def _error(near: int, rows: int, within: float, radius: float, p: float, columns: int) -> Finding:
    return Finding(
        check=CHECK,
        severity="error",
        columns=(),
        message=f"{near:,} of {rows:,} sealed rows ({near / rows:.1%}) lie within {radius:.2g} interquartile ranges of "
        f"a training row in {columns} columns; {within:.2%} of the training rows lie so near to another (p {p:.1g}).",
        meaning="The same observation was entered twice, rounded or measured again: the sealed score rewards memory.",
        remedy=f"Find what repeats (an entity, a re-export) and declare it as the group; else {waiver_hint(CHECK)}.",
        evidence={"near": near, "share": near / rows, "within": within, "radius": radius, "p": p, "columns": columns},
    )

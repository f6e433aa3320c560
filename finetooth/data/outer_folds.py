"""Outer folds: on a small table every row is sealed once, each fold from a search of its own (nested cross-validation).

One holdout of a small table is too small to show a gain. The rows of all outer folds together are the whole table, and
the verdict on them is about the procedure: search, replication and fit, as it is applied to the whole table at the end.
"""

from dataclasses import dataclass

import numpy as np

from finetooth import seeds
from finetooth.config.tune import TuneConfig
from finetooth.data import splitters
from finetooth.errors import InputError

BELOW = 2_000  # rows; one holdout of more than 400 rows shows most of what there is to show
FOLDS = 5
LEAST_ROWS = 20  # sealed in each fold
LEAST_CLASS_ROWS = 5  # of each class, sealed in each fold: its score must be defined in nearly every resample
LEAST_UNITS = 2  # groups, or sets of equal rows, sealed in each fold


@dataclass(frozen=True, slots=True)
class OuterFold:
    """Which rows of a table are sealed: those of fold `number` of `count`, from 1 on. The number 0 seals none."""

    number: int
    count: int


def may_rotate(config: TuneConfig, rows: int) -> bool:
    """Whether a table of so many rows may have outer folds."""
    asked = config.validation.outer
    return rows < BELOW if asked is None else asked > 1


def outer_count(config: TuneConfig, rows: splitters.Rows) -> int:
    """How many outer folds a table has: 1 where one holdout is sealed instead.

    As many as the configuration says; where it says nothing, five for a small table, or as many as leave enough rows
    and classes in each. Raises `InputError` for outer folds of a split by time, or for more than the rows allow.
    """
    asked = config.validation.outer
    if not may_rotate(config, len(rows.y)) or (asked is None and rows.time is not None):
        return 1
    if rows.time is not None:
        raise InputError(
            "validation.outer must be 1 where rows are split by time: the newest are sealed once; "
            f"got {asked} with split.time={config.split.time}; leave one of the two out."
        )
    most = min(FOLDS if asked is None else asked, len(rows.y) // LEAST_ROWS)
    fitting = (count for count in range(most, 1, -1) if _fits(rows, count, config.seed))
    count = next(fitting, 1)
    if asked is not None and count < asked:
        raise InputError(
            f"each outer fold must have at least {LEAST_ROWS} rows, {LEAST_CLASS_ROWS} of each class and "
            f"{LEAST_UNITS} groups; validation.outer={asked} would not leave as many; ask for {count} at most."
        )
    return count


def outer_fold(rows: splitters.Rows, fold: OuterFold, seed: int) -> splitters.Fold:
    """(development, sealed) row numbers of an outer fold; the same seed gives folds that do not overlap."""
    if fold.number == 0:
        return np.arange(len(rows.y)), np.arange(0)
    return splitters.folds(rows, fold.count, seeds.stream(seed, "outer"))[fold.number - 1]


def outer_seed(seed: int, fold: OuterFold) -> int:
    """The root seed of an outer fold's search: searches that share one would share their luck."""
    return seed if fold.number == 0 else seeds.seed(seed, "outer", fold.number)


def otherwise(part: OuterFold | None) -> tuple[OuterFold | None, ...]:
    """The other ways to seal the rows of a table: as one holdout, or in outer folds."""
    if part is not None:
        return (None,)
    return tuple(OuterFold(1, count) for count in range(2, 2 * FOLDS + 1))


def _fits(rows: splitters.Rows, count: int, seed: int) -> bool:
    """Whether every fold has enough units, and enough rows of each class."""
    if len(np.unique(rows.unit)) < LEAST_UNITS * count:
        return False
    folds = [outer_fold(rows, OuterFold(number, count), seed)[1] for number in range(1, count + 1)]
    fewest = min(len(np.unique(rows.unit[sealed])) for sealed in folds)
    if rows.classes:
        rarest = min(np.bincount(rows.y[sealed].astype(np.int64), minlength=rows.classes).min() for sealed in folds)
        return bool(fewest >= LEAST_UNITS and rarest >= LEAST_CLASS_ROWS)
    return fewest >= LEAST_UNITS

"""Holdout and folds: at random, by group or by time, with equal rows always on one side.

A *unit* is never divided: a declared group, or all rows that are equal. Units are assigned to folds, never rows.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from finetooth.data.row_hash import hash_series, mix_columns
from finetooth.errors import InputError, counted

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Fold = tuple[Ints, Ints]


@dataclass(frozen=True, slots=True)
class Rows:
    """The input of a splitter: `y`, `unit` codes, and their `time` or None, all (n,).

    `classes` is 0 for regression. `purge` is the time that must lie between a training and a later testing row:
    label horizon plus embargo. `grouped` says that the units were declared by the user.
    """

    y: Floats
    unit: Ints
    time: Floats | None = None
    classes: int = 0
    purge: float = 0.0
    grouped: bool = False
    stratify: bool = True

    def take(self, rows: Ints) -> "Rows":
        """The same for a subset of the rows."""
        time = None if self.time is None else self.time[rows]
        return Rows(self.y[rows], self.unit[rows], time, self.classes, self.purge, self.grouped, self.stratify)


def equal_rows(columns: Iterable[pd.Series]) -> Ints:
    """A code (n,) that is the same for rows whose every value is the same; missing equals missing.

    Where fewer than half of the rows differ, equal rows are the nature of the table and not copies of each other:
    to keep them together would hold out a handful of combinations whole, so each row then has a code of its own.
    """
    codes = np.asarray(pd.factorize(mix_columns(map(hash_series, columns)))[0], dtype=np.int64)
    return codes if 2 * (codes.max() + 1) >= len(codes) else np.arange(len(codes))


def holdout(rows: Rows, share: float, rng: np.random.Generator) -> Fold:
    """(development, holdout) row numbers, sorted. By time, the newest `share` is held out."""
    if rows.time is None:
        part = deal(rows, np.array([1 - share, share]), rng)
        fold = np.flatnonzero(part == 0), np.flatnonzero(part == 1)
    else:
        start = _start_of_last_rows(rows.time, 1 - share)
        fold = _time_fold(rows, np.flatnonzero(rows.time >= start))
    _check_fold(fold, rows, "the holdout")
    return fold


def folds(rows: Rows, count: int, rng: np.random.Generator) -> tuple[Fold, ...]:
    """(train, test) row numbers of each fold. By time, each fold tests on a block after its training rows."""
    if rows.time is not None:
        return _time_folds(rows, count, rng)
    part = deal(rows, np.full(count, 1 / count), rng)
    out = tuple((np.flatnonzero(part != i), np.flatnonzero(part == i)) for i in range(count))
    for number, fold in enumerate(out):
        _check_fold(fold, rows, f"fold {number + 1} of {count}")
    return out


def subset(rows: Rows, share: float, rng: np.random.Generator) -> Ints:
    """Row numbers, sorted, of about `share` of the rows, whole units at a time."""
    if share >= 1:
        return np.arange(len(rows.y))
    return np.flatnonzero(deal(rows, np.array([share, 1 - share]), rng) == 0)


def deal(rows: Rows, shares: Floats, rng: np.random.Generator) -> Ints:
    """Assign whole units to parts with the given shares of rows, stratum by stratum. Returns the part of each row (n,).

    Units are shuffled and laid end to end within their stratum; a part takes the units whose middle falls into its
    share. The start is shifted by chance, so that rounding favours no part.
    """
    units, first_row, inverse, sizes = np.unique(rows.unit, return_index=True, return_inverse=True, return_counts=True)
    stratum = _strata(rows, len(units), first_row, inverse, sizes, len(shares))
    order = rng.permutation(len(units))
    order = order[np.argsort(stratum[order], kind="stable")]
    edges = np.cumsum(shares)[:-1]
    part = np.zeros(len(units), dtype=np.int64)
    for label in np.unique(stratum):
        stratum_units = order[stratum[order] == label]
        cumulative = np.cumsum(sizes[stratum_units])
        middle = (cumulative - sizes[stratum_units] / 2) / cumulative[-1]
        part[stratum_units] = np.searchsorted(edges, (middle + rng.random()) % 1.0, side="right")
    return part[inverse]


def _strata(rows: Rows, units: int, first: Ints, inverse: Ints, sizes: Ints, parts: int) -> Ints:
    """A stratum for each unit: its class (the mean class of mixed units), or a quantile bin of its mean target."""
    if not rows.stratify:
        return np.zeros(units, dtype=np.int64)
    if rows.classes and not rows.grouped:
        return rows.y[first].astype(np.int64)
    mean = np.bincount(inverse, weights=rows.y) / sizes
    bins = max(1, min(10, units // (4 * parts)))
    ranks = np.argsort(np.argsort(mean, kind="stable"), kind="stable")
    return ranks * bins // units


def _start_of_last_rows(time: Floats, share: float) -> float:
    """The first time of the last `1 - share` of the rows."""
    ordered = np.sort(time)
    return float(ordered[min(int(len(ordered) * share), len(ordered) - 1)])


def _time_fold(rows: Rows, test: Ints) -> Fold:
    """The rows that may train before `test`: purged by time, and of groups that are not tested."""
    if rows.time is None:
        raise ValueError("a split by time must have times")
    before = rows.time + rows.purge <= rows.time[test].min() if len(test) else np.zeros(len(rows.y), dtype=bool)
    before[test] = False
    usable = before & ~np.isin(rows.unit, rows.unit[test]) if rows.grouped else before
    earlier, excluded = int(before.sum()), int(before.sum() - usable.sum())
    if excluded > earlier / 2:
        raise InputError(
            "new groups at later times must leave rows to train on; of "
            f"{counted(earlier, 'earlier row')}, {excluded:,} in groups that are tested later; say what the model "
            "will meet: --unseen times (the same groups, later) or --unseen groups (new groups, at any time)."
        )
    return np.flatnonzero(usable), test


def _time_folds(rows: Rows, count: int, rng: np.random.Generator) -> tuple[Fold, ...]:
    time = rows.time
    if time is None:
        raise ValueError("a split by time must have times")
    # The cuts move a little from one shuffle to the next, so that confirmation meets other folds than the search.
    shift = rng.uniform(-0.3, 0.3)
    cuts = np.unique([_start_of_last_rows(time, (i + shift) / (count + 1)) for i in range(1, count + 1)])
    if len(cuts) < count:
        raise InputError(
            f"{count} folds by time must have different times; the column has too few; ask for fewer folds."
        )
    ends = [*cuts[1:], np.inf]
    out = []
    for number, (start, end) in enumerate(zip(cuts, ends, strict=True)):
        fold = _time_fold(rows, np.flatnonzero((time >= start) & (time < end)))
        _check_fold(fold, rows, f"fold {number + 1} of {count} by time")
        out.append(fold)
    return tuple(out)


def _check_fold(fold: Fold, rows: Rows, name: str) -> None:
    train, test = fold
    if len(train) == 0 or len(test) == 0:
        units = counted(len(np.unique(rows.unit)), "group" if rows.grouped else "different row")
        advice = "declare a finer group" if rows.grouped else "a shorter embargo"
        raise InputError(
            f"{name} must have rows on both sides; it has {len(train)} to train and {len(test)} to test, "
            f"of {units} in all; ask for fewer folds, {advice} or add rows."
        )
    if rows.classes == 2 and (len(np.unique(rows.y[train])) < 2 or len(np.unique(rows.y[test])) < 2):
        rarest = int(np.bincount(rows.y.astype(int), minlength=2).min())
        raise InputError(
            f"{name} must have both classes on each side; one side has a single class "
            f"(the rarer class has {counted(rarest, 'row')}); ask for fewer folds or add rows."
        )


def fold_digest(test: Ints) -> str:
    """The first 16 hex digits of the SHA-256 of the numbers of a fold's test rows (rows,): equal rows, equal digest."""
    return hashlib.sha256(np.ascontiguousarray(test, dtype=np.int64).data).hexdigest()[:16]

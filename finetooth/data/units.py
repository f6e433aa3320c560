"""Rows that are copies of each other: they form one unit, which no split divides.

Rows are copies when all features are equal that say something about them. What numbers the rows does not count, nor the
target. Where rows repeat each other no more than chance makes them, each is a unit of its own.
"""

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from finetooth.data import chance
from finetooth.data.chance import SIGMAS, Ints, Repetition
from finetooth.data.id_columns import UNIQUE, is_id
from finetooth.data.row_hash import Hashes, hash_series, mix_columns

Read = Callable[[str], pd.Series]

FEW = 0.01  # of the rows repeat another: to keep so few together harms nothing, natural or not
BITS = 20.0  # of evidence that every row is there a multiple of times
ROWS, CELLS = 100_000, 5_000_000  # that are compared with chance
SAMPLE = 20_000  # rows in which columns are looked for that tell copies apart
TOLD_APART = 0.05  # of the rows that a column must tell apart from copies,
FEWEST = 20  # and so many
CANDIDATES = 3  # columns that are looked at, those first that tell the most rows apart
AGREE = 0.5  # of what chance leaves: how far the targets of such rows agree

_NONE = np.empty(0, dtype=np.uint64)


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """The unit of each row, and what that rests on.

    `code` (n,) is the same for rows of one unit. Of the rows, `copies` repeat one of the `originals`; `ignored` are the
    columns that numbered copies or told them apart. `every` is how many times each row is there, if that is more than
    once; `repetition` is None where it was not compared with chance.
    """

    code: Ints
    copies: int = 0
    originals: int = 0
    ignored: tuple[str, ...] = ()
    every: int = 1
    repetition: Repetition | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Sheet:
    """What was read once: the hash of each row (n,), and of some rows the hash of each value (sample, columns)."""

    total: Hashes
    names: tuple[str, ...]
    hashes: Hashes
    added: Hashes
    sample: Ints
    numbering: tuple[str, ...] = ()
    in_order: frozenset[str] = field(default_factory=frozenset)

    def without(self, left_out: Sequence[str]) -> Hashes:
        """The hash of each row of the sample, some columns left out; `hashes` add up to that of all columns."""
        places = [self.names.index(name) for name in left_out]
        return np.asarray(self.added - self.hashes[:, places].sum(axis=1, dtype=np.uint64), dtype=np.uint64)

    def distinct(self, left_out: Sequence[str]) -> int:
        """How many rows of the sample differ, some columns left out."""
        return len(pd.unique(self.without(left_out)))


def equal_rows(
    names: Sequence[str],
    read: Read,
    y: NDArray[np.float64],
    rng: np.random.Generator,
    keep: Container[str] = (),
) -> Units:
    """The units of n rows with the features `names`; `read(name)` gives one of them (n,), and `y` (n,) is the target.

    Columns that look like ids do not count, but for those to `keep`.

    The target is looked at for one thing: whether rows that are equal but for a column that numbers them agree in it,
    as copies do.
    """
    sheet = _read(names, read, len(y), rng, keep)
    if not sheet.names:
        return Units(np.arange(len(y)))
    told_apart = _telling_copies_apart(sheet, read, y, rng)
    features = [name for name in sheet.names if name not in told_apart]
    total = mix_columns(hash_series(read(name)) for name in features) if told_apart else sheet.total
    code = np.asarray(pd.factorize(total)[0], dtype=np.int64)
    counts = np.bincount(code)
    if len(counts) == len(code):
        return Units(code)
    together = counts > 1
    every, repetition = _multiple(code, y), None
    if every == 1 and len(code) - len(counts) > FEW * len(code):
        rows = _some(len(code), min(ROWS, CELLS // len(features)), rng)
        repetition, common = chance.compare([chance.values_of(read(name))[rows] for name in features], rng)
        together &= repetition.beyond_chance or _come_in_pairs(counts)
        together[code[rows[common]]] = False
    return _units(code, counts, together, (*sheet.numbering, *told_apart), every, repetition)


def _units(
    code: Ints,
    counts: Ints,
    together: NDArray[np.bool_],
    ignored: tuple[str, ...],
    every: int,
    repetition: Repetition | None,
) -> Units:
    if not together.any():
        return Units(np.arange(len(code)), repetition=repetition)
    own = np.where(together[code], code, len(counts) + np.arange(len(code)))
    originals = int(together.sum())
    copies = int(counts[together].sum()) - originals
    unit = np.asarray(pd.factorize(own)[0], dtype=np.int64)
    return Units(unit, copies, originals, ignored, every, repetition)


def _read(names: Sequence[str], read: Read, rows: int, rng: np.random.Generator, keep: Container[str]) -> _Sheet:
    sample = _some(rows, min(SAMPLE, CELLS // max(1, len(names))), rng)
    total: Hashes | None = None
    counted, numbering, in_order = list[str](), list[str](), list[str]()
    hashes: list[Hashes] = []
    for name in names:
        column = read(name)
        hashed = hash_series(column)
        if (hashed == hashed[0]).all():
            continue
        if name not in keep and _may_be_whole(column) and len(pd.unique(hashed)) > UNIQUE * rows and is_id(column):
            numbering.append(name)
            continue
        if _is_in_order(column, hashed):
            in_order.append(name)
        total = hashed if total is None else mix_columns((total, hashed))
        counted.append(name)
        # Mixed with a word of its own, the same value counts otherwise in each column.
        hashes.append(pd.util.hash_array(hashed[sample] ^ np.uint64(len(hashes))))
    if total is None:
        return _Sheet(_NONE, (), _NONE, _NONE, sample, tuple(numbering))
    by_column = np.column_stack(hashes)
    added = by_column.sum(axis=1, dtype=np.uint64)
    return _Sheet(total, tuple(counted), by_column, added, sample, tuple(numbering), frozenset(in_order))


def _some(rows: int, most: int, rng: np.random.Generator) -> Ints:
    """The numbers of at most so many rows, sorted."""
    return np.arange(rows) if rows <= most else np.sort(rng.choice(rows, most, replace=False))


def _may_be_whole(column: pd.Series) -> bool:
    """False for floats of which the first are fractions, which saves counting all."""
    if column.dtype != np.float64:
        return True
    first = column.to_numpy()[:FEWEST]
    return not (first % 1 > 0).any()


def _is_in_order(column: pd.Series, hashed: Hashes) -> bool:
    """Whether the values rise or fall with the number of the row, or few words come in blocks."""
    types = pd.api.types
    if types.is_numeric_dtype(column) or types.is_datetime64_any_dtype(column):
        values = chance.values_of(column).astype(np.float64)
        # Most columns go up and down within the first rows.
        for steps in (np.diff(values[: 10 * FEWEST]), np.diff(values)):
            if not ((steps >= 0).all() or (steps <= 0).all()):
                return False
        return True
    changes = int((hashed[1:] != hashed[:-1]).sum())
    return FEWEST * changes < len(hashed) and len(pd.unique(hashed)) == changes + 1


def _telling_copies_apart(
    sheet: _Sheet, read: Read, y: NDArray[np.float64], rng: np.random.Generator
) -> tuple[str, ...]:
    """The columns without which many more rows are copies: the time of an export, its number, or noise.

    Such columns stand in the order of the file, or one of them depends on no other column.
    """
    in_order = tuple(name for name in sheet.names if name in sheet.in_order)
    first = in_order if in_order and _are_copies(sheet, in_order, (), read, y, rng) else ()
    for before in dict.fromkeys((first, in_order)):
        distinct = sheet.distinct(before)
        gains = {name: _gain(sheet, (*before, name), distinct) for name in sheet.names if name not in before}
        for name in sorted(filter(gains.get, gains), key=lambda name: -gains[name])[:CANDIDATES]:
            left_out = (*before, name)
            if _are_copies(sheet, left_out, before, read, y, rng) and _stands_alone(sheet, name, left_out, read, rng):
                return left_out
    return first


def _stands_alone(sheet: _Sheet, name: str, left_out: tuple[str, ...], read: Read, rng: np.random.Generator) -> bool:
    others = [chance.values_of(read(other))[sheet.sample] for other in sheet.names if other not in left_out]
    return chance.stands_alone(chance.values_of(read(name))[sheet.sample], others, rng)


def _gain(sheet: _Sheet, left_out: tuple[str, ...], distinct: int) -> int:
    """How many fewer rows of the sample differ without some columns than `distinct`; 0 where that is not many."""
    if len(left_out) >= len(sheet.names):
        return 0
    gain = distinct - sheet.distinct(left_out)
    sampled = len(sheet.sample) / len(sheet.total)
    return gain if gain >= max(FEWEST, TOLD_APART * sampled * len(sheet.sample)) else 0


def _are_copies(
    sheet: _Sheet,
    left_out: tuple[str, ...],
    before: tuple[str, ...],
    read: Read,
    y: NDArray[np.float64],
    rng: np.random.Generator,
) -> bool:
    if not _gain(sheet, left_out, sheet.distinct(before)):
        return False
    rows = sheet.without(left_out)
    if len(rows) == len(y) and _multiple(np.asarray(pd.factorize(rows)[0], dtype=np.int64), y) > 1:
        return True
    if not _agree(rows, y[sheet.sample]):
        return False
    rest = [chance.values_of(read(name))[sheet.sample] for name in sheet.names if name not in left_out]
    return chance.compare(rest, rng)[0].beyond_chance


def _agree(total: Hashes, y: NDArray[np.float64]) -> bool:
    """Whether the targets of equal rows agree far more often than those of any two rows."""
    order = np.argsort(total, kind="stable")
    equal = total[order][1:] == total[order][:-1]
    agreement = float((y[order][1:] == y[order][:-1])[equal].mean())
    by_chance = float(((np.unique(y, return_counts=True)[1] / len(y)) ** 2).sum())
    return agreement - by_chance > AGREE * (1 - by_chance)


def _multiple(code: Ints, y: NDArray[np.float64]) -> int:
    """How many times every row is there, target included, if that is too regular for chance; else 1."""
    both = np.bincount(pd.factorize(code * (len(y) + 1) + np.unique(y, return_inverse=True)[1])[0])
    every = int(np.gcd.reduce(both))
    return every if every > 1 and len(both) * np.log2(every) >= BITS else 1


def _come_in_pairs(counts: Ints) -> bool:
    """Whether more rows are there twice than independent rows can be, given how many are there once and three times.

    Of independent rows, whatever they hold, the counts are a mixture of Poisson distributions, of which k! times the
    number of combinations that are there k times is log-convex in k: 2 f2^2 <= 3 f1 f3.
    """
    once, twice, thrice = (int((counts == number).sum()) for number in (1, 2, 3))
    if twice < FEWEST:
        return False
    fewest_thrice = 2 * max(0.0, twice - SIGMAS * twice**0.5) ** 2 / (3 * (once + SIGMAS * once**0.5 + 1))
    return bool(thrice + SIGMAS * (thrice + 1) ** 0.5 < fewest_thrice)

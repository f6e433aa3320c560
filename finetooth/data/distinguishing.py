"""Which columns only number copies or tell them apart: ids, the time or the number of an export, noise.

Without such columns many more rows are equal than by chance, and their targets agree. Ids are left out in any case.
"""

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from finetooth.data import chance
from finetooth.data.chance import Ints
from finetooth.data.id_columns import UNIQUE, is_id
from finetooth.data.row_hash import Hashes, hash_series, mix_columns

Read = Callable[[str], pd.Series]

SAMPLE, CELLS = 20_000, 5_000_000  # rows, and values, in which columns are looked for that tell copies apart
DISTINGUISHED = 0.05  # of the rows that a column must tell apart from copies,
FEWEST = 20  # and so many
CANDIDATES = 3  # columns that are looked at, those first that tell the most rows apart
AGREE = 0.5  # of what chance leaves: how far the targets of such rows agree

_NONE = np.empty(0, dtype=np.uint64)


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
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


def read_sheet(names: Sequence[str], read: Read, rows: int, rng: np.random.Generator, keep: Container[str]) -> Sheet:
    """Read the columns `names` of `rows` rows once; those without a second value and ids do not count."""
    sample = chance.some_rows(rows, min(SAMPLE, CELLS // max(1, len(names))), rng)
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
        return Sheet(_NONE, (), _NONE, _NONE, sample, tuple(numbering))
    by_column = np.column_stack(hashes)
    added = by_column.sum(axis=1, dtype=np.uint64)
    return Sheet(total, tuple(counted), by_column, added, sample, tuple(numbering), frozenset(in_order))


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


def distinguishing_columns(
    sheet: Sheet, read: Read, y: NDArray[np.float64], rng: np.random.Generator
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


def _stands_alone(sheet: Sheet, name: str, left_out: tuple[str, ...], read: Read, rng: np.random.Generator) -> bool:
    others = [chance.values_of(read(other))[sheet.sample] for other in sheet.names if other not in left_out]
    return chance.stands_alone(chance.values_of(read(name))[sheet.sample], others, rng)


def _gain(sheet: Sheet, left_out: tuple[str, ...], distinct: int) -> int:
    """How many fewer rows of the sample differ without some columns than `distinct`; 0 where that is not many."""
    if len(left_out) >= len(sheet.names):
        return 0
    gain = distinct - sheet.distinct(left_out)
    sampled = len(sheet.sample) / len(sheet.total)
    return gain if gain >= max(FEWEST, DISTINGUISHED * sampled * len(sheet.sample)) else 0


def _are_copies(
    sheet: Sheet,
    left_out: tuple[str, ...],
    before: tuple[str, ...],
    read: Read,
    y: NDArray[np.float64],
    rng: np.random.Generator,
) -> bool:
    if not _gain(sheet, left_out, sheet.distinct(before)):
        return False
    rows = sheet.without(left_out)
    if len(rows) == len(y) and chance.multiple(np.asarray(pd.factorize(rows)[0], dtype=np.int64), y) > 1:
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

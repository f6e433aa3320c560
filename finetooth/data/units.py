"""Rows that are copies of each other: they form one unit, which no split divides.

Rows are copies when all features are equal that say something about them. What numbers the rows does not count, nor the
target. Where rows repeat each other no more than chance makes them, each is a unit of its own.
"""

from collections.abc import Container, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from finetooth.data import chance
from finetooth.data.chance import SIGMAS, Ints, Repetition
from finetooth.data.distinguishing import CELLS, FEWEST, Read, distinguishing_columns, read_sheet
from finetooth.data.row_hash import hash_series, mix_columns

FEW = 0.01  # of the rows repeat another: to keep so few together harms nothing, natural or not
ROWS = 100_000  # that are compared with chance


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


def equal_rows(
    names: Sequence[str],
    read: Read,
    y: NDArray[np.float64],
    rng: np.random.Generator,
    keep: Container[str] = (),
) -> Units:
    """The units of n rows with the features `names`; `read(name)` gives one of them (n,), and `y` (n,) is the target.

    Columns that look like ids do not count, but for those to `keep`. The target is looked at for one thing: whether
    rows that are equal but for a column that numbers them agree in it, as copies do.
    """
    sheet = read_sheet(names, read, len(y), rng, keep)
    if not sheet.names:
        return Units(np.arange(len(y)))
    distinguishing = distinguishing_columns(sheet, read, y, rng)
    features = [name for name in sheet.names if name not in distinguishing]
    total = mix_columns(hash_series(read(name)) for name in features) if distinguishing else sheet.total
    code = np.asarray(pd.factorize(total)[0], dtype=np.int64)
    counts = np.bincount(code)
    if len(counts) == len(code):
        return Units(code)
    together = counts > 1
    every, repetition = chance.multiple(code, y), None
    if every == 1 and len(code) - len(counts) > FEW * len(code):
        rows = chance.some_rows(len(code), min(ROWS, CELLS // len(features)), rng)
        repetition, common = chance.compare([chance.values_of(read(name))[rows] for name in features], rng)
        together &= repetition.beyond_chance or _come_in_pairs(counts)
        together[code[rows[common]]] = False
    return _units(code, counts, together, (*sheet.numbering, *distinguishing), every, repetition)


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

"""Was a category replaced by a smoothed, weighted or noisy mean of the target, or one from other folds?"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, combinations, islice

import numpy as np
from numpy.typing import NDArray

from finetooth import seeds
from finetooth.data.chance import some_rows
from finetooth.leakage.columns import Floats
from finetooth.leakage.group_means import FEWEST, Scatter, scatter
from finetooth.leakage.table import Table
from finetooth.leakage.unexplained import share_unexplained

Codes32 = NDArray[np.int32]

CHANCE = 1e-6  # of a measured column, times the number of pairs that were looked at
# Of the scatter that the drawing of rows causes. In 48 generated worlds (15 to 600 groups; classes, numbers, skewed
# numbers) encodings left .00 to .19, ordered ones .14 to 1.3, and measured columns .58 and more; with 15 groups .26
# and more, which the p tells apart.
ERROR = 0.25
WARNING = 0.65
CONSTANT = 0.25  # share of a column's variance that lies between the categories
ROWS = 3_000  # rows on which pairs are chosen
NUMBERS = 150  # the columns most related to the target
CATEGORIES = 400
PAIRS = 4_000  # of a number and categories, times the classes
CROSSED = 25  # categories of which pairs are looked at
LEVELS = 200  # of a category that is crossed with another


@dataclass(frozen=True, slots=True)
class Encoding:
    """A column that repeats the sampling error of the target's means by `sources`; none are its own values."""

    column: str
    sources: tuple[str, ...]
    scatter: Scatter
    certain: bool


@dataclass(frozen=True, eq=False)
class Columns:
    """What is looked at: numbers (n,) by name, categories as codes (n,) by name or None, targets (n,) each."""

    tables: Sequence[Table]
    numbers: dict[str, Floats]
    categories: Sequence[str]
    codes: Callable[[str], Codes32 | None]
    targets: Sequence[Floats]


def search(columns: Columns) -> Iterator[Encoding]:
    """The columns that lie closer to the target's means by a category than measured ones can, the clearest source."""
    numbers = dict(_related(columns))
    if not numbers:
        return
    sample = _sample(columns)
    pairs = list(
        islice(
            chain(_own(numbers), _by_category(columns, numbers, sample), _by_two(columns, numbers, sample)),
            max(PAIRS // len(columns.targets), 1),
        )
    )
    best: dict[str, tuple[tuple[str, ...], Codes32, Floats, Scatter]] = {}
    tests = max(len(numbers) * (1 + len(columns.categories)), len(pairs))
    for name, sources, codes in pairs:
        for target in columns.targets:
            found = scatter(numbers[name], target, codes)
            if _below(found, WARNING, tests) and (name not in best or found.p < best[name][3].p):
                best[name] = (sources, codes, target, found)
    for name, (sources, codes, target, _) in best.items():
        noise = share_unexplained(columns.tables, name, target, codes)
        found = scatter(numbers[name], target, codes, noise)
        if _below(found, WARNING, tests):
            yield Encoding(name, sources, found, certain=_below(found, ERROR, tests))


def _below(found: Scatter, limit: float, tests: int) -> bool:
    # Means that the sizes of the groups alone explain, or that a design made equal, say nothing of the column.
    return found.ratio < limit * min(1.0, found.without) and found.p * tests < CHANCE


def _related(columns: Columns) -> Iterator[tuple[str, Floats]]:
    """The numbers that go most with the target.

    Leaving out a row's own target takes the relation away, not the leak: none is too weak.
    """
    strength = {}
    for name, values in columns.numbers.items():
        if np.isfinite(values).all() and np.ptp(values) > 0:
            z = [abs(float(np.corrcoef(values, target)[0, 1])) * np.sqrt(len(values)) for target in columns.targets]
            strength[name] = max(z, default=0.0)
    order = sorted(strength, key=lambda name: -strength[name])
    for name in order[:NUMBERS]:
        yield name, columns.numbers[name]


def _sample(columns: Columns) -> NDArray[np.intp]:
    rng = seeds.stream(columns.tables[0].seed, "leakage", "smoothed_encoding")
    return some_rows(len(columns.targets[0]), ROWS, rng)


def _own(numbers: dict[str, Floats]) -> Iterator[tuple[str, tuple[str, ...], Codes32]]:
    for name, values in numbers.items():
        codes = np.unique(np.round(values / values.std(), 9), return_inverse=True)[1].astype(np.int32)
        if FEWEST <= codes.max() + 1 <= len(codes) / 2:
            yield name, (), codes


def _by_category(
    columns: Columns, numbers: dict[str, Floats], sample: NDArray[np.intp]
) -> Iterator[tuple[str, tuple[str, ...], Codes32]]:
    for category in columns.categories[:CATEGORIES]:
        codes = columns.codes(category)
        if codes is None or codes.max() + 1 < FEWEST:
            continue
        for name in _constant_within(numbers, codes, sample):
            if name != category:
                yield name, (category,), codes


def _by_two(
    columns: Columns, numbers: dict[str, Floats], sample: NDArray[np.intp]
) -> Iterator[tuple[str, tuple[str, ...], Codes32]]:
    few = {
        name: codes
        for name in columns.categories
        if name not in numbers and (codes := columns.codes(name)) is not None and codes.max() < LEVELS
    }
    for one, other in combinations(list(few)[:CROSSED], 2):
        crossed = few[one].astype(np.int64) * (int(few[other].max()) + 1) + few[other]
        if len(np.unique(crossed[sample])) > len(sample) / 2:
            continue
        codes = np.unique(crossed, return_inverse=True)[1].astype(np.int32)
        for name in _constant_within(numbers, codes, sample):
            yield name, (one, other), codes


def _constant_within(numbers: dict[str, Floats], codes: Codes32, sample: NDArray[np.intp]) -> Iterator[str]:
    """The numbers that hardly vary within a category, judged on a sample and freed of what chance explains."""
    there = np.unique(codes[sample], return_inverse=True)[1]
    sizes = np.bincount(there)
    freedom = len(there) - len(sizes)
    if freedom < len(sizes) / 2:
        return
    for name, values in numbers.items():
        column = values[sample]
        total = float(column.var()) * len(column)
        within = total - float(((np.bincount(there, column - column.mean()) ** 2) / sizes).sum())
        if total > 0 and within / freedom <= (1 - CONSTANT) * total / (len(column) - 1):
            yield name

"""Do rows repeat each other more often than chance makes them?

Chance is a tree of columns (Chow and Liu 1968, IEEE Transactions on Information Theory 14): each column is drawn given
the coarse value of the one that it depends on most. So a survey of few answers that hang together repeats itself by
chance, and rows that agree in columns of many values do not.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from finetooth.data.row_hash import hash_series, mix_columns

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

LEVELS = 16  # values up to which a column is its own coarse value,
BINS = 8  # else so many groups of neighbouring values
MOST_COLUMNS = 100  # those whose values are spread most; a sum over pairs of all of them would take too long
PAIR_ROWS = 5_000  # rows that the dependence of two columns is estimated on
FEWER = 0.75  # of the distinct rows of chance; honest tables of few values have more (5 % quantile of 108: .78)
TIMES = 2.0  # times the repetitions of chance
SIGMAS = 4.0  # standard errors of these
BITS = 20.0  # of evidence that every row is there a multiple of times
ALONE = 6.0  # standard deviations of a test statistic, up to which two columns are independent
COMMON = 10.0  # rows that chance must expect of a combination that is common by chance,
COMMON_SHARE = 1 / 3  # and as a share of those that there are


@dataclass(frozen=True, slots=True)
class Repetition:
    """How often rows repeat each other: of `rows` rows `distinct` differ; of as many by chance, `by_chance`."""

    rows: int
    distinct: int
    by_chance: int

    @property
    def beyond_chance(self) -> bool:
        """Whether clearly fewer rows differ, or clearly more repeat another, than by chance."""
        repeated, expected = self.rows - self.distinct, self.rows - self.by_chance
        return self.distinct < FEWER * self.by_chance or repeated > TIMES * expected + SIGMAS * (expected + 1) ** 0.5


@dataclass(frozen=True, slots=True)
class _Tree:
    """`codes` and `coarse` (rows, columns) of the columns in the order of the tree, and the `parent` of each or -1."""

    codes: Ints
    coarse: Ints
    parent: tuple[int, ...]


def values_of(column: pd.Series) -> NDArray[np.generic]:
    """A column as what its rows are compared by (n,): numbers and dates as floats, which have an order, else hashes."""
    types = pd.api.types
    if types.is_datetime64_any_dtype(column):
        return column.to_numpy().astype("datetime64[us]").astype(np.float64)
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "iufb":
        return column.to_numpy().astype(np.float64)
    if types.is_numeric_dtype(column) and not types.is_complex_dtype(column):
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    return hash_series(column)


def compare(columns: Sequence[NDArray[np.generic]], rng: np.random.Generator) -> tuple[Repetition, NDArray[np.bool_]]:
    """How often rows repeat, and for each row (n,) whether its combination is common by chance.

    `columns` hold the values by which rows are compared, each (n,); see `values_of`. Of very many columns those are
    taken whose values are spread most.
    """
    tree = _tree(columns, rng)
    combination = _combinations(tree.codes)
    counts = np.bincount(combination)
    repetition = Repetition(len(combination), len(counts), len(np.unique(_combinations(_drawn(tree, rng)))))
    first = np.unique(combination, return_index=True)[1]
    expected = _expected(tree, first)
    common = (counts > 1) & (expected >= np.maximum(COMMON, COMMON_SHARE * counts))
    return repetition, common[combination]


def multiple(code: Ints, y: NDArray[np.float64]) -> int:
    """How many times every row is there, target included, if that is too regular for chance; else 1."""
    both = np.bincount(pd.factorize(code * (len(y) + 1) + np.unique(y, return_inverse=True)[1])[0])
    every = int(np.gcd.reduce(both))
    return every if every > 1 and len(both) * np.log2(every) >= BITS else 1


def some_rows(rows: int, most: int, rng: np.random.Generator) -> Ints:
    """The numbers of at most so many rows, sorted."""
    return np.arange(rows) if rows <= most else np.sort(rng.choice(rows, most, replace=False))


def stands_alone(column: NDArray[np.generic], others: Sequence[NDArray[np.generic]], rng: np.random.Generator) -> bool:
    """Whether a column (n,) depends on none of the others, each (n,): likelihood-ratio tests of coarse values."""
    rows = rng.permutation(len(column))[:PAIR_ROWS]
    own = _coarse(_codes(column[rows]))
    for other in others:
        coarse = _coarse(_codes(other[rows]))
        statistic = 2 * len(rows) * _mutual_information([own, coarse])[0, 1]
        freedom = float(own.max() * coarse.max())  # chi-squared: mean `freedom`, variance twice that
        if statistic > freedom + ALONE * np.sqrt(2 * freedom):
            return False
    return True


def _tree(columns: Sequence[NDArray[np.generic]], rng: np.random.Generator) -> _Tree:
    codes = [_codes(column) for column in columns]
    codes = [column for column in codes if column.max() > 0] or codes[:1]
    if len(codes) > MOST_COLUMNS:
        spread = [-_entropy(np.bincount(column)) for column in codes]
        codes = [codes[place] for place in np.sort(np.argsort(spread, kind="stable")[:MOST_COLUMNS])]
    coarse = [_coarse(column) for column in codes]
    pair_rows = rng.permutation(len(codes[0]))[:PAIR_ROWS]
    order, parent = _spanning_tree(_mutual_information([column[pair_rows] for column in coarse]))
    return _Tree(
        np.column_stack([codes[place] for place in order]),
        np.column_stack([coarse[place] for place in order]),
        tuple(-1 if above < 0 else order.index(above) for above in parent),
    )


def _codes(column: NDArray[np.generic]) -> Ints:
    return np.asarray(np.unique(column, return_inverse=True)[1], dtype=np.int64)


def _entropy(counts: Ints) -> float:
    share = counts[counts > 0] / counts.sum()
    return float(-(share * np.log(share)).sum())


def _coarse(codes: Ints) -> Ints:
    """Few groups of neighbouring codes, of about equally many rows; few codes stay as they are."""
    counts = np.bincount(codes)
    if len(counts) <= LEVELS:
        return codes
    middle = (np.cumsum(counts) - counts / 2) / len(codes)
    return np.unique((middle * BINS).astype(np.int64)[codes], return_inverse=True)[1].astype(np.int64)


def _mutual_information(coarse: Sequence[Ints]) -> Floats:
    """The mutual information of each pair of columns (columns, columns), in nats."""
    sizes = [int(column.max()) + 1 for column in coarse]
    starts = np.cumsum([0, *sizes[:-1]])
    rows = len(coarse[0])
    indicators = np.zeros((rows, sum(sizes)), dtype=np.float32)
    for start, column in zip(starts, coarse, strict=True):
        indicators[np.arange(rows), start + column] = 1
    joint = (indicators.T @ indicators).astype(np.float64) / rows
    apart = np.outer(np.diag(joint), np.diag(joint))
    terms = np.zeros_like(joint)
    seen = joint > 0
    terms[seen] = joint[seen] * np.log(joint[seen] / apart[seen])
    return np.asarray(np.add.reduceat(np.add.reduceat(terms, starts, axis=0), starts, axis=1))


def _spanning_tree(weights: Floats) -> tuple[list[int], list[int]]:
    """The columns in the order in which the tree of the greatest weight takes them, and the parent of each or -1."""
    weights = weights.copy()
    np.fill_diagonal(weights, -np.inf)
    first = int(weights.max(axis=1).argmax())
    order, parents = [first], [-1]
    best, above = weights[first].copy(), np.full(len(weights), first)
    best[first] = -np.inf
    while len(order) < len(weights):
        place = int(best.argmax())
        order.append(place)
        parents.append(int(above[place]))
        closer = (weights[place] > best) & ~np.isin(np.arange(len(weights)), order)
        best[closer], above[closer] = weights[place][closer], place
        best[place] = -np.inf
    return order, parents


def _combinations(codes: Ints) -> Ints:
    return np.asarray(pd.factorize(mix_columns(pd.util.hash_array(column) for column in codes.T))[0], dtype=np.int64)


def _drawn(tree: _Tree, rng: np.random.Generator) -> Ints:
    """As many rows by chance (rows, columns): each value from a row that has the coarse value drawn for its parent."""
    rows, columns = tree.codes.shape
    source = np.empty((rows, columns), dtype=np.int64)
    for place, parent in enumerate(tree.parent):
        if parent < 0:
            source[:, place] = rng.integers(0, rows, rows)
            continue
        groups = tree.coarse[:, parent]
        members, sizes = np.argsort(groups, kind="stable"), np.bincount(groups)
        group = groups[source[:, parent]]
        nth = (rng.random(rows) * sizes[group]).astype(np.int64)
        source[:, place] = members[(np.cumsum(sizes) - sizes)[group] + nth]
    return np.take_along_axis(tree.codes, source, axis=0)


def _expected(tree: _Tree, rows: Ints) -> Floats:
    """How often chance would give the combinations of some rows."""
    log_expected = np.full(len(rows), np.log(len(tree.codes)))
    for place, parent in enumerate(tree.parent):
        codes = tree.codes[:, place]
        groups = np.zeros_like(codes) if parent < 0 else tree.coarse[:, parent]
        pair = np.unique(codes * (groups.max() + 1) + groups, return_inverse=True)[1]
        log_expected += np.log(np.bincount(pair)[pair[rows]] / np.bincount(groups)[groups[rows]])
    return np.asarray(np.exp(log_expected))

"""What may name the entity that a row belongs to: a column, or several columns that repeat together."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree
from scipy.stats import f as f_distribution

from finetooth.data.id_names import named_like_id
from finetooth.leakage.columns import Codes, Floats
from finetooth.leakage.table import Rows, Table

FEWEST = 20  # entities; 10 when the name is that of an entity
NAMED_FEWEST = 10
EFFECT = 1e-4  # p of the F test: without an effect of the entity, its rows cannot tell on each other
CANDIDATES = 8  # columns that are compared, those with the clearest effect first
SAMPLE = 4_000  # rows in which columns are looked for that repeat together
TOGETHER = 12  # columns that are combined
LIFT = 5.0  # pairs of rows with equal values in all columns of a combination, as a multiple of chance
REPEATED = 0.5  # share of rows whose combination comes again
COMMONEST = 0.5  # pairs of rows that are equal in a column, above which it says nothing of who it is
BINS = 24  # of a measurement
CLOSE = 0.8  # bins
ROWS = 20_000  # rows up to which close measurements are linked; beyond, they share a bin or do not
MOST_LINKS = 4_000_000  # pairs of rows that are close; with more, rows share a bin or do not
CONSTANT = 1.02  # values of a column for each entity, up to which it is one of its own
TOLD_APART = 0.9  # of the entities, by the values of such columns
EVEN = 0.6  # variance of the entities' numbers of rows, as a multiple of their mean: of chance it is 1


@dataclass(frozen=True, slots=True)
class Entity:
    """Columns that may name an entity together, and its code (n,) in each row, -1 where one is missing."""

    columns: tuple[str, ...]
    codes: Codes

    @property
    def label(self) -> str:
        """The columns in a sentence."""
        return " and ".join(f"'{name}'" for name in self.columns)


def columns(table: Table, left_out: set[str]) -> list[Entity]:
    """The columns with an effect on the target that have neither too few values nor too many, the finest first."""
    effects = {}
    for name in (*table.features, *table.declared.drop):
        if name in left_out:
            continue
        codes = table.column(name).labels()
        fewest = NAMED_FEWEST if named_like_id(name) else FEWEST
        if fewest <= int(codes.max(initial=-1)) + 1 <= len(table) / 2:
            effects[name] = effect(table, codes)
    clear = [name for name, p in effects.items() if p < EFFECT]
    chosen = sorted(clear, key=lambda name: (not named_like_id(name), effects[name]))[:CANDIDATES]
    finest_first = sorted(chosen, key=lambda name: -int(table.column(name).labels().max()))
    return [Entity((name,), table.column(name).labels()) for name in finest_first]


def combination(table: Table, names: list[str]) -> Entity | None:
    """The columns whose values come again together far more often than chance, as those of one person do.

    Measurements count as equal when they are close. None if there are no such columns, or if most rows have a
    combination of their own.
    """
    rows = table.subset(SAMPLE, __name__)
    chosen = _grown(_repeating(table, names, rows))
    if len(chosen) < 2:
        return None
    codes = _linked(np.column_stack([_places(table, name) for name in chosen]))
    sizes = np.bincount(codes)
    if (sizes[codes] > 1).mean() < REPEATED or not FEWEST <= len(sizes) <= len(table) / 2:
        return None
    return Entity(tuple(chosen), codes) if effect(table, codes) < EFFECT else None


def is_identified(table: Table, entity: Entity, names: list[str]) -> bool:
    """Whether columns that are constant within an entity tell it from nearly all others."""
    there = entity.codes >= 0
    codes = np.unique(entity.codes[there], return_inverse=True)[1]
    count = int(codes.max()) + 1
    constant = []
    for name in names:
        values = table.column(name).labels()[there] + 1
        pairs = len(np.unique(codes * (values.max() + 1) + values))
        if pairs <= CONSTANT * count and len(np.unique(values)) > 1:
            constant.append(values)
    if not constant:
        return False
    return int(_joint(constant).max()) + 1 >= TOLD_APART * count


def effective(codes: Codes) -> float:
    """How many entities of equal size would say as much: 1 / the sum of their squared shares of the rows."""
    sizes = np.bincount(codes)
    return float(sizes.sum() ** 2 / (sizes.astype(float) ** 2).sum())


def is_even(codes: Codes) -> bool:
    """Whether entities have more alike numbers of rows than chance would give them: each was observed as often."""
    sizes = np.bincount(codes)
    sizes = sizes[sizes > 0]
    return float(sizes.var()) < EVEN * float(sizes.mean())


def effect(table: Table, codes: Codes) -> float:
    """The smallest p of a one-way analysis of variance of the target (of each class) on the groups."""
    present = codes >= 0
    return min(_anova(codes[present], column[present]) for column in table.targets.T)


def _repeating(table: Table, names: list[str], rows: Rows) -> dict[str, Codes]:
    """A code (rows,) of the values of the columns that may name someone together, those with most values first."""
    usable = {}
    for name in names:
        codes = np.unique(np.floor(_places(table, name)[rows]), return_inverse=True)[1]
        if codes.max(initial=0) >= 2 and _pairs(codes) < COMMONEST:
            usable[name] = codes
    return dict(sorted(usable.items(), key=lambda item: _pairs(item[1]))[:TOGETHER])


def _places(table: Table, name: str) -> Floats:
    """The place (n,) of each value: its code where values repeat, else its rank in steps of a bin."""
    codes = table.column(name).labels()
    if table.column(name).role in ("number", "date") and codes.max(initial=0) >= len(codes) / 2:
        return np.asarray(codes * (BINS / (codes.max() + 1)), dtype=np.float64)
    return np.asarray(2.0 * codes, dtype=np.float64)  # so that different values are never close


def _grown(codes: dict[str, Codes]) -> list[str]:
    """The pair of columns that repeats together most clearly, and the others that go with it."""
    single = {name: _pairs(values) for name, values in codes.items()}
    count = len(next(iter(codes.values()))) if codes else 0

    def chance(chosen: list[str]) -> float:
        return float(np.prod([single[name] for name in chosen]))

    def together(chosen: list[str]) -> float:
        return _pairs(_joint([codes[name] for name in chosen]))

    def excess(chosen: list[str]) -> float:
        return _deviance(together(chosen), chance(chosen), count)

    best = max((list(pair) for pair in combinations(codes, 2)), key=excess, default=[])
    while best and len(best) < len(codes):
        grown = max(([*best, name] for name in codes if name not in best), key=excess)
        if excess(grown) <= excess(best):
            break
        best = grown
    return best if best and together(best) >= LIFT * chance(best) else []


def _joint(columns: Sequence[Codes]) -> Codes:
    """A code (n,), counted from 0, for each combination of the values of several columns of codes."""
    joint = columns[0]
    for column in columns[1:]:
        joint = np.unique(joint * (column.max() + 1) + column, return_inverse=True)[1]
    return np.unique(joint, return_inverse=True)[1]


def _deviance(observed: float, expected: float, rows: int) -> float:
    """How much more pairs are equal than by chance, as a Poisson log-likelihood ratio; 0 if not more."""
    pairs = rows * (rows - 1) / 2
    return pairs * (observed * np.log(observed / expected) - observed + expected) if observed > expected else 0.0


def _pairs(codes: Codes) -> float:
    """The share of pairs of rows that are equal."""
    counts = np.bincount(codes).astype(float)
    n = len(codes)
    return float((counts * (counts - 1)).sum() / (n * (n - 1)))


def _linked(places: Floats) -> Codes:
    """A code (n,) for each cluster of rows that are linked by steps of less than one bin in every column."""
    tree = cKDTree(places)
    if len(places) > ROWS or tree.count_neighbors(tree, CLOSE, p=np.inf) > MOST_LINKS:
        return _joint(list(np.floor(places).astype(np.int64).T))
    pairs = tree.query_pairs(CLOSE, p=np.inf, output_type="ndarray")
    links = coo_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(places), len(places)))
    return np.asarray(connected_components(links, directed=False)[1], dtype=np.int64)


def _anova(codes: Codes, y: Floats) -> float:
    counts = np.bincount(codes)
    nonempty = counts > 0
    groups, n = int(nonempty.sum()), len(y)
    if groups < 2 or n <= groups:
        return 1.0
    means = np.bincount(codes, y)[nonempty] / counts[nonempty]
    between = float((counts[nonempty] * (means - y.mean()) ** 2).sum())
    within = float(((y - y.mean()) ** 2).sum()) - between
    if within <= 0:
        return 0.0
    return float(f_distribution.sf(between / (groups - 1) / (within / (n - groups)), groups - 1, n - groups))

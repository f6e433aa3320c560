"""Can a numeric target be computed from columns, to the last digit that was written down?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import ExtraTreesRegressor

from finetooth import seeds
from finetooth.leakage.columns import Floats
from finetooth.leakage.exact_fit import WIDE, Problem, fit, holds, support, written_unit
from finetooth.leakage.formula_terms import (
    Scale,
    Term,
    derivative,
    each,
    level_products,
    levels,
    library,
    on_scale,
    shares,
    squares,
    with_factor,
)
from finetooth.leakage.table import Rows, Table, ranks

ROWS = 2_000  # rows on which a formula is searched; it is confirmed on all
FEWEST = 50  # rows below which a formula may fit by chance
FACTORS = 15  # columns that all others are multiplied with or divided by
PAIRED = 10  # columns whose pairs are looked at
EDGE = 0.02  # share of rows at the least or the largest value from which on it may be where the formula was cut off
RANKED = 200  # columns among which trees choose
SLOW = 40  # numeric columns above which only the likeliest are multiplied with others


@dataclass(frozen=True, slots=True)
class Formula:
    """Terms that add up to the target on a scale; `weights` has the constant last. `cut` says rows at an end differ."""

    scale: Scale
    terms: tuple[Term, ...]
    weights: Floats
    cut: bool

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the terms."""
        return tuple(dict.fromkeys(name for term in self.terms for name in term.columns))


def search(table: Table) -> Formula | None:
    """The first exact formula that is found, from sums over products to fractions; None without one."""
    names = [name for name in table.features if table.column(name).role == "number"]
    rows = table.subset(ROWS, "target_function")
    inside = inner_rows(table.y)
    candidates = [rows[inside[rows]]] if inside.mean() < 1 else []
    for scale, terms in _forms(table, names, rows):
        for searched in (rows, *candidates):
            found = _found(table, scale, terms, searched) if len(searched) >= FEWEST else None
            if found is not None:
                return found
    return None


def inner_rows(y: Floats) -> NDArray[np.bool_]:
    """Which rows (n,) are not at an end of the range where many are: what a formula gives may be cut off there."""
    inside = np.ones(len(y), dtype=bool)
    for end in (y.min(), y.max()):
        at_end = y == end
        if at_end.mean() >= EDGE:
            inside &= ~at_end
    return inside


def _forms(table: Table, names: Sequence[str], rows: Rows) -> Iterator[tuple[Scale, list[Term]]]:
    by_level = levels(table, [name for name in table.features if table.column(name).role == "category"])
    dates = [name for name in table.features if table.column(name).role == "date"]
    yield "itself", each("itself", [*names, *dates])
    yield "log", each("log", names)
    if by_level and names:
        yield "itself", [*each("itself", names), *by_level]
        yield "log", [*each("log", names), *by_level]
    yield "inverse", each("inverse", names)
    yield "square", each("square", names)
    ranked = likeliest(table, names, rows)
    few = ranked[:SLOW]
    yield "log", [*each("itself", few), *each("log", few), *shares(table, few, rows)]
    for factor in ranked[:FACTORS]:
        yield "itself", [*each("itself", few), *with_factor(few, factor, "product")]
        yield "itself", [*each("itself", few), *with_factor(few, factor, "ratio")]
        if by_level:
            yield "itself", [*each("itself", few), *by_level, *level_products(by_level, factor)]
    yield "square", squares(ranked[:PAIRED])
    yield "itself", library(ranked[:PAIRED])


def likeliest(table: Table, names: Sequence[str], rows: Rows) -> list[str]:
    """The columns by what trees use of them, the most used first."""
    if len(names) < 2:
        return list(names)
    y = ranks(table.y[rows]).astype(float)
    columns = {name: np.nan_to_num(ranks(table.column(name).numbers()[rows]), nan=-0.1) for name in names}
    if len(names) > RANKED:
        names = sorted(names, key=lambda name: -_related(columns[name], y))[:RANKED]
    X = np.column_stack([columns[name] for name in names])
    seed = seeds.seed(table.seed, "leakage", "target_function")
    trees = ExtraTreesRegressor(40, min_samples_leaf=3, max_features=0.5, random_state=seed % 2**31)
    used = trees.fit(X, y).feature_importances_
    return [names[i] for i in np.argsort(-used, kind="stable")]


def _related(column: NDArray[np.float32], y: Floats) -> float:
    if np.ptp(column) == 0:
        return 0.0
    centred = column - column.mean()
    return max(abs(float(np.corrcoef(centred, y)[0, 1])), abs(float(np.corrcoef(centred, np.abs(y - 0.5))[0, 1])))


def _found(table: Table, scale: Scale, terms: list[Term], rows: Rows) -> Formula | None:
    usable, present, values = _complete(table, scale, terms, rows)
    if present.sum() < FEWEST or not usable:
        return None
    problem = _problem(table, scale, usable, values[present], rows[present])
    needed = _needed(problem, usable)
    if needed is None:
        return None
    usable = [usable[i] for i in needed]
    chosen = support(replace(problem, X=problem.X[:, needed], units=problem.units[needed]))
    if chosen is None:
        return None
    return _on_all_rows(table, scale, [usable[i] for i in np.sort(chosen)])


def _needed(problem: Problem, terms: list[Term]) -> NDArray[np.intp] | None:
    """The terms without the columns that are not needed, where columns have several; None if the terms do not do."""
    everything = np.arange(len(terms))
    columns = list(dict.fromkeys(name for term in terms for name in term.columns))
    if len(terms) <= len(columns) or len(problem.y) <= WIDE * len(terms) + 20:
        return everything
    if not holds(problem, everything):
        return None
    for column in reversed(columns):
        without = np.array([i for i in everything if column not in terms[i].columns], dtype=np.intp)
        if len(without) and holds(problem, without):
            everything = without
    return everything


def _complete(
    table: Table, scale: Scale, terms: list[Term], rows: Rows
) -> tuple[list[Term], NDArray[np.bool_], Floats]:
    """The terms that can be used together, the rows where all are present, and their values (rows, terms)."""
    present = np.isfinite(on_scale(table.y[rows], scale))
    values = [term.values(table, rows) for term in terms]
    missing = [int(np.isnan(each).sum()) for each in values]
    usable: list[int] = []
    for i in np.argsort(missing, kind="stable"):
        jointly = present & np.isfinite(values[i])
        if jointly.sum() >= max(FEWEST, len(rows) // 2) and np.ptp(values[i][jointly]) > 0:
            present = jointly
            usable.append(int(i))
    usable.sort()
    return [terms[i] for i in usable], present, np.column_stack([values[i] for i in usable] or [np.zeros(len(rows))])


def _problem(table: Table, scale: Scale, terms: Sequence[Term], X: Floats, rows: Rows) -> Problem:
    y = table.y[rows]
    units = np.array([written_unit(X[:, i]) if term.operation == "itself" else 0.0 for i, term in enumerate(terms)])
    return Problem(X, on_scale(y, scale), y, derivative(y, scale), written_unit(y), units)


def _on_all_rows(table: Table, scale: Scale, terms: list[Term]) -> Formula | None:
    values = np.column_stack([term.values(table, slice(None)) for term in terms])
    there = np.isfinite(values).all(axis=1) & np.isfinite(on_scale(table.y, scale))
    inside = inner_rows(table.y)
    for cut, used in ((False, there), (True, there & inside)):
        rows = np.flatnonzero(used)
        if len(rows) < FEWEST or (cut and inside.all()):
            continue
        problem = _problem(table, scale, terms, values[rows], rows)
        every = np.arange(len(terms))
        if holds(problem, every):
            return Formula(scale, tuple(terms), fit(problem, every), cut)
    return None

"""The terms of which a formula may be made, and the forms in which they are added up."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, permutations
from typing import Literal

import numpy as np

from finetooth.leakage.columns import Floats
from finetooth.leakage.table import Rows, Table

Operation = Literal[
    "itself", "log", "inverse", "square", "root", "less", "more", "product", "ratio", "level", "level product"
]
Scale = Literal["itself", "log", "inverse", "square"]

LEVELS = 20  # of a category that gives terms of its own: a rate or a fee by zone
ALL_LEVELS = 200


@dataclass(frozen=True, slots=True)
class Term:
    """One summand: an operation on one or two columns, or a level of a category."""

    operation: Operation
    columns: tuple[str, ...]
    level: int = 0

    def __str__(self) -> str:
        first, second = self.columns[0], self.columns[-1]
        texts = {
            "itself": first,
            "log": f"log {first}",
            "inverse": f"1/{first}",
            "square": f"{first}^2",
            "root": f"sqrt {first}",
            "less": f"log(1 - {first})",
            "more": f"log(1 + {first})",
            "product": f"({first} x {second})",
            "ratio": f"({first} / {second})",
            "level": f"[{first}: level {self.level}]",
            "level product": f"([{first}: level {self.level}] x {second})",
        }
        return texts[self.operation]

    def values(self, table: Table, rows: Rows | slice) -> Floats:
        """The term at some rows; NaN where it does not exist."""
        columns = [table.column(name) for name in self.columns]
        if self.operation in ("level", "level product"):
            there: Floats = (columns[0].labels()[rows] == self.level).astype(float)
            return there if self.operation == "level" else there * columns[1].numbers()[rows]
        first, second = columns[0].numbers()[rows], columns[-1].numbers()[rows]
        with np.errstate(all="ignore"):
            match self.operation:
                case "log":
                    result = np.log(np.abs(first))
                case "inverse":
                    result = 1 / first
                case "square":
                    result = first**2
                case "root":
                    result = np.sqrt(first)
                case "less":
                    result = np.log(1 - first / _whole(first))
                case "more":
                    result = np.log(1 + first / _whole(first))
                case "product":
                    result = first * second
                case "ratio":
                    result = first / second
                case _:
                    result = first
        return np.where(np.isfinite(result), result, np.nan)


def _whole(values: Floats) -> float:
    """100 for a share that is written in percent, else 1."""
    return 100.0 if np.nanmax(values, initial=0.0) > 1 else 1.0


def shares(table: Table, names: Sequence[str], rows: Rows) -> list[Term]:
    """What a discount or a tax does to a product, for each column that may be a share or a percentage."""
    terms: list[Term] = []
    for name in names:
        values = table.column(name).numbers()[rows]
        if np.nanmin(values, initial=0.0) >= 0 and np.nanmax(values, initial=0.0) <= 100:
            terms += [Term("less", (name,)), Term("more", (name,))]
    return terms


def on_scale(y: Floats, scale: Scale) -> Floats:
    """The target (n,) on the scale on which the terms add up; NaN where there is none."""
    with np.errstate(all="ignore"):
        result: Floats = {
            "itself": y,
            "log": np.log(np.abs(y)),
            "inverse": 1 / y,
            "square": np.where(y == 0, np.nan, y**2),
        }[scale]
    return np.where(np.isfinite(result), result, np.nan)


def derivative(y: Floats, scale: Scale) -> Floats:
    """How much of the target (n,) one on the scale makes, at each row."""
    with np.errstate(all="ignore"):
        each = {"itself": np.ones(len(y)), "log": np.abs(y), "inverse": y**2, "square": 1 / (2 * np.abs(y))}[scale]
    return np.where(np.isfinite(each), each, 0.0)


def each(operation: Operation, names: Sequence[str]) -> list[Term]:
    """One term a column."""
    return [Term(operation, (name,)) for name in names]


def levels(table: Table, names: Sequence[str]) -> list[Term]:
    """One term a level of each category that has few, without the first."""
    terms: list[Term] = []
    for name in names:
        codes = table.column(name).labels()
        present = np.unique(codes)
        if 2 <= len(present) <= LEVELS and len(terms) + len(present) <= ALL_LEVELS:
            terms += [Term("level", (name,), int(code)) for code in present[1:]]
    return terms


def level_products(levels_of: Sequence[Term], factor: str) -> list[Term]:
    """A column times each level: a rate by zone."""
    return [Term("level product", (*term.columns, factor), term.level) for term in levels_of]


def squares(names: Sequence[str]) -> list[Term]:
    """The squares and the products of pairs: the square of a difference is made of them."""
    return [*each("square", names), *(Term("product", pair) for pair in combinations(names, 2))]


def library(names: Sequence[str]) -> list[Term]:
    """Transforms of each column, and the products and ratios of all pairs."""
    operations: tuple[Operation, ...] = ("itself", "square", "root", "log", "inverse")
    terms = [term for operation in operations for term in each(operation, names)]
    terms += [Term("product", pair) for pair in combinations(names, 2)]
    return terms + [Term("ratio", pair) for pair in permutations(names, 2)]


def with_factor(names: Sequence[str], factor: str, operation: Literal["product", "ratio"]) -> list[Term]:
    """All columns times one of them, or over it: what a rate, a share or an exchange of units makes."""
    others = [name for name in names if name != factor]
    alone = Term("itself" if operation == "product" else "inverse", (factor,))
    return [alone, *(Term(operation, (name, factor)) for name in others)]

"""Is a column the target in fewer words: its ranges, or groups of its classes?"""

from dataclasses import dataclass

import numpy as np

from finetooth.leakage.columns import Codes, Floats
from finetooth.leakage.table import Table

EXCEPTIONS = 0.02  # share of the rows of a class, up to which it has one value of the column
COMMON = 0.9  # share of rows of the commonest value, above which it says nothing that most rows have it
LEVELS = 100
RARE = 0.01  # share of rows that a value must have to count


@dataclass(frozen=True, slots=True)
class Partition:
    """A column whose values are ranges of the target, or groups of its classes, but for a share of `exceptions`."""

    column: str
    groups: int
    exceptions: float


def ranges(table: Table, name: str, y: Floats) -> Partition | None:
    """Values of the column that each hold a range of a numeric target (n,) which no other value reaches into."""
    column = table.column(name)
    codes = column.labels()
    present = codes >= 0
    if column.role == "text" or present.mean() < COMMON:
        return None
    codes, y = np.unique(codes[present], return_inverse=True)[1], y[present]
    sizes = np.bincount(codes)
    if not 2 <= len(sizes) <= LEVELS or (sizes >= RARE * len(y)).sum() < 2:
        return None
    order = np.argsort(np.bincount(codes, y) / sizes)
    least, largest = np.full(len(sizes), np.inf), np.full(len(sizes), -np.inf)
    np.minimum.at(least, codes, y)
    np.maximum.at(largest, codes, y)
    if (largest[order][:-1] > least[order][1:]).any():
        return None
    return Partition(name, len(sizes), 0.0)


def groups(table: Table, name: str, classes: Codes) -> Partition | None:
    """Values of the column of which each class (n,), of three or more, has one."""
    column = table.column(name)
    codes = column.labels() + 1
    sizes = np.bincount(codes)
    count = int(classes.max()) + 1
    if column.role == "text" or count < 3 or not 2 <= (sizes > 0).sum() <= count or sizes.max() > COMMON * len(codes):
        return None
    table_of_counts = np.zeros((count, len(sizes)))
    np.add.at(table_of_counts, (classes, codes), 1)
    exceptions = 1 - table_of_counts.max(axis=1) / table_of_counts.sum(axis=1)
    if exceptions.max() > EXCEPTIONS or len(np.unique(table_of_counts.argmax(axis=1))) < 2:
        return None
    return Partition(name, int((sizes > 0).sum()), float(exceptions.max()))

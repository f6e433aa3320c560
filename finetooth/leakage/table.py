"""The input of a check: a raw table, its target, and what the user declared about it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import rankdata

from finetooth import seeds
from finetooth.errors import InputError, unknown
from finetooth.leakage import columns
from finetooth.leakage.columns import Floats, RawColumn
from finetooth.models.target_scale import target_scale
from finetooth.records import Kind

Split = Literal["random", "stratified", "group", "time"]
Rows = NDArray[np.intp]
Matrix = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Declared:
    """What the user declared about the table.

    `shuffled` says whether folds mix rows from all over the file, `keep` which columns stay although they look like
    ids: their type was declared, or the finding waived. `split` says how rows are held apart; left empty,
    it follows from a declared time or group, and is random without them.
    """

    group: str | None = None
    time: str | None = None
    horizon: str | None = None
    embargo: str | None = None
    post_outcome: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    shuffled: bool = True
    keep: tuple[str, ...] = ()
    split: Split | None = None

    def __post_init__(self) -> None:
        if self.split is None:
            inferred: Split = "time" if self.time else "group" if self.group else "random"
            object.__setattr__(self, "split", inferred)


@dataclass(frozen=True, eq=False)
class Table:
    """Rows as the user has them, read column by column; the frame is never copied.

    `ids` (n,) names the rows; without it the frame's index does. Raises `InputError` when the target or a declared
    column is not there, when column names repeat or are not text, or when the target has missing values.
    """

    frame: pd.DataFrame
    target: str
    kind: Kind
    declared: Declared = field(default_factory=Declared)
    seed: int = 0
    ids: NDArray[Any] | None = None
    _read: dict[str, RawColumn] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        names = list(self.frame.columns)
        invalid = next((name for name in names if not isinstance(name, str) or names.count(name) > 1), None)
        if invalid is not None:
            raise InputError(f"column names must be text and differ; got {invalid!r}: rename the column.")
        declared = self.declared
        for name in filter(None, (self.target, declared.group, declared.time, *declared.post_outcome, *declared.drop)):
            if name not in self.frame.columns:
                raise unknown("column", name, "the table", names)
        if missing := int(self.frame[self.target].isna().sum()):
            raise InputError(
                f"the target must have a value in every row; '{self.target}' misses {missing}: drop those rows."
            )

    @property
    def features(self) -> tuple[str, ...]:
        """The columns that a model may see: all but the target, the group, the time and what was left out."""
        declared = self.declared
        excluded = {self.target, declared.group, declared.time, *declared.post_outcome, *declared.drop}
        return tuple(name for name in self.frame.columns if name not in excluded)

    @property
    def left_out(self) -> tuple[str, ...]:
        """The columns that the user left out; a model does not see them, but they may name the entity of a row."""
        return tuple(dict.fromkeys((*self.declared.drop, *self.declared.post_outcome)))

    @property
    def y(self) -> Floats:
        """The target (n,): class codes 0, 1, ... in the order of the labels, or the value itself for regression."""
        column = self.column(self.target)
        return column.numbers() if self.kind == "regression" else column.labels().astype(float)

    @property
    def targets(self) -> Floats:
        """The target as a matrix: (n, 1) for two classes or a value, one indicator a class (n, classes) otherwise.

        Values are standard scores, since trees take a variance of 1e-16 for none.
        """
        y = self.y
        if self.kind == "regression":
            return target_scale(y).standardised(y)[:, None]
        if self.kind != "multiclass":
            return y[:, None]
        indicators: Floats = (y[:, None] == np.arange(y.max() + 1)).astype(float)
        return indicators

    def __len__(self) -> int:
        return len(self.frame)

    def column(self, name: str) -> RawColumn:
        """The column as a check reads it; factorized once, whichever thread comes first."""
        if name not in self._read:
            self._read[name] = columns.read(self.frame[name])
        return self._read[name]

    def subset(self, limit: int, purpose: str) -> Rows:
        """At most about `limit` row positions in file order, the same for every call with one purpose.

        Each class keeps up to its even share of half the limit, so that a rare class is not lost.
        """
        if len(self) <= limit:
            return np.arange(len(self))
        rng = seeds.stream(self.seed, "leakage", purpose)
        chosen = rng.choice(len(self), limit, replace=False)
        if self.kind == "regression":
            return np.sort(chosen)
        y = self.y
        share = limit // (2 * max(int(y.max()) + 1, 2))
        rare = [
            _at_most(np.flatnonzero(y == code), share, rng)
            for code in np.unique(y)
            if (y[chosen] == code).sum() < share
        ]
        return np.unique(np.concatenate([chosen, *rare]))

    def matrix(self, names: Sequence[str], rows: Rows) -> Matrix:
        """Columns as ranks in [0, 1], NaN where missing: shape (rows, names), for trees, which need the order alone."""
        matrix = np.empty((len(rows), len(names)), dtype=np.float32, order="F")
        for position, name in enumerate(names):
            matrix[:, position] = ranks(self.column(name).numbers()[rows])
        return matrix


def ranks(values: Floats) -> NDArray[np.float32]:
    """The order of the values as numbers in [0, 1]; NaN stays NaN. No value is too large for a float32 this way."""
    present = ~np.isnan(values)
    ranked = np.full(len(values), np.nan, dtype=np.float32)
    if present.any():
        dense = rankdata(values[present], method="dense")
        ranked[present] = (dense - 1) / max(dense.max() - 1, 1)
    return ranked


def _at_most(rows: Rows, count: int, rng: np.random.Generator) -> Rows:
    return rows if len(rows) <= count else rng.choice(rows, count, replace=False)

"""The rows of each fold, binned for XGBoost: built once a worker and kept while trials share them.

A `QuantileDMatrix` can cost more to build than a short fit costs to boost.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
import xgboost as xgb
from numpy.typing import NDArray

from finetooth.data.schema import Matrix, Schema
from finetooth.data.splitters import fold_digest
from finetooth.data.store import Development, open_development
from finetooth.models.cache import BoundedCache
from finetooth.records import DataRef, Fidelity

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]

MOST_BYTES = 2**28  # the newest shuffle stays, whatever it weighs
TRAIN_SAMPLE = 4000  # training rows that are predicted again: all of them cost a fifth of a trial's time
_CELL = 4  # bytes a cell: the bin's index by row and again by column, up to two bytes each
_BATCH = 65_536


@dataclass(frozen=True, slots=True)
class FoldMatrix:
    """One fold: its training and test rows, binned alike, their targets, and the name of the test rows.

    `sample` and `y_sample` are the training rows that the score on fitted rows is taken from. `key` tells folds apart,
    whatever the process. The fold of a final fit has no rows to test: None.
    """

    train: Any
    test: Any
    sample: Any
    y_test: Floats
    y_sample: Floats
    name: str
    key: Hashable


class _Batches(xgb.DataIter):  # type: ignore[misc]
    """Some rows of a memory-mapped table, a batch at a time, so that no second copy of them is held."""

    def __init__(self, X: Matrix, y: Floats, rows: Rows, types: list[str]) -> None:
        super().__init__()
        self._X, self._y, self._rows, self._types, self._start = X, y, rows, types, 0

    def next(self, input_data: Callable[..., None]) -> bool:
        rows = self._rows[self._start : self._start + _BATCH]
        if len(rows) == 0:
            return False
        input_data(data=np.ascontiguousarray(self._X[rows]), label=self._y[rows], feature_types=self._types)
        self._start += _BATCH
        return True

    def reset(self) -> None:
        self._start = 0


def weight(folds: tuple[FoldMatrix, ...]) -> int:
    """About how many bytes the matrices hold."""
    parts = [part for fold in folds for part in (fold.train, fold.test, fold.sample) if part is not None]
    return sum(part.num_row() * (_CELL * part.num_col() + 16) for part in {id(part): part for part in parts}.values())


_kept = BoundedCache(MOST_BYTES, weight)


def feature_types(schema: Schema) -> list[str]:
    """XGBoost's words for the encoded features: "c" for category codes, "q" for quantities."""
    return ["c" if categorical else "q" for categorical in schema.categorical]


def matrix(X: Matrix, types: list[str]) -> Any:
    """Rows to predict (rows, features)."""
    return xgb.DMatrix(X, feature_types=types, enable_categorical=True, nthread=1)


def fold_matrices(
    data: DataRef, fidelity: Fidelity, seed: int, stage: str, repeat: int, *, keep: bool = True
) -> tuple[FoldMatrix, ...]:
    """The fold matrices of one shuffle; with `keep`, built on the first call and kept for the next trials.

    Trials that differ in rounds alone share them.
    """
    rows = Fidelity(fidelity.rows, fidelity.folds)
    if not keep:
        return _build(data, rows, seed, stage, repeat)
    key = (data.fingerprint, rows, seed, stage, repeat)
    return tuple(_kept.get(key, lambda: _build(data, rows, seed, stage, repeat)))


def all_rows(data: DataRef) -> FoldMatrix:
    """All development rows, to fit a final model on."""

    def build() -> tuple[FoldMatrix, ...]:
        development = open_development(data)
        none = np.empty(0)
        binned = _binned(development, np.arange(len(development.y)))
        return (FoldMatrix(binned, None, None, none, none, "", (data.fingerprint, "all")),)

    only: FoldMatrix = _kept.get((data.fingerprint, "all"), build)[0]
    return only


def _binned(development: Development, rows: Rows) -> Any:
    batches = _Batches(development.X, development.y, rows, feature_types(development.about.schema))
    return xgb.QuantileDMatrix(batches, enable_categorical=True, nthread=1)


def _build(data: DataRef, fidelity: Fidelity, seed: int, stage: str, repeat: int) -> tuple[FoldMatrix, ...]:
    development = open_development(data)
    y = np.asarray(development.y)
    out = []
    for number, (train, test) in enumerate(development.folds(fidelity, seed, stage, repeat)):
        binned = _binned(development, train)
        sample = train[:: -(-len(train) // TRAIN_SAMPLE)]
        sampled = binned if len(sample) == len(train) else _like(binned, development, development.X[sample], y[sample])
        tested = _like(binned, development, _without_unseen(development, train, test), y[test])
        key = (data.fingerprint, fidelity, seed, stage, repeat, number)
        out.append(FoldMatrix(binned, tested, sampled, y[test], y[sample], fold_digest(test), key))
    return tuple(out)


def _like(binned: Any, development: Development, X: Matrix, y: Floats) -> Any:
    """Other rows in the bins of the training rows."""
    types = feature_types(development.about.schema)
    rows = np.ascontiguousarray(X)
    return xgb.QuantileDMatrix(rows, y, ref=binned, feature_types=types, enable_categorical=True, nthread=1)


def _without_unseen(development: Development, train: Rows, test: Rows) -> Matrix:
    """The test rows, with categories that the training rows lack as missing: binning would take them for others."""
    X = np.ascontiguousarray(development.X[test])
    for feature in np.flatnonzero(development.about.schema.categorical):
        seen = np.unique(development.X[train, feature])
        X[~np.isin(X[:, feature], seen), feature] = np.nan
    return X

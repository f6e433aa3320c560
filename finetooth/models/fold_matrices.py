"""The rows of each fold, binned for XGBoost: built once a worker and kept while trials share them.

A `QuantileDMatrix` can cost more to build than a short fit costs to boost.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
import xgboost as xgb
from numpy.typing import NDArray

from finetooth import seeds
from finetooth.data.schema import Matrix, Schema
from finetooth.data.splitters import fold_digest
from finetooth.data.store import Development, open_development
from finetooth.models import level_means
from finetooth.models.cache import BoundedCache
from finetooth.models.level_means import LevelMeans
from finetooth.models.target_scale import AS_IT_IS, TargetScale, target_scale
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
    whatever the process. The fold of a final fit has no rows to test: None. The labels of the matrices are the target
    in `scale`, while `y_test` and `y_sample` are in its unit; `means` says what became of wide categories.
    """

    train: Any
    test: Any
    sample: Any
    y_test: Floats
    y_sample: Floats
    name: str
    key: Hashable
    scale: TargetScale = AS_IT_IS
    means: LevelMeans = level_means.NONE


class _Batches(xgb.DataIter):  # type: ignore[misc]
    """Some rows of a memory-mapped table, a batch at a time, so that no second copy of them is held."""

    def __init__(self, X: Matrix, labels: Floats, rows: Rows, types: list[str], learned: "_Learned") -> None:
        super().__init__()
        self._X, self._labels, self._rows, self._types, self._start = X, labels, rows, types, 0
        self._learned = learned

    def next(self, input_data: Callable[..., None]) -> bool:
        batch = slice(self._start, self._start + _BATCH)
        rows = self._rows[batch]
        if len(rows) == 0:
            return False
        X = self._learned.means.joined(self._X[rows], self._learned.own[batch])
        input_data(data=np.ascontiguousarray(X), label=self._labels[batch], feature_types=self._types)
        self._start += _BATCH
        return True

    def reset(self) -> None:
        self._start = 0


@dataclass(frozen=True, slots=True)
class _Learned:
    """What was learned from the training rows alone, and their own means of wide categories (rows, means)."""

    scale: TargetScale
    means: LevelMeans
    own: NDArray[np.floating]


def weight(folds: tuple[FoldMatrix, ...]) -> int:
    """About how many bytes the matrices hold."""
    parts = [part for fold in folds for part in (fold.train, fold.test, fold.sample) if part is not None]
    return sum(part.num_row() * (_CELL * part.num_col() + 16) for part in {id(part): part for part in parts}.values())


_kept = BoundedCache(MOST_BYTES, weight)


def feature_types(schema: Schema) -> list[str]:
    """XGBoost's words for the encoded features: "c" for category codes, "q" for quantities."""
    return ["c" if categorical else "q" for categorical in schema.categorical]


def matrix(X: Matrix, types: list[str], means: LevelMeans = level_means.NONE) -> Any:
    """Rows to predict (rows, features), their wide categories as they were when the model was fitted."""
    types = means.feature_types(types)
    return xgb.DMatrix(means.encoded(X), feature_types=types, enable_categorical=True, nthread=1)


def fold_matrices(
    data: DataRef,
    fidelity: Fidelity,
    seed: int,
    stage: str,
    repeat: int,
    *,
    keep: bool = True,
    standardised: bool = False,
) -> tuple[FoldMatrix, ...]:
    """The fold matrices of one shuffle; with `keep`, built on the first call and kept for the next trials.

    Trials that differ in rounds alone share them. With `standardised`, the labels are standard scores of the target.
    """
    rows = Fidelity(fidelity.rows, fidelity.folds)

    def build() -> tuple[FoldMatrix, ...]:
        return _build(data, rows, seed, stage, repeat, standardised=standardised)

    return tuple(_kept.get((data.fingerprint, rows, seed, stage, repeat, standardised), build)) if keep else build()


def all_rows(data: DataRef, *, standardised: bool = False) -> FoldMatrix:
    """All development rows, to fit a final model on."""
    key = (data.fingerprint, "all", standardised)

    def build() -> tuple[FoldMatrix, ...]:
        development = open_development(data)
        none, rows = np.empty(0), np.arange(len(development.y))
        learned = _learn(development, rows, 0, ("levels",), standardised=standardised)
        binned = _binned(development, rows, learned)
        return (FoldMatrix(binned, None, None, none, none, "", key, learned.scale, learned.means),)

    only: FoldMatrix = _kept.get(key, build)[0]
    return only


def _learn(
    development: Development, rows: Rows, root: int, purpose: tuple[str | int, ...], *, standardised: bool
) -> _Learned:
    """The scale and the means of some rows; `root` and `purpose` name the random numbers of the means."""
    y, about = np.asarray(development.y)[rows], development.about
    scale = target_scale(y) if standardised else AS_IT_IS
    wide = about.schema.wide
    if not wide:
        return _Learned(scale, level_means.NONE, np.empty((len(rows), 0)))
    codes = np.stack([development.X[rows, feature] for feature in wide], axis=1)
    seed = seeds.seed(root, *purpose)
    return _Learned(scale, *level_means.learn(codes, scale.standardised(y), wide, about.kind, seed))


def _binned(development: Development, rows: Rows, learned: _Learned) -> Any:
    labels = learned.scale.standardised(np.asarray(development.y)[rows])
    types = learned.means.feature_types(feature_types(development.about.schema))
    batches = _Batches(development.X, labels, rows, types, learned)
    return xgb.QuantileDMatrix(batches, enable_categorical=True, nthread=1)


def _build(
    data: DataRef, fidelity: Fidelity, seed: int, stage: str, repeat: int, *, standardised: bool = False
) -> tuple[FoldMatrix, ...]:
    development = open_development(data)
    y = np.asarray(development.y)
    out = []
    for number, (train, test) in enumerate(development.folds(fidelity, seed, stage, repeat)):
        learned = _learn(development, train, seed, (stage, "levels", repeat, number), standardised=standardised)
        scale, means = learned.scale, learned.means
        types = means.feature_types(feature_types(development.about.schema))
        binned = _binned(development, train, learned)
        thin = slice(None, None, -(-len(train) // TRAIN_SAMPLE))
        sample = train[thin]
        sampled = binned
        if len(sample) < len(train):
            X = means.joined(development.X[sample], learned.own[thin])
            sampled = _like(binned, types, X, scale.standardised(y[sample]))
        X = means.encoded(_without_unseen(development, train, test))
        tested = _like(binned, types, X, scale.standardised(y[test]))
        key = (data.fingerprint, fidelity, seed, stage, repeat, number, standardised)
        out.append(FoldMatrix(binned, tested, sampled, y[test], y[sample], fold_digest(test), key, scale, means))
    return tuple(out)


def _like(binned: Any, types: list[str], X: Matrix, labels: Floats) -> Any:
    """Other rows in the bins of the training rows."""
    rows = np.ascontiguousarray(X)
    return xgb.QuantileDMatrix(rows, labels, ref=binned, feature_types=types, enable_categorical=True, nthread=1)


def _without_unseen(development: Development, train: Rows, test: Rows) -> Matrix:
    """The test rows, with categories that the training rows lack as missing: binning would take them for others.

    Wide ones stay: they are no categories to XGBoost.
    """
    X = np.ascontiguousarray(development.X[test])
    schema = development.about.schema
    for feature in set(np.flatnonzero(schema.categorical).tolist()) - schema.wide.keys():
        seen = np.unique(development.X[train, feature])
        X[~np.isin(X[:, feature], seen), feature] = np.nan
    return X

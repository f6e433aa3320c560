"""XGBoost on kept fold matrices: all folds of a candidate are boosted in step, and the mean curve says when to stop.

A `QuantileDMatrix` is built once for each fold and kept, since building it can cost more than a short fit. Because the
folds advance together, the number of rounds is read off the mean of their curves: no fold stops on its own rows alone.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xgboost as xgb
from numpy.typing import NDArray

from finetooth.data.schema import Matrix, Schema
from finetooth.data.store import Development, open_development
from finetooth.metrics import Metric
from finetooth.records import DataRef, Fidelity, Kind, Params, curve_rounds, is_watched
from finetooth.trials import folds as fold_names
from finetooth.trials.cache import BoundedCache

MOST_ROUNDS = 1000
_BATCH = 65_536
_OBJECTIVES: dict[Kind, str] = {
    "binary": "binary:logistic",
    "multiclass": "multi:softprob",
    "regression": "reg:squarederror",
}
_LARGER_IS_BETTER = {"auc", "aucpr"}
_kept = BoundedCache(size=2)  # the folds of one shuffle, while the next are being built


@dataclass(frozen=True, slots=True)
class Task:
    """What is learned: the kind of target, its number of classes (0 for regression), and the metric."""

    kind: Kind
    classes: int
    metric: Metric


@dataclass(frozen=True, slots=True)
class FoldMatrix:
    """One fold: its training and test rows, binned alike, their targets, and the name of the test rows."""

    train: Any
    test: Any
    y_train: NDArray[np.float64]
    y_test: NDArray[np.float64]
    name: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Scores by fold, the mean curve (larger is better) and the number of rounds that was used."""

    scores: tuple[float, ...]
    train_scores: tuple[float, ...]
    curve: tuple[float, ...]
    rounds: int


class _Batches(xgb.DataIter):  # type: ignore[misc]
    """Some rows of a memory-mapped table, a batch at a time, so that no second copy of them is held."""

    def __init__(self, X: Matrix, y: NDArray[np.float64], rows: NDArray[np.int64], types: list[str]) -> None:
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


def feature_types(schema: Schema) -> list[str]:
    """XGBoost's words for the encoded features: "c" for category codes, "q" for quantities."""
    return ["c" if categorical else "q" for categorical in schema.categorical]


def _binned(development: Development, rows: NDArray[np.int64]) -> Any:
    batches = _Batches(development.X, development.y, rows, feature_types(development.about.schema))
    return xgb.QuantileDMatrix(batches, enable_categorical=True, nthread=1)


def matrix(X: Matrix, types: list[str]) -> Any:
    """Rows to predict (rows, features)."""
    return xgb.DMatrix(X, feature_types=types, enable_categorical=True, nthread=1)


def fold_matrices(data: DataRef, fidelity: Fidelity, seed: int, stage: str, repeat: int) -> tuple[FoldMatrix, ...]:
    """The fold matrices of one shuffle, built on the first call and kept for the next trials."""
    return tuple(
        _kept.get(
            (data.fingerprint, fidelity, seed, stage, repeat), lambda: _build(data, fidelity, seed, stage, repeat)
        )
    )


def _build(data: DataRef, fidelity: Fidelity, seed: int, stage: str, repeat: int) -> tuple[FoldMatrix, ...]:
    development = open_development(data)
    y = np.asarray(development.y)
    out = []
    for train, test in development.folds(fidelity, seed, stage, repeat):
        binned = _binned(development, train)
        X = _without_unseen(development, train, test)
        types = feature_types(development.about.schema)
        tested = xgb.QuantileDMatrix(X, y[test], ref=binned, feature_types=types, enable_categorical=True, nthread=1)
        out.append(FoldMatrix(binned, tested, y[train], y[test], fold_names.name(test)))
    return tuple(out)


def _without_unseen(development: Development, train: NDArray[np.int64], test: NDArray[np.int64]) -> Matrix:
    """The test rows, with categories that the training rows lack as missing: binning would take them for others."""
    X = np.ascontiguousarray(development.X[test])
    for feature in np.flatnonzero(development.about.schema.categorical):
        seen = np.unique(development.X[train, feature])
        X[~np.isin(X[:, feature], seen), feature] = np.nan
    return X


def _settings(task: Task, params: Params, seed: int) -> dict[str, Any]:
    searched = {name: value for name, value in params.items() if name != "n_estimators"}
    fixed: dict[str, Any] = {
        "objective": _OBJECTIVES[task.kind],
        "eval_metric": task.metric.curve[task.kind],
        "tree_method": "hist",
        "nthread": 1,
        "seed": seed,
        "verbosity": 0,
    }
    if task.kind == "multiclass":
        fixed["num_class"] = task.classes
    return fixed | searched


def patience(params: Params) -> int:
    """Rounds without a gain after which boosting ends: 20 for quick learners, up to 100 for slow ones."""
    return int(min(100, max(20, 2 / float(params.get("learning_rate") or 0.3))))


def is_flat(curve: Sequence[float], wait: int, *, larger: bool) -> bool:
    """Whether the best of a curve (larger is better) has hardly risen in the last `wait` rounds.

    Hardly: by a twentieth of the smallest gain that matters, .002 for bounded scores and .5 % of a loss.
    """
    rounds = curve_rounds(len(curve))
    before = bisect_right(rounds, rounds[-1] - wait)
    if before == 0:
        return False
    best = max(curve)
    risen = best - max(curve[:before]) > (1e-4 if larger else 2.5e-4 * abs(best))
    return not risen  # neither has a curve of NaN, as where a fold lacks a class


def train_folds(
    task: Task, params: Params, folds: tuple[FoldMatrix, ...], seeds: list[int], most: int | None, *, watch: bool = True
) -> Outcome:
    """Boost all folds in step. With `n_estimators` in `params`, exactly that long; else until the mean curve is flat.

    `watch` records the curve; without it, a fixed number of rounds is boosted faster.
    """
    fixed = params.get("n_estimators")
    limit = int(fixed) if fixed is not None else min(most or MOST_ROUNDS, MOST_ROUNDS)
    metric_name = task.metric.curve[task.kind]
    boosters = [
        xgb.Booster(_settings(task, params, seed), [fold.train, fold.test])
        for seed, fold in zip(seeds, folds, strict=True)
    ]
    curve: list[float] = []
    for round_ in range(limit):
        for booster, fold in zip(boosters, folds, strict=True):
            booster.update(fold.train, round_)
        if is_watched(round_ + 1) and (watch or fixed is None):
            curve.append(float(np.mean([_watched(b, f, round_) for b, f in zip(boosters, folds, strict=True)])))
            if fixed is None and is_flat(curve, patience(params), larger=metric_name in _LARGER_IS_BETTER):
                break
    rounds = limit if fixed is not None else curve_rounds(len(curve))[int(np.argmax(curve))]
    return Outcome(
        tuple(_score(task, b, f.test, f.y_test, rounds) for b, f in zip(boosters, folds, strict=True)),
        tuple(_score(task, b, f.train, f.y_train, rounds) for b, f in zip(boosters, folds, strict=True)),
        tuple(curve),
        rounds,
    )


def _watched(booster: Any, fold: FoldMatrix, round_: int) -> float:
    name, value = booster.eval_set([(fold.test, "test")], round_).split("\t")[1].rsplit(":", 1)
    return float(value) if name.removeprefix("test-") in _LARGER_IS_BETTER else -float(value)


def _score(task: Task, booster: Any, rows: Any, y: NDArray[np.float64], rounds: int) -> float:
    return task.metric.score(y, predict(booster, rows, rounds))


def predict(booster: Any, rows: Any, rounds: int) -> NDArray[np.float64]:
    """Probabilities of class 1 (n,), of all classes (n, classes), or values (n,), from the first `rounds` rounds."""
    return np.asarray(booster.predict(rows, iteration_range=(0, rounds)), dtype=np.float64)


def fit_all(task: Task, params: Params, data: DataRef, seed: int) -> bytes:
    """Fit on all development rows for exactly `n_estimators` rounds; the booster in XGBoost's own format (UBJSON)."""
    development = open_development(data)
    rows = _kept.get((data.fingerprint, "all"), lambda: _binned(development, np.arange(len(development.y))))
    booster = xgb.Booster(_settings(task, params, seed), [rows])
    for round_ in range(int(params["n_estimators"] or 0)):
        booster.update(rows, round_)
    return bytes(booster.save_raw("ubj"))

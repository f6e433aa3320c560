"""A user's own objective: it fits and predicts by itself, and finetooth scores.

    def objective(train, test, seed, depth=3, rate=0.1):
        X, y = train
        ...
        return predictions of the rows of test

`train` is (X, y) and `test` is X alone, float32 (rows, features) with NaN where a value is missing and categories as
codes; `y` holds class codes or numbers. With `objective.finetooth_input = "frame"` X is a DataFrame of the columns as
read, with "prepared" it is imputed, one-hot and standardised; `model.input` of the configuration goes before. It never
sees the target of the rows that score it, so that it cannot stop early on them. The remaining parameters are what is
searched; their defaults are the default candidate.
"""

import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from finetooth.data.frames import Features
from finetooth.data.store import open_development
from finetooth.errors import InputError
from finetooth.metrics import Needs
from finetooth.models import inputs, preprocessing
from finetooth.models.estimator import Fitted, Floats, load_object
from finetooth.models.fit_warnings import collect
from finetooth.models.learner import Learner
from finetooth.models.threads import limit_threads
from finetooth.records import DataRef, Kind, Params, from_json, to_json

GIVEN = ("train", "test", "seed")


def is_objective(made: Any) -> bool:
    """Whether an object is a function that takes train, test and seed."""
    return inspect.isfunction(made) and set(GIVEN) <= set(inspect.signature(made).parameters)


def defaults(name: str, made: Callable[..., Any]) -> Mapping[str, Any]:
    """The parameters of an objective with their default values. Raises `InputError` for one without."""
    parameters = inspect.signature(made).parameters.values()
    named = [p for p in parameters if p.name not in GIVEN and p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    bare = next((p.name for p in named if p.default is p.empty), None)
    if bare is not None:
        raise InputError(
            f"each parameter of an objective must have a default, which tuned ones are compared with; '{bare}' of "
            f"{name} has none; write {bare}=VALUE."
        )
    return {p.name: p.default for p in named}


def fit_predict(
    learner: Learner,
    params: Params,
    categorical: Sequence[bool],
    kind: Kind,
    X_train: Features,
    y_train: Floats,
    X_test: Features,
    seed: int,
    needs: Needs,  # noqa: ARG001
    *,
    classes: int | None = None,
    train: bool = True,  # noqa: ARG001
) -> Fitted:
    """Predictions of the test rows, called as `estimator.fit_predict` is. Whatever the objective raises passes."""
    made = load_object(learner.estimator)
    target = y_train if kind == "regression" else y_train.astype(np.int64)
    values = {**learner.constants, **params}
    with collect() as notices:
        limit_threads()
        if learner.prepare == "scaled":
            levels = preprocessing.count_levels(np.asarray(X_train), categorical)
            steps = preprocessing.dense(categorical, levels, kind, seed, scaled=True)
            X_train, X_test = steps.fit_transform(X_train, target), steps.transform(X_test)
        given = made(train=(X_train.copy(), target.copy()), test=X_test.copy(), seed=seed, **values)
    count = classes or (2 if kind == "binary" else int(y_train.max()) + 1)
    return Fitted(_checked(learner.estimator, given, kind, len(X_test), count), None, None, tuple(notices))


def payload(data: DataRef, seed: int) -> bytes:
    """What stands in a model's file for one: an objective is fitted anew for each prediction."""
    return json.dumps({"data": json.loads(to_json(data)), "seed": seed}).encode()


def scores(learner: Learner, params: Params, kind: Kind, needs: Needs, kept: bytes, X: Features) -> Floats:
    """Fit on all development rows and predict `X`. Raises `InputError` when the development rows are gone."""
    held = json.loads(kept)
    development = open_development(from_json(DataRef, json.dumps(held["data"])))
    about = development.about
    categorical, classes = about.schema.categorical, len(about.classes) or None
    train = inputs.of_development(learner, development)
    rows = np.asarray(train) if isinstance(train, np.ndarray) else train  # not mapped: it is copied
    y = np.asarray(development.y)
    return fit_predict(learner, params, categorical, kind, rows, y, X, held["seed"], needs, classes=classes).test


def _checked(name: str, given: Any, kind: Kind, rows: int, classes: int) -> Floats:
    found = np.asarray(given, dtype=np.float64)
    if kind == "binary" and found.shape == (rows, 2):
        found = found[:, 1]
    wanted = (rows, classes) if kind == "multiclass" else (rows,)
    if found.shape != wanted or not np.isfinite(found).all():
        what = "probabilities of each class" if kind == "multiclass" else "one number a row"
        came = f"shape {found.shape}" if found.shape != wanted else "values that are not finite"
        raise ValueError(f"{name} must return {what}, shape {wanted}; got {came}")
    return found

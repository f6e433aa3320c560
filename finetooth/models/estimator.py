"""Fits of any scikit-learn estimator on the table that it takes: prepared, seeded and fitted inside one fold.

The encoded table is `X` float32 (rows, columns) with NaN where a value is missing; `categorical` marks the columns
that hold category codes 0, 1, ...; `y` float64 holds class codes or numbers. A learner that takes a "frame" is given
the columns as read instead.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.pipeline import Pipeline

from finetooth.data.frames import Features
from finetooth.errors import InputError, one_line, unknown
from finetooth.metrics import Needs
from finetooth.models import preprocessing
from finetooth.models.fit_warnings import collect
from finetooth.models.learner import Learner
from finetooth.models.target_scale import StandardisedRegressor, takes_standard_scores
from finetooth.models.threads import limit_threads
from finetooth.models.user_code import of_catalogue
from finetooth.records import Kind, Params

Floats = NDArray[np.float64]
Table = NDArray[np.float32]

# What skops does not trust by itself in a pipeline built here, apart from a user's own classes. Trees index
# without bounds checks, so a model file should be loaded only when its digest is the one that this project wrote.
TRUSTED_TYPES = (
    "builtins.object",
    "finetooth.models.networks.ScheduledClassifier",
    "finetooth.models.networks.ScheduledRegressor",
    "finetooth.models.target_scale.StandardisedRegressor",
    "functools.partial",
    "numpy.dtype",
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._SigmoidCalibration",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.model_selection._split.KFold",
    "sklearn.model_selection._split.StratifiedKFold",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
    "sklearn.tree._tree.Tree",
    "sklearn.utils.validation.check_array",
)


@dataclass(frozen=True, slots=True)
class Fitted:
    """What came of one fit: predictions, the fitted pipeline if there is one, and each warning of a library once."""

    test: Floats
    train: Floats | None
    pipeline: Pipeline | None
    notices: tuple[str, ...]


def load_object(path: str) -> Any:
    """The object at an import path `package.module:NAME`; `InputError` says which part is wrong."""
    module_name, colon, name = path.partition(":")
    if not (module_name and colon and name):
        raise InputError(f"an import path must read package.module:NAME; got '{path}'.")
    try:
        module = import_module(module_name)
    except Exception as error:  # any error may come out of a user's module
        raise InputError(
            f"the module of '{path}' must import; got {type(error).__name__}: {one_line(error)}; "
            "install it or put its folder on PYTHONPATH, on the workers as well."
        ) from error
    found: Any = module
    for part in name.split("."):
        if not hasattr(found, part):
            public = [known for known in vars(found) if not known.startswith("_")]
            raise unknown("name", part, f"'{module_name}'", public)
        found = getattr(found, part)
    return found


def build(learner: Learner, params: Params) -> Any:
    """The unfitted model of a learner: its callable with `params`, `step__param` names set afterwards.

    An import path may also name an unfitted estimator, which is cloned.
    """
    values = {**learner.constants, **params}
    made = load_object(learner.estimator)
    if hasattr(made, "get_params") and not isinstance(made, type):
        return clone(made).set_params(**values)
    nested = {name: value for name, value in values.items() if "__" in name}
    model = made(**{name: value for name, value in values.items() if name not in nested})
    return model.set_params(**nested) if nested else model


def _seeded(model: Any, seed: int) -> Any:
    """The model with every `random_state` set to `seed`, and one thread a fit."""
    changes: dict[str, int] = {}
    values = model.get_params(deep=True)
    for name, value in values.items():
        step, _, last = name.rpartition("__")
        if last == "random_state" and value != "deprecated":
            changes[name] = seed
        # In scikit-learn no value means one core; elsewhere it often means all.
        owner = values[step] if step else model
        if last == "n_jobs" and (value is not None or not type(owner).__module__.startswith("sklearn.")):
            changes[name] = 1
    return model.set_params(**changes) if changes else model


def pipeline(
    learner: Learner,
    params: Params,
    categorical: Sequence[bool],
    kind: Kind,
    seed: int,
    needs: Needs,
    levels: Sequence[int] = (),
) -> Pipeline:
    """The unfitted pipeline of a learner, made of scikit-learn's own parts so that skops can save it.

    `levels` counts each column's different codes (see `preparation.count_levels`); without it no category counts as
    wide. A classifier without probabilities is calibrated by Platt scaling when `needs` is "probability". The target
    of a regression is standardised for a model of the catalogue and for one that is "scaled", so that their parameters
    mean the same in any unit, unless the model is one of positive numbers.
    """
    model = _seeded(build(learner, params), seed)
    prepare, model = _prepared(learner, model, categorical, kind, seed, levels)
    scales = learner.prepare == "scaled" or of_catalogue(learner)
    if kind == "regression" and scales and takes_standard_scores(model):
        model = StandardisedRegressor(model)
    # What shows neither before it is fitted, such as a stack without a final estimator, may have both afterwards.
    ranks_alone = hasattr(model, "decision_function") and not hasattr(model, "predict_proba")
    if kind != "regression" and _wants_probability(kind, needs) and ranks_alone:
        # scikit-learn's own advice since SVC(probability=True) is deprecated (1.9); one model, not an ensemble.
        model = CalibratedClassifierCV(model, ensemble=False, cv=3)
    return Pipeline([*prepare, ("model", model)])


def _prepared(
    learner: Learner, model: Any, categorical: Sequence[bool], kind: Kind, seed: int, levels: Sequence[int]
) -> tuple[list[tuple[str, Any]], Any]:
    """The steps before the model, and the model told which columns hold codes if it can be told."""
    if learner.prepare == "frame":
        return [], model
    if learner.prepare != "native":
        scaled = learner.prepare == "scaled"
        return [("prepare", preprocessing.dense(categorical, levels, kind, seed, scaled=scaled))], model
    known = model.get_params(deep=False)
    if "categorical_features" not in known or not any(categorical):
        return [], model
    most = min(preprocessing.NATIVE_LEVELS, known.get("max_bins", preprocessing.NATIVE_LEVELS))
    step, codes = preprocessing.native(categorical, levels, most, kind, seed)
    if step is None:
        codes_in_place = [column for column, is_category in enumerate(categorical) if is_category]
        return [], model.set_params(categorical_features=codes_in_place)
    return [("prepare", step)], model.set_params(categorical_features=list(range(codes)) or None)


def fit_predict(
    learner: Learner,
    params: Params,
    categorical: Sequence[bool],
    kind: Kind,
    X_train: Features,
    y_train: Floats,
    X_test: Features,
    seed: int,
    needs: Needs,
    *,
    classes: int | None = None,
    train: bool = True,
) -> Fitted:
    """Fit on the training rows and predict the test rows, and the training rows as well if `train`.

    `classes` counts the classes of the whole table; without it those up to the largest code in `y_train` count.
    Whatever the libraries raise passes through: the caller makes a failed trial of it.
    """
    levels = preprocessing.count_levels(X_train, categorical) if isinstance(X_train, np.ndarray) else ()
    with collect() as notices:
        unfitted = pipeline(learner, params, categorical, kind, seed, needs, levels)
        limit_threads()
        target = y_train if kind == "regression" else y_train.astype(np.int64)
        fitted = unfitted.fit(X_train, target)
        count = classes or (2 if kind == "binary" else int(y_train.max()) + 1)
        on_test = predict(fitted, X_test, kind, needs, count)
        on_train = predict(fitted, X_train, kind, needs, count) if train else None
    return Fitted(on_test, on_train, fitted, tuple(notices))


def predict(fitted: Pipeline, X: Features, kind: Kind, needs: Needs, classes: int) -> Floats:
    """What the metric needs: values or scores (rows,), or class probabilities (rows, classes) if there are more.

    For a classifier without probabilities, a binary "score" is its decision function, and a "label" its own label
    as 0 or 1 (one column a class if there are more).
    """
    if kind == "regression":
        return np.asarray(fitted.predict(X), dtype=np.float64).ravel()
    known = np.asarray(fitted.classes_, dtype=np.int64)
    if hasattr(fitted, "predict_proba"):
        found = np.asarray(fitted.predict_proba(X), dtype=np.float64)
    elif _wants_probability(kind, needs):
        raise InputError(f"the model must give probabilities for this metric; {fitted[-1]} gives none.")
    elif needs == "score":
        return np.asarray(fitted.decision_function(X), dtype=np.float64)
    else:
        found = (np.asarray(fitted.predict(X))[:, None] == known).astype(np.float64)
    # A fold may lack a class: its column stays zero.
    whole = np.zeros((len(X), classes))
    whole[:, known] = found
    return whole[:, 1] if kind == "binary" else whole


def _wants_probability(kind: Kind, needs: Needs) -> bool:
    # A ranking of more than two classes needs one comparable score a class.
    return needs == "probability" or (needs == "score" and kind == "multiclass")

"""A fitted model that loads without pickle: XGBoost's own format, or skops with scikit-learn's types alone."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import pandas as pd
import xgboost as xgb
from numpy.typing import NDArray

from finetooth.data import later_table
from finetooth.data.frames import Features
from finetooth.data.store import About, Development, open_development
from finetooth.data.target import class_labels
from finetooth.errors import InputError, one_line
from finetooth.metrics import METRICS
from finetooth.models import boosters, boosting, estimator, fold_matrices, inputs, objective, preprocessing
from finetooth.models.fit_warnings import collect
from finetooth.models.learner import Learner
from finetooth.models.moved import current_path, current_skops
from finetooth.models.segments import Segment, with_constants
from finetooth.models.threads import limit_threads
from finetooth.models.user_code import packages
from finetooth.records import DataRef, Kind, Params, from_json, to_json

_FILES = {"xgboost": "model.ubj", "estimator": "model.skops", "objective": "refit.json"}


@dataclass(frozen=True, slots=True)
class FitJob:
    """What a worker needs to fit one set of parameters on all development rows.

    `lineage` is that of the trial (see `evaluate.Job`), for a model whose parameters changed on the way.
    """

    data: DataRef
    learner: Learner
    params: Params
    metric: str
    seed: int
    lineage: tuple[Segment, ...] = ()


@dataclass(frozen=True, slots=True)
class Model:
    """A fitted model with what it needs to read a user's table. `payload` is the model in its own file format."""

    learner: Learner
    params: Params
    metric: str
    about: About
    payload: bytes

    @property
    def kind(self) -> Kind:
        """The task it was fitted for."""
        return self.about.kind

    @property
    def classes(self) -> tuple[str, ...]:
        """The class names in the order of the predicted probabilities; empty for regression."""
        return self.about.classes

    @property
    def probable(self) -> bool:
        """Whether a classifier's `scores` are probabilities: one without them gives decision values or labels."""
        if self.kind == "regression":
            return False
        return self.learner.engine != "estimator" or hasattr(_pipeline(self.payload, self.learner), "predict_proba")

    @property
    def takes_frame(self) -> bool:
        """Whether it takes the columns as read, with their names, in place of the encoded table."""
        return self.learner.prepare == "frame"

    def features(self, frame: pd.DataFrame) -> Features:
        """A user's table (n, columns) as the model takes it: encoded, or its columns as read."""
        return inputs.of_table(self.learner, self.about.schema, frame)

    def scores(self, X: Features) -> NDArray[np.float64]:
        """What the metric takes: scores of class 1 (n,), probabilities (n, classes), or values (n,).

        `X` (n, features) is what `features` gives of a table.
        """
        limit_threads()
        if self.learner.engine == "xgboost":
            booster, types = _booster(self.payload), fold_matrices.feature_types(self.about.schema)
            rows = fold_matrices.matrix(np.asarray(X), types, boosters.read_means(booster))
            return boosting.predict(booster, rows, _rounds(self.params))
        needs = METRICS[self.metric].needs
        if self.learner.engine == "objective":
            return objective.scores(self.learner, self.params, self.kind, needs, self.payload, X)
        return estimator.predict(_pipeline(self.payload, self.learner), X, self.kind, needs, len(self.classes))

    def predict(self, frame: pd.DataFrame) -> pd.Series:
        """The predicted classes, of the type that they had, or values, a row each.

        Raises `InputError` when a column is missing, or holds values that the model cannot read.
        """
        X = self._checked(frame)
        if self.kind != "regression" and self.learner.engine == "estimator":
            # Not from the scores: those of a ranking may be distances from the boundary, which is then at 0.
            codes = np.asarray(_pipeline(self.payload, self.learner).predict(X), dtype=np.int64)
        else:
            scores = self.scores(X)
            if self.kind == "regression":
                return pd.Series(scores, index=frame.index, name=self.about.target)
            codes = (scores >= 0.5).astype(int) if scores.ndim == 1 else scores.argmax(axis=1)
        labels = class_labels(self.about.classes, self.about.class_type)
        return pd.Series(labels[codes], index=frame.index, name=self.about.target)

    def predict_proba(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The probability of each class (for a model that was tuned for a ranking, its scores). Raises as `predict`."""
        scores = self.scores(self._checked(frame))
        if scores.ndim == 1:
            ranks = METRICS[self.metric].needs == "score" and not self.probable  # distances from a boundary at 0
            scores = np.column_stack([-scores if ranks else 1 - scores, scores])
        return pd.DataFrame(scores, index=frame.index, columns=list(self.classes))

    def _checked(self, frame: pd.DataFrame) -> Features:
        later_table.check_table(self.about.schema, frame)
        return self.features(later_table.as_learned(self.about.schema, frame))

    def save(self, folder: Path) -> None:
        """Write the model into `folder`."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _FILES[self.learner.engine]).write_bytes(self.payload)
        about = {
            "learner": json.loads(to_json(self.learner)),
            "params": dict(self.params),
            "metric": self.metric,
            "about": json.loads(to_json(self.about)),
        }
        (folder / "model.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")


def load_model(folder: Path | str) -> Model:
    """Read a saved model. Raises `InputError` when the folder holds none."""
    folder = Path(folder)
    try:
        about = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        learner = from_json(Learner, json.dumps(about["learner"]))
        learner = replace(learner, estimator=current_path(learner.estimator))
        payload = (folder / _FILES[learner.engine]).read_bytes()
        payload = current_skops(payload) if learner.engine == "estimator" else payload
        seen = from_json(About, json.dumps(about["about"]))
    except (OSError, ValueError, KeyError, TypeError, BadZipFile) as error:
        said = one_line(error)
        raise InputError(
            f"a saved model must be in {folder}; reading it gave {type(error).__name__}: {said}."
        ) from None
    return Model(learner, about["params"], about["metric"], seen, payload)


def fit(job: FitJob) -> Model:
    """Fit on all development rows."""
    limit_threads()
    development = open_development(job.data)
    about, learner = development.about, inputs.decided(job.learner, job.params)
    if job.learner.engine == "xgboost":
        task = boosters.Task(about.kind, len(about.classes), METRICS[job.metric])
        params = {**job.learner.constants, **job.params}
        payload = boosting.fit_all(task, params, job.data, job.seed, with_constants(job.learner, job.lineage))
    elif job.learner.engine == "objective":
        payload = objective.payload(job.data, job.seed)
    else:
        from skops.io import dumps  # takes a second to import

        payload = dumps(_fit_pipeline(replace(job, learner=learner), development))
    return Model(learner, job.params, job.metric, about, payload)


def _fit_pipeline(job: FitJob, development: Development) -> Any:
    about, needs = development.about, METRICS[job.metric].needs
    # A ranking needs no probabilities while it is searched for, but whoever gets the model may.
    needs = "probability" if needs == "score" else needs
    categorical = about.schema.categorical
    X = inputs.of_development(job.learner, development)
    # A frame is shared by all fits of a process, and a step of the user's own may change what it is given.
    X, levels = (X, preprocessing.count_levels(X, categorical)) if isinstance(X, np.ndarray) else (X.copy(), ())
    pipeline = estimator.pipeline(job.learner, job.params, categorical, about.kind, job.seed, needs, levels)
    y = np.asarray(development.y)
    with collect():
        return pipeline.fit(X, y if about.kind == "regression" else y.astype(np.int64))


def check_saves(fitted: Any, learner: Learner) -> None:
    """Raise `InputError` unless a fitted pipeline can be written to a model's file and read from it."""
    from skops.io import dumps

    try:
        _pipeline(dumps(fitted), learner)
    except Exception as error:  # noqa: BLE001 (what skops raises depends on what it meets)
        raise InputError(
            f"{learner.name} must be made of parts that a file can hold without pickle; {type(error).__name__}: "
            f"{one_line(error)}; functions must have a name in their module, so not be a lambda."
        ) from None


def _rounds(params: Params) -> int:
    return int(params["n_estimators"] or 0)


def _booster(payload: bytes) -> Any:
    booster = xgb.Booster()
    booster.load_model(bytearray(payload))
    booster.set_param({"nthread": 1})
    return booster


def _pipeline(payload: bytes, learner: Learner) -> Any:
    """The pipeline of a skops file; types that a fit of finetooth's does not write are refused.

    A user's own model may also hold classes of the packages that its module is made of.
    """
    from skops.io import get_untrusted_types, loads

    unknown_types = set(get_untrusted_types(data=payload)) - set(estimator.TRUSTED_TYPES)
    known = packages(learner) if unknown_types else ()
    own = [name for name in unknown_types if name.partition(".")[0] in known]
    strange = sorted(unknown_types - set(own))
    if strange:
        raise InputError(f"a model file must hold known types alone; this one has {', '.join(strange)}.")
    return loads(payload, trusted=[*estimator.TRUSTED_TYPES, *own])

"""Would something plain have done as well? A constant, a linear model, and for series the last value and season.

They are fitted on the development rows before the vault is opened, and scored on the same sealed rows. They depend on
the configuration, the data and the code alone, all of which the commitment names.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from finetooth import seeds
from finetooth.data import column_file, splitters, store
from finetooth.data.row_hash import hash_series
from finetooth.data.schema import Matrix
from finetooth.data.store import Development, open_development
from finetooth.data.time_column import read_time
from finetooth.details import Yardstick, YardstickName
from finetooth.errors import InputError, one_line
from finetooth.metrics import METRICS, Metric
from finetooth.models import estimator, preprocessing
from finetooth.models.fit_warnings import collect
from finetooth.models.threads import limit_threads
from finetooth.records import DataRef, Kind
from finetooth.spaces import linear
from finetooth.trials.study import Study
from finetooth.verdict import forecasts
from finetooth.verdict.bootstrap import Interval, Ints
from finetooth.verdict.weighted_metrics import Floats

ROWS = 50_000  # enough for a linear model; beyond, a draw of whole units
CELLS = 10_000_000  # rows x columns
LEAST_ROWS = 2_000
FEW = 200  # rows that show whether a column holds dates
ITERATIONS = 200  # of lbfgs on standardised columns, which mostly needs fewer than 50


@dataclass(frozen=True, slots=True)
class LinearJob:
    """What a worker needs to fit the linear model. `seed` is the root seed."""

    data: DataRef
    metric: str
    seed: int


@dataclass(frozen=True, slots=True)
class SealedRows:
    """The sealed rows as the yardsticks take them: encoded features, and times and hashes of groups (n,) or None."""

    X: Matrix
    time: Floats | None = None
    group: Ints | None = None


@dataclass(frozen=True, slots=True)
class PlainModels:
    """What was fitted: the linear pipeline, or None where the tuned model is linear itself or the fit failed."""

    linear: Any = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plain:
    """The sealed rows as a plain model predicts them, (n,) or (n, classes); `form` says what was fitted."""

    name: YardstickName
    form: str
    predicted: Floats


def fit_plain(study: Study) -> PlainModels:
    """Fit the linear model on the executor, or here where that has gone, so that the answer does not depend on it."""
    if study.family.learner.estimator.startswith(f"{linear.__name__}:"):
        return PlainModels()
    job = LinearJob(study.data, study.metric.name, study.config.seed)
    try:
        return study.executor.submit(fit_linear, job).result()
    except Exception:  # noqa: BLE001 (what the fit raises is in its answer)
        return fit_linear(job)


def fit_linear(job: LinearJob) -> PlainModels:
    """Logistic or ridge regression with its default parameters. A fit that fails gives a note, and raises nothing."""
    limit_threads()
    try:
        with collect():
            return PlainModels(_fitted(job))
    except Exception as error:  # noqa: BLE001 (whatever the yardstick raises, the comparison goes on)
        reason = f"{type(error).__name__}: {one_line(error, 300)}"
        return PlainModels(notes=(f"The linear model beside the comparison did not fit ({reason}).",))


def _fitted(job: LinearJob) -> Any:
    development = open_development(job.data)
    about, family = development.about, linear.family(job.data.kind)
    rows = _sample(development, job.seed)
    X, y = np.asarray(development.X[rows]), np.asarray(development.y[rows])
    categorical = about.schema.categorical
    limit = {} if about.kind == "regression" else {"max_iter": ITERATIONS}
    unfitted = estimator.pipeline(
        family.learner,
        {**family.default, **limit},
        categorical,
        about.kind,
        seeds.seed(job.seed, "yardstick"),
        METRICS[job.metric].needs,
        preprocessing.count_levels(X, categorical),
    )
    return unfitted.fit(X, y if about.kind == "regression" else y.astype(np.int64))


def predict_plain(study: Study, models: PlainModels, sealed: SealedRows) -> tuple[tuple[Plain, ...], tuple[str, ...]]:
    """The sealed rows as each yardstick predicts them, and a note on each kind that could not."""
    development, metric = open_development(study.data), study.metric
    kinds: dict[str, Callable[[], list[Plain]]] = {
        "constant": lambda: [_constant(development, metric, len(sealed.X))],
        "linear model": lambda: _linear(development, metric, models, sealed.X),
        "forecast": lambda: _forecasts(study, development, sealed),
    }
    found: list[Plain] = []
    notes: list[str] = []
    for kind, predict in kinds.items():
        try:
            found += predict()
        except Exception as error:  # noqa: BLE001 (whatever the yardstick raises, the comparison goes on)
            # The type alone: a message may hold a value of a sealed row.
            notes.append(f"The {kind} beside the comparison has no scores ({type(error).__name__}).")
    return tuple(found), tuple(notes)


def measure(
    ours: Floats, plain: Sequence[Plain], compare: Callable[[Floats, Floats], tuple[float, Interval]]
) -> tuple[Yardstick, ...]:
    """The score of each, and the gain over it of the model that ships.

    `ours` (seeds, n, ...) are its predictions; `compare(ours, theirs)` gives the score of the yardstick in the metric's
    own direction and the interval of the comparison itself, so that all draw the same units. Whatever allows no
    interval is left out.
    """
    found = []
    for each in plain:
        try:
            score, gain = compare(ours, np.broadcast_to(each.predicted, ours.shape))
        except (InputError, ValueError):
            continue
        found.append(Yardstick(each.name, each.form, score, gain.difference, gain.low, gain.high))
    return tuple(found)


def constant(metric: Metric, kind: Kind, y: Floats, classes: int) -> tuple[str, Floats]:
    """What to predict for every row when no feature is known, as fits the metric, and what it is called.

    `y` (n,) are the training targets. A number, the probability of class 1, or a probability a class.
    """
    if kind == "regression":
        median = metric.name == "mae"
        return ("the median", np.array(np.median(y))) if median else ("the mean", np.array(y.mean()))
    shares = np.bincount(y.astype(np.int64), minlength=classes) / len(y)
    if kind == "multiclass":
        return "the share of each class", shares
    if metric.name == "f1":  # naming every row beats naming none
        return "the positive class for every row", np.array(1.0)
    return "the share of the positive class", shares[1]


def _constant(development: Development, metric: Metric, rows: int) -> Plain:
    about = development.about
    form, value = constant(metric, about.kind, np.asarray(development.y), len(about.classes))
    return Plain("constant", form, np.broadcast_to(value, (rows, *value.shape)))


def _linear(development: Development, metric: Metric, models: PlainModels, X: Matrix) -> list[Plain]:
    about = development.about
    if models.linear is None:
        return []
    predicted = estimator.predict(models.linear, X, about.kind, metric.needs, len(about.classes))
    return [Plain("linear", f"{'ridge' if about.kind == 'regression' else 'logistic'} regression", predicted)]


def _sample(development: Development, seed: int) -> Ints:
    """The rows that the linear model is fitted on: all of them, or whole units up to its limits."""
    rows, columns = development.X.shape
    most = max(min(ROWS, CELLS // max(columns, 1)), LEAST_ROWS)
    return splitters.subset(development.rows, most / rows, seeds.stream(seed, "yardstick rows"))


def _forecasts(study: Study, development: Development, sealed: SealedRows) -> list[Plain]:
    """The forecasts of numbers in a split by time; none where the sealed times are not known."""
    rows = development.rows
    if rows.time is None or sealed.time is None or study.data.kind != "regression":
        return []
    split, folder = study.config.split, Path(study.data.uri)
    group = None
    if split.group is not None and sealed.group is not None:
        known = hash_series(_column(folder, split.group))
        group = known if np.isin(sealed.group, known).any() else None  # new groups have no past
    past = forecasts.Past(np.asarray(rows.time), rows.y, group, _is_dated(folder, str(split.time)))
    owner = "" if group is None else f" of each '{split.group}'"
    last = forecasts.last_value(past, len(sealed.X), sealed.group)
    found = [Plain("last value", f"at the end of the development rows{owner}", last)]
    lag = forecasts.season(past)
    if lag is not None:
        repeated = forecasts.last_season(past, lag, sealed.time, sealed.group)
        found.append(Plain("last season", f"the last {lag} steps of '{split.time}'{owner}, repeated", repeated))
    return found


def _column(folder: Path, name: str, rows: int | None = None) -> pd.Series:
    """A column of the development rows in `folder`, as it came, or its first rows."""
    return column_file.frame(column_file.read(folder / store.FRAME).select([name]).slice(0, rows))[name]


def _is_dated(folder: Path, name: str) -> bool:
    """Whether a column of the development rows in `folder` holds dates: its times are then in seconds."""
    return read_time(_column(folder, name, FEW))[1]

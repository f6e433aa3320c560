"""A table with a saved model's predictions, and sealed rows as fitted models score them."""

from collections.abc import Collection, Mapping, Sequence
from itertools import chain, count
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from finetooth.data.frames import TABLE, as_frame, take, unpack
from finetooth.data.schema import Matrix
from finetooth.errors import InputError
from finetooth.models.model import Model


def predictions(model: Model, frame: pd.DataFrame) -> pd.DataFrame:
    """The columns `prediction` and, for a classifier, `probability_<class>`, a row a row of `frame`.

    A classifier that gives no probabilities has `score_<class>` in their place: only their order means something.
    """
    found = pd.DataFrame({"prediction": model.predict(frame)}, index=frame.index)
    if model.kind == "regression":
        return found
    word = "probability" if model.probable else "score"
    shares = model.predict_proba(frame)
    return found.join(shares.rename(columns=lambda name: f"{word}_{name}"))


def sealed_scores(
    models: Sequence[Model], X: Matrix, extra: Mapping[str, NDArray[Any]], rows: NDArray[np.int64] | None = None
) -> NDArray[np.float64]:
    """What each model of one table scores sealed rows (models, n, ...).

    `X` (n, features) are the rows in the models' encoding, `extra` has them as they were read beside it, for models
    that take a frame (see `unread`); with `rows` only those are scored. Raises `InputError` where they were not sealed.
    """
    frame = None
    if any(model.takes_frame for model in models):
        if TABLE not in extra:
            raise InputError(
                "the sealed rows must hold their columns as read for a model that takes a frame; these were sealed "
                "without them, by an earlier version; start a new run with another seed."
            )
        frame = as_frame(models[0].about.schema, unpack(extra[TABLE]))
    chosen = np.arange(len(X)) if rows is None else rows
    given = [frame if frame is not None and model.takes_frame else X for model in models]
    return np.stack([model.scores(take(features, chosen)) for model, features in zip(models, given, strict=True)])


def unread(models: Sequence[Model]) -> tuple[str, ...]:
    """The arrays of sealed rows that none of the models needs."""
    return () if any(model.takes_frame for model in models) else (TABLE,)


def beside(frame: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """A table with its predictions; one whose name the table has already gets a number: prediction_2."""
    return frame.join(found.rename(columns={name: _free_name(name, frame.columns) for name in found.columns}))


def _free_name(name: str, taken: Collection[str]) -> str:
    return next(new for new in chain([name], (f"{name}_{number}" for number in count(2))) if new not in taken)

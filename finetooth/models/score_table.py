"""A table with a saved model's predictions."""

from collections.abc import Collection
from itertools import chain, count

import pandas as pd

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


def beside(frame: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """A table with its predictions; one whose name the table has already gets a number: prediction_2."""
    return frame.join(found.rename(columns={name: _free_name(name, frame.columns) for name in found.columns}))


def _free_name(name: str, taken: Collection[str]) -> str:
    return next(new for new in chain([name], (f"{name}_{number}" for number in count(2))) if new not in taken)

"""How MLflow loads a model of finetooth's: it imports this module by the name that the model's files give."""

from pathlib import Path
from typing import Any

import pandas as pd

from finetooth.models import score_table
from finetooth.models.model import Model, load_model


class Loaded:
    """A saved model behind the one call that MLflow makes."""

    def __init__(self, model: Model) -> None:
        self.model = model

    def predict(self, frame: pd.DataFrame, params: Any = None) -> pd.DataFrame:  # noqa: ARG002 (part of the call)
        """The columns `prediction` and `probability_<class>`. Raises `InputError` for a table of another form."""
        return score_table.predictions(self.model, frame)


def _load_pyfunc(path: str) -> Loaded:
    return Loaded(load_model(Path(path)))

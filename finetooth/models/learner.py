"""How a model is built: a record that a remote worker can read without knowing the catalogue."""

from dataclasses import dataclass, field
from typing import Literal

from finetooth.domains.space import Space
from finetooth.records import Params

Prepare = Literal["auto", "native", "onehot", "scaled", "frame"]


@dataclass(frozen=True, slots=True)
class Learner:
    """An unfitted model, by name.

    `engine` "xgboost" trains boosters on kept fold matrices; "estimator" calls `estimator`, an import path
    `package.module:callable` that takes parameters and returns an unfitted scikit-learn estimator; "objective" calls
    a function at that path which fits and predicts by itself.
    `prepare` says what the model is given: "native" (the encoded table, with missing values and category codes), or
    that table prepared inside each fold, "onehot" (imputed, categories one-hot) or "scaled" (the same, and
    standardised); "frame" (the columns as read, with their names); "auto" leaves it to each candidate's own model
    (see `finetooth.models.inputs`).
    `constants` go into every fit. `parallel` is the better kind of local worker: threads where the fit
    releases the interpreter lock, processes where it does not.
    """

    name: str
    engine: Literal["xgboost", "estimator", "objective"]
    estimator: str = ""
    prepare: Prepare = "native"
    constants: Params = field(default_factory=dict)
    parallel: Literal["threads", "processes"] = "threads"


@dataclass(frozen=True, slots=True)
class Family:
    """A model of the catalogue: its learner, its space and the library's own defaults.

    `default` holds the library's values for what the space searches (and `n_estimators` where the model has rounds);
    it is always trial 0, and may lie outside the searched ranges. `starters` are points of the space that were good on
    other tables; a search tries them next.
    """

    learner: Learner
    space: Space
    default: Params
    summary: str
    source: str
    starters: tuple[Params, ...] = ()

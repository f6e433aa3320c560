"""What does a model of the user's own get: the columns as read, the encoded table, or that table prepared?"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pandas as pd
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.utils import get_tags

from finetooth.config.tune import ModelInput
from finetooth.data.frames import Features, as_frame
from finetooth.data.schema import Schema, encode_table
from finetooth.data.store import Development
from finetooth.errors import InputError
from finetooth.models.estimator import build, load_object
from finetooth.models.learner import Learner, Prepare
from finetooth.records import Params

ATTRIBUTE = "finetooth_input"  # of an estimator, its class, its factory or an objective
PREPARE: dict[ModelInput, Prepare] = {"auto": "auto", "frame": "frame", "codes": "native", "prepared": "scaled"}
# Parameters that name columns, or their words, in scikit-learn and in libraries made for data frames.
_NAMING = frozenset({"categorical_features", "categories", "columns", "cols", "features", "monotonic_cst", "variables"})


_FILLED = "missing values filled in, categories one-hot (target means above 50 levels)"
WHAT: dict[Prepare, str] = {
    "frame": "the columns as read, as a DataFrame with their names",
    "native": "missing values and categories as they are",
    "onehot": _FILLED,
    "scaled": f"{_FILLED}, numbers standardised",
    "auto": "what each candidate asks for: named columns, missing values and categories as they are, or all prepared",
}


def asked(name: str, made: Any) -> Prepare:
    """What an object asks for by its attribute `finetooth_input`. Raises `InputError` for a value that is none."""
    value = getattr(made, ATTRIBUTE, "auto")
    if value not in PREPARE:
        raise InputError(f"{ATTRIBUTE} of {name} must be one of {', '.join(PREPARE)}; got {value!r}; mend it.")
    return PREPARE[value]


def decided(learner: Learner, params: Params) -> Learner:
    """The learner as it is for one candidate: what is left to "auto", the candidate's own model decides.

    By its attribute `finetooth_input`, or that of what made it; else a model with a part that names columns gets the
    columns, one that takes missing values the encoded table, and any other the prepared one.
    """
    if learner.prepare != "auto":
        return learner
    made, model = load_object(learner.estimator), build(learner, params)
    # A clone has lost what was set on the user's own object, and what a function returns knows more than the function.
    holders = (made,) if hasattr(made, "get_params") and not isinstance(made, type) else (model, made)
    stated = next((found for found in (asked(learner.name, holder) for holder in holders) if found != "auto"), None)
    return replace(learner, prepare=stated or _by_parts(model))


def of_development(learner: Learner, development: Development) -> Features:
    """All development rows as a decided learner takes them; not to be changed."""
    return development.named if learner.prepare == "frame" else development.X


def of_table(learner: Learner, schema: Schema, frame: pd.DataFrame) -> Features:
    """A user's table as a decided learner takes it."""
    return as_frame(schema, frame) if learner.prepare == "frame" else encode_table(schema, frame)


def _by_parts(model: Any) -> Prepare:
    if any(map(_names_columns, _parts(model))):
        return "frame"
    return "native" if get_tags(model).input_tags.allow_nan else "scaled"


def _parts(value: Any) -> Iterator[Any]:
    """The estimators that a value holds, itself included: in parameters, lists, tuples and dictionaries."""
    if isinstance(value, list | tuple):
        for item in value:
            yield from _parts(item)
    elif isinstance(value, dict):
        yield from _parts(list(value.values()))
    elif hasattr(value, "get_params") and not isinstance(value, type):
        yield value
        yield from _parts(list(value.get_params(deep=False).values()))


def _names_columns(part: Any) -> bool:
    """Whether an estimator picks columns by name or type, or is given their words."""
    if isinstance(part, ColumnTransformer):
        return any(callable(columns) or _holds_words(columns) for _, _, columns in part.transformers)
    values = part.get_params(deep=False)
    named = any(_holds_words(value) for name, value in values.items() if name in _NAMING and not isinstance(value, str))
    return named or any(isinstance(value, make_column_selector) for value in values.values())


def _holds_words(value: Any) -> bool:
    if isinstance(value, slice):
        return isinstance(value.start, str) or isinstance(value.stop, str)
    if isinstance(value, str):
        return True
    if isinstance(value, dict):
        return _holds_words(list(value))
    # Also an index of pandas or an array of names, and the lists of words that an encoder is given.
    items = value.tolist() if hasattr(value, "tolist") else value
    return isinstance(items, list | tuple) and any(map(_holds_words, items))

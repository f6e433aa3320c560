"""Has what a user hands over learnt from data already? Then it would leak into every fold."""

import inspect
from collections.abc import Iterator
from typing import Any

from sklearn.base import BaseEstimator
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.utils import get_tags

from finetooth.errors import InputError


def check_unfitted(name: str, model: Any) -> None:
    """Refuse an estimator that has seen data, or one of its parts, or one that a function reaches for.

    A function's defaults, what it encloses and the names of its module that it uses are looked at. Raises
    `InputError`.
    """
    for root in (model, *_reached(model)):
        for part in _parts(root):
            learnt = _learnt(part)
            if learnt is not None:
                where = "" if root is model else ", which it uses,"
                raise InputError(
                    f"{name} must be unfitted, or what it learnt leaks into every fold; {type(part).__name__}{where} "
                    f"{learnt}; give sklearn.base.clone of it."
                )


def _reached(model: Any) -> Iterator[Any]:
    if not inspect.isfunction(model):
        return
    used = inspect.getclosurevars(model)
    yield from (*used.globals.values(), *used.nonlocals.values())
    yield from (p.default for p in inspect.signature(model).parameters.values() if p.default is not p.empty)


def _parts(model: Any) -> Iterator[Any]:
    """A model and every model among its parameters: steps of a pipeline, columns of a transformer."""
    if isinstance(model, type) or not hasattr(model, "fit"):
        return
    yield model
    if hasattr(model, "get_params"):
        inner = model.get_params(deep=True).values()
        yield from (part for part in inner if hasattr(part, "fit") and not isinstance(part, type))


def _learnt(part: Any) -> str | None:
    """What shows that a model was fitted: an attribute that fitting sets, or its own word; None for an unfitted one."""
    attributes = [key for key in getattr(part, "__dict__", {}) if key.endswith("_") and not key.startswith("_")]
    if attributes:
        return f"has '{attributes[0]}'"
    stateless = isinstance(part, BaseEstimator) and not get_tags(part).requires_fit
    # Both of these say what their steps say, which are asked themselves and may be stateless.
    if stateless or isinstance(part, Pipeline | FeatureUnion):
        return None
    is_fitted = getattr(part, "__sklearn_is_fitted__", None)
    return "says that it is fitted" if is_fitted is not None and is_fitted() else None

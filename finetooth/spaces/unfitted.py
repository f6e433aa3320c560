"""Has what a user hands over learnt from data already? Then it would leak into every fold."""

import inspect
from collections.abc import Iterator
from typing import Any

from finetooth.errors import InputError


def check_unfitted(name: str, made: Any) -> None:
    """Refuse an estimator that has seen data, or one of its parts, or one that a function reaches for.

    A function's defaults, what it encloses and the names of its module that it uses are looked at. Raises
    `InputError`.
    """
    for held in (made, *_reached(made)):
        for part in _parts(held):
            learnt = [key for key in getattr(part, "__dict__", {}) if key.endswith("_") and not key.startswith("_")]
            if learnt:
                where = "" if held is made else ", which it uses,"
                raise InputError(
                    f"{name} must be unfitted, or what it learnt leaks into every fold; {type(part).__name__}{where} "
                    f"has '{learnt[0]}'; give sklearn.base.clone of it."
                )


def _reached(made: Any) -> Iterator[Any]:
    if not inspect.isfunction(made):
        return
    used = inspect.getclosurevars(made)
    yield from (*used.globals.values(), *used.nonlocals.values())
    yield from (p.default for p in inspect.signature(made).parameters.values() if p.default is not p.empty)


def _parts(made: Any) -> Iterator[Any]:
    """An estimator and every estimator among its parameters; nothing for anything else."""
    if isinstance(made, type) or not hasattr(made, "get_params"):
        return
    yield made
    inner = made.get_params(deep=True).values()
    yield from (part for part in inner if hasattr(part, "get_params") and not isinstance(part, type))

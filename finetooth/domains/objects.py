"""Spaces from the objects that people already have: scipy.stats distributions, lists, Optuna distributions."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from finetooth.domains.domains import Choice, Domain, Float, Int
from finetooth.domains.space import Space
from finetooth.domains.yaml_file import from_mapping, from_yaml
from finetooth.errors import InputError

_READ = "a Space, a YAML file, a list of domains, or a mapping of names to distributions, ranges, lists and values"


def from_object(given: Any, name: str = "space") -> Space:
    """The space that `given` describes, `step__param` names included.

    Takes a `Space`; a path or YAML text; a list of `Float`, `Int` and `Choice`; or a mapping of names to frozen
    scipy.stats distributions (randint, uniform, loguniform), Optuna distributions, domains, lists, ranges in the
    format of `finetooth.domains.yaml_file`, and plain values. Raises `InputError` for anything else.
    """
    if isinstance(given, Space):
        return given
    if isinstance(given, str | Path):
        return from_yaml(given)
    if isinstance(given, list | tuple) and given and all(isinstance(part, Float | Int | Choice) for part in given):
        return Space(tuple(given), name=name)
    if not isinstance(given, Mapping):
        raise InputError(f"a space must be {_READ}; got {type(given).__name__}.")
    return from_mapping({key: _read(key, value) for key, value in given.items()}, name)


def _read(name: str, given: Any) -> Any:
    """The domain of a distribution object, a list of an array's values; anything else as it is."""
    if isinstance(given, Float | Int | Choice) and given.name != name:
        raise InputError(f"a domain must stand under its own name; '{given.name}' stands under '{name}'.")
    if hasattr(given, "dist") and hasattr(given, "support"):
        return _from_scipy(name, given)
    if type(given).__module__.startswith("optuna."):
        return _from_optuna(name, given)
    return given.tolist() if hasattr(given, "tolist") else given


def _from_scipy(name: str, given: Any) -> Domain:
    family = given.dist.name
    low, high = given.support()
    if family == "randint":
        return Int(name, int(low), int(high))
    if family == "uniform":
        return Float(name, float(low), float(high))
    if family in ("loguniform", "reciprocal"):
        return Float(name, float(low), float(high), log=True)
    raise InputError(
        f"'{name}' must be randint, uniform or loguniform if it comes from scipy.stats; got {family}; "
        "give the range that you would search, as in loguniform(1e-4, 1)."
    )


def _from_optuna(name: str, given: Any) -> Domain:
    if hasattr(given, "choices"):
        return Choice(name, given.choices)
    step = getattr(given, "step", None)
    if step not in (None, 1):
        raise InputError(f"'{name}' must have no step; got step={step}; write the values as a list instead.")
    whole = type(given).__name__.startswith("Int")
    return (Int if whole else Float)(name, given.low, given.high, given.log)

"""From a file or plain values to a configuration; whatever is wrong is said in one line that names the key."""

import re
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any, TypeVar, get_args, get_type_hints

import yaml
from pydantic import BaseModel, ValidationError

from finetooth.config.retrain import RetrainConfig
from finetooth.config.tune import TuneConfig
from finetooth.errors import InputError, one_line, unknown

Model = TypeVar("Model", bound=BaseModel)

_UNKNOWN_KEY = ("extra_forbidden", "unexpected_keyword_argument")  # of a section, of a dataclass


def load_tune(values: dict[str, Any], origin: str = "the configuration") -> TuneConfig:
    """A configuration from plain values; `InputError` names the key, what came and what must hold."""
    return validated(TuneConfig, values, origin)


def load_retrain(values: dict[str, Any], origin: str = "the configuration") -> RetrainConfig:
    """A retraining's configuration from plain values; `InputError` names the key, what came and what must hold."""
    return validated(RetrainConfig, values, origin)


def read_yaml(path: Path | str) -> dict[str, Any]:
    """The plain values of a YAML configuration file."""
    try:
        values = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"the configuration file must exist; there is no {path}.") from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(f"the configuration file must be readable YAML; {path}: {one_line(error)}.") from None
    if not isinstance(values, dict):
        raise InputError(
            f"the configuration file must hold sections such as 'data:'; {path} holds {type(values).__name__}."
        )
    return values


def validated(cls: type[Model], values: Any, origin: str) -> Model:
    """A record from plain values. Raises `InputError` for the first problem; `origin` says where the values are from.

    A key or a choice that does not exist comes with those that do, and the nearest of them.
    """
    try:
        return cls.model_validate(values)
    except ValidationError as error:
        problem = error.errors()[0]
    location, value = problem["loc"], problem["input"]
    where = ".".join(map(str, location))
    if problem["type"] in _UNKNOWN_KEY:
        raise unknown("key", str(location[-1]), f"{origin} ({where})", _keys(cls, location[:-1]))
    if problem["type"] == "enum" and isinstance(value, str):
        names = re.findall("'([^']*)'", problem["ctx"]["expected"])
        raise unknown(str(location[-1]), value, f"the choices of '{where}' in {origin}", names)
    raise InputError(f"'{where}' in {origin} must be right: {problem['msg']}; got {value!r}.")


def _keys(cls: type[BaseModel], path: tuple[int | str, ...]) -> tuple[str, ...]:
    """The keys that may stand at a path of keys and positions."""
    fields = _fields(cls)
    for part in path:
        if isinstance(part, str):
            fields = _fields(fields[part])
    return tuple(fields)


def _fields(annotation: Any) -> dict[str, Any]:
    """The annotation of each field of a section, or of the section that an optional, a tuple or a dictionary holds."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return {name: field.annotation for name, field in annotation.model_fields.items()}
    if is_dataclass(annotation):
        return get_type_hints(annotation)
    return next(filter(None, map(_fields, get_args(annotation))), {})

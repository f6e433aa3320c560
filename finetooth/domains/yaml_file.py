"""A user's own space, as YAML.

    name: my-space
    parameters:
      learning_rate: {low: 0.001, high: 0.3, log: true}
      max_depth: {low: 2, high: 12}               # whole numbers: an integer; or say type: int
      booster: [gbtree, dart]                     # a list is a choice
      rate_drop: {low: 0.0, high: 0.5, when: {booster: dart}}
      policy: {options: [a, b], why: Because.}    # a choice with a condition or a reason
      subsample: 0.8                              # a plain value is a constant
    constraints: ["rate_drop * 2 <= 0.8"]

A constraint holds where a parameter that it needs is inactive.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import yaml

from finetooth.domains.domains import Choice, Domain, Float, Int
from finetooth.domains.expressions import Expression
from finetooth.domains.space import Space
from finetooth.errors import InputError, one_line, unknown
from finetooth.records import Value

_SECTIONS = ("name", "parameters", "constraints")
_RANGE = ("low", "high", "log", "type", "when", "why")
_CHOICE = ("options", "when", "why")


class _Loader(yaml.SafeLoader):
    """YAML that reads 1e-3 as a number and refuses a key that is written twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        twice = [key for key in keys if keys.count(key) > 1]
        if twice:
            raise InputError(f"each key must be written once; '{twice[0]}' is written {keys.count(twice[0])} times.")
        return super().construct_mapping(node, deep=deep)


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^[-+]?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+$"), list("-+0123456789")
)


def from_yaml(source: Path | str) -> Space:
    """The space in a YAML file, or in YAML text if `source` has more than one line.

    Raises `InputError` for a file that cannot be read or a space that does not hold together.
    """
    if isinstance(source, str) and "\n" in source:
        return _space(_parsed(source, "the space"), "the space")
    path = Path(source)
    if not path.is_file():
        raise InputError(f"the space must be a YAML file; there is no file {path}.")
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"the space must be a readable YAML file; {path}: {one_line(error)}.") from None
    return _space(_parsed(text, str(path)), str(path))


def to_yaml(space: Space) -> str:
    """The space as YAML text that `from_yaml` reads back; constraints must be expressions."""
    foreign = [rule for rule in space.constraints if not isinstance(rule, Expression)]
    if foreign:
        raise InputError(f"a space in YAML must have constraints as text; got the function {foreign[0]!r}.")
    parameters: dict[str, Any] = {domain.name: _written(domain) for domain in space.domains}
    parameters |= {name: _plain(name, value) for name, value in space.constants.items()}
    content: dict[str, Any] = {"name": space.name, "parameters": parameters}
    if space.constraints:
        content["constraints"] = [cast("Expression", rule).text for rule in space.constraints]
    return yaml.safe_dump(content, sort_keys=False, default_flow_style=None, width=120)


def from_mapping(parameters: Mapping[str, Any], name: str = "space", constraints: Any = ()) -> Space:
    """The space that a mapping in the same format describes; a value may also be a domain already."""
    return _space({"name": name, "parameters": parameters, "constraints": list(constraints)}, f"the space '{name}'")


def _parsed(text: str, where: str) -> Any:
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - a subclass of the safe loader
    except yaml.YAMLError as error:
        raise InputError(f"{where} must be YAML; {one_line(error)}.") from None


def _space(content: Any, where: str) -> Space:
    if not isinstance(content, Mapping):
        raise InputError(f"{where} must hold 'parameters:' with a name a line; got {_shown(content)}.")
    for key in content:
        if key not in _SECTIONS:
            raise unknown("key", str(key), where, _SECTIONS)
    parameters = content.get("parameters")
    if not isinstance(parameters, Mapping) or not parameters:
        raise InputError(f"'parameters' in {where} must map names to ranges; got {_shown(parameters)}.")
    domains: list[Domain] = []
    constants: dict[str, Value] = {}
    for name, given in parameters.items():
        if not isinstance(name, str):
            raise InputError(f"a parameter's name must be text; got {name!r} in {where}; put it in quotes.")
        if isinstance(given, Float | Int | Choice):
            domains.append(given)
        elif isinstance(given, Mapping):
            domains.append(_domain(name, given))
        elif isinstance(given, list | tuple):
            domains.append(Choice(name, _options(name, given)))
        else:
            constants[name] = _plain(name, given)
    known = (*(domain.name for domain in domains), *constants)
    rules = _constraints(content.get("constraints") or [], known, where)
    return Space(domains, constants, rules, name=str(content.get("name", "space")))


def _constraints(given: Any, known: tuple[str, ...], where: str) -> tuple[Expression, ...]:
    if not isinstance(given, list) or not all(isinstance(text, str) for text in given):
        raise InputError(f"'constraints' in {where} must be a list of expressions in quotes; got {_shown(given)}.")
    rules = tuple(Expression(text) for text in given)
    for rule in rules:
        rule.check(known, where)
    return rules


def _domain(name: str, given: Mapping[Any, Any]) -> Domain:
    allowed = _CHOICE if "options" in given else _RANGE
    for key in given:
        if key not in allowed:
            raise unknown("key", str(key), f"the parameter '{name}'", allowed)
    when = {parent: _options(name, _as_list(values)) for parent, values in _when(name, given).items()}
    why = str(given.get("why", ""))
    if "options" in given:
        return Choice(name, _options(name, _as_list(given["options"])), when=when, why=why)
    low, high, log = _number(name, "low", given), _number(name, "high", given), given.get("log", False)
    if not isinstance(log, bool):
        raise InputError(f"'log' of '{name}' must be true or false; got {log!r}.")
    whole = isinstance(low, int) and isinstance(high, int)
    kind = given.get("type", "int" if whole else "float")
    if kind not in ("int", "float"):
        raise InputError(f"'type' of '{name}' must be int or float; got {kind!r}; for a choice write a list.")
    if kind == "float":
        return Float(name, float(low), float(high), log, when, why)
    if not (float(low).is_integer() and float(high).is_integer()):
        raise InputError(f"'{name}' must have whole low and high for type int; got low={low}, high={high}.")
    return Int(name, int(low), int(high), log, when, why)


def _when(name: str, given: Mapping[Any, Any]) -> Mapping[str, Any]:
    when = given.get("when", {})
    if not isinstance(when, Mapping):
        raise InputError(
            f"'when' of '{name}' must map a parameter to its values, as in {{booster: [dart]}}; got {when!r}."
        )
    return when


def _number(name: str, key: str, given: Mapping[Any, Any]) -> float | int:
    value = given.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(f"'{name}' must have a number as '{key}'; got {_shown(value)}.")
    return value


def _as_list(given: Any) -> list[Any]:
    return list(given) if isinstance(given, list | tuple) else [given]


def _options(name: str, given: Any) -> tuple[Value, ...]:
    return tuple(_plain(name, value) for value in given)


def _plain(name: str, value: Any) -> Value:
    value = value.item() if hasattr(value, "item") and callable(value.item) else value
    if value is not None and not isinstance(value, bool | int | float | str):
        raise InputError(
            f"'{name}' must have numbers, text, true, false or null as values; got {value!r} ({type(value).__name__})."
        )
    return value


def _shown(value: Any) -> str:
    return "nothing" if value is None or value == {} else f"{value!r}"[:80]


def _written(domain: Domain) -> dict[str, Any]:
    content: dict[str, Any] = (
        {"options": list(_options(domain.name, domain.options))}
        if isinstance(domain, Choice)
        else {
            "low": _plain(domain.name, domain.low),
            "high": _plain(domain.name, domain.high),
            "log": domain.log,
            "type": type(domain).__name__.lower(),
        }
    )
    if domain.when:
        content["when"] = {parent: list(_options(domain.name, values)) for parent, values in domain.when.items()}
    return content | ({"why": domain.why} if domain.why else {})

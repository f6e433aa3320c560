"""A search as a JSON file, and back."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from finetooth.domains.domains import Choice, Domain, Float, Int
from finetooth.domains.space import Space
from finetooth.errors import InputError
from finetooth.files import write_text
from finetooth.records import Fidelity, Params, Trial, from_json, to_json

FORMAT = 1
DOMAINS: Mapping[str, type[Domain]] = {"Float": Float, "Int": Int, "Choice": Choice}


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """What a file holds: the space, the options of `Search`, its trials, and the enqueued points that are not asked."""

    space: Space
    options: dict[str, Any]
    trials: tuple[Trial, ...]
    queue: tuple[Params, ...]


def write_search(
    path: Path | str, space: Space, options: Mapping[str, Any], trials: Sequence[Trial], queue: Sequence[Params]
) -> None:
    """Write a search as JSON, whole or not at all: an old file stays until the new one is complete."""
    content = {
        "format": FORMAT,
        "options": dict(options),
        "space": _space_to_json(space),
        "trials": [json.loads(to_json(trial)) for trial in trials],
        "queue": [dict(params) for params in queue],
    }
    write_text(Path(path), json.dumps(content, indent=1))


def read_search(path: Path | str, space: Space | None = None) -> SavedSearch:
    """Read a file of `write_search`; `InputError` when it is none, or when it belongs to another space than `space`."""
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
        described = content["space"]
        trials = tuple(from_json(Trial, json.dumps(trial)) for trial in content["trials"])
        options, queue = dict(content["options"]), tuple(content["queue"])
        options["full"] = Fidelity(**options["full"])
    except (OSError, ValueError, KeyError, TypeError, ValidationError) as error:
        kind = type(error).__name__
        raise InputError(f"a saved search must be a file that Search.save wrote; {path} is none ({kind}).") from None
    if space is None and described["constraints"]:
        names = ", ".join(described["constraints"])
        raise InputError(
            f"a space with constraints ({names}) must be given again, since functions are not saved; "
            "call Search.load(path, space=...)."
        )
    space = _space_from_json(described) if space is None else space
    if space.digest != described["digest"]:
        raise InputError(f"the space must be the one that {path} was saved with; its parameters differ.")
    return SavedSearch(space, options, trials, queue)


def _space_to_json(space: Space) -> dict[str, Any]:
    domains = []
    for domain in space.domains:
        values = {field.name: getattr(domain, field.name) for field in fields(domain)}
        values["when"] = {parent: list(options) for parent, options in domain.when.items()}
        domains.append({"type": type(domain).__name__, **values})
    return {
        "name": space.name,
        "digest": space.digest,
        "domains": domains,
        "constants": dict(space.constants),
        "constraints": [getattr(rule, "__qualname__", repr(rule)) for rule in space.constraints],
    }


def _space_from_json(described: Mapping[str, Any]) -> Space:
    domains = [
        DOMAINS[domain["type"]](**{name: value for name, value in domain.items() if name != "type"})
        for domain in described["domains"]
    ]
    return Space(domains, constants=described["constants"], name=described["name"])

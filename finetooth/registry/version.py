"""A registered version of a model: what it is, where it comes from, and which bytes it consists of."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from finetooth.details import Real
from finetooth.errors import InputError
from finetooth.records import digest
from finetooth.registry.history import timestamp, user_and_host

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True, slots=True)
class Version:
    """One registered model. `uri` is the folder of its files, `files` the SHA-256 of each, by its path in there.

    `fingerprint` names the data that it was fitted on, `config` the configuration, `code` the code; `label`,
    `difference` (tuned minus default) and its interval are those of the run's verdict, in units of `metric`.
    `lineage` is everything that was handed over when it was registered.
    """

    model: str
    number: int
    uri: str
    created: str
    parent: int | None
    fingerprint: str
    label: str
    metric: str
    difference: Real = math.nan
    ci_low: Real = math.nan
    ci_high: Real = math.nan
    config: str = ""
    code: str = ""
    run: str = ""
    by: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    lineage: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if any(part in {"", ".", ".."} for name in self.files for part in name.split("/")):
            raise ValueError(f"the files of a version must lie in its folder; got {sorted(self.files)}")

    @property
    def folder(self) -> str:
        """The folder of its files within the model's: named by their content, so that equal files are kept once."""
        return f"files/{digest(dict(self.files))}"


def is_same(one: Version, other: Version) -> bool:
    """Whether both are the same model of the same run: equal files, or equal code, data, configuration and parameters.

    Those give the same model, but not always the same bytes: skops writes the time, and names arrays anew, each time.
    """
    if not one.run or one.run != other.run:
        return False
    origins = [(v.code, v.fingerprint, v.config, v.lineage.get("params")) for v in (one, other)]
    return one.files == other.files or (all(origins[0]) and origins[0] == origins[1])


def is_name(model: str) -> bool:
    """Whether a model may be called that: the name becomes a folder."""
    return _NAME.fullmatch(model) is not None


def check_name(model: str) -> None:
    """Raise `InputError` unless a model may be called that."""
    if not is_name(model):
        raise InputError(
            "a model's name must be made of letters, digits, '.', '_' and '-', and start with a letter or digit; "
            f"got '{model}'."
        )


def contents_of(folder: Path) -> dict[str, bytes]:
    """Every file below a folder with its bytes, by its path in there."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def new_version(model: str, contents: Mapping[str, bytes], lineage: Mapping[str, Any], parent: int | None) -> Version:
    """A version of some files that has no number and no address yet."""
    words = {name: str(lineage.get(name, "")) for name in ("fingerprint", "label", "metric", "config", "code", "run")}
    numbers = {name: float(lineage.get(name, math.nan)) for name in ("difference", "ci_low", "ci_high")}
    values: dict[str, Any] = {**words, **numbers}
    return Version(
        model=model,
        number=0,
        uri="",
        created=timestamp(),
        parent=parent,
        **values,
        by=user_and_host(),
        files={name: sha256(content).hexdigest() for name, content in contents.items()},
        lineage=dict(lineage),
    )

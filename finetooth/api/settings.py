"""The words for settings, the same in Python and on the command line: each names its place in the configuration.

Values of a file or of whole sections come first, then these words: the later is the stronger.
"""

import math
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from finetooth.config.loading import load_tune
from finetooth.config.section import ConfigSection
from finetooth.config.tune import TuneConfig
from finetooth.data.source import stem
from finetooth.errors import InputError, unknown

COARSE_SHARE = 0.4  # of the trials

PATHS: Mapping[str, str] = {
    "data": "data.source",
    "target": "data.target",
    "metric": "metric",
    "model": "model.name",
    "space": "model.space",
    "positive": "data.positive",
    "types": "data.types",
    "missing": "data.missing",
    "delimiter": "data.csv.delimiter",
    "decimal": "data.csv.decimal",
    "group": "split.group",
    "time": "split.time",
    "unseen": "split.unseen",
    "horizon": "split.horizon",
    "post_outcome": "leakage.post_outcome",
    "drop": "data.drop",
    "trials": "trials",
    "seconds": "refine.seconds",
    "cost": "refine.cost",
    "method": "refine.method",
    "seed": "seed",
    "workers": "cluster.workers",
    "scheduler": "cluster.scheduler",
    "out": "output.folder",
    "name": "name",
    "register": "registry.model",
    "registry": "registry.location",
    "mlflow": "tracking.mlflow",
    "wandb": "tracking.wandb",
}
SHIPPING = ("register", "registry", "mlflow", "wandb")  # where a model comes of the run
_LISTS = ("post_outcome", "drop")
BY_COLUMN = ("types", "missing")


def apply_settings(values: dict[str, Any], settings: Mapping[str, Any], *, coarse: bool, dashes: str = "") -> None:
    """Put each setting at its path in `values`; one that is None or empty is left out.

    `coarse` says that the number of trials is shared with a coarse search, `dashes` stands before a word in a message.
    """
    given = {name: value for name, value in settings.items() if value is not None and value != []}
    for name, value in given.items():
        if name == "cost" and "trials" not in given:
            _open_trials(values, value, coarse=coarse)
        if name == "trials":
            _put_trials(values, value, coarse=coarse, word=f"{dashes}trials")
        elif name in BY_COLUMN and isinstance(value, Mapping):
            for column, declared in value.items():
                put_in(values, [*PATHS[name].split("."), str(column)], declared)
        else:
            put(values, PATHS[name], value)


def tune_config(values: dict[str, Any], origin: str) -> TuneConfig:
    """The configuration of a run; one without a name gets that of its table. `InputError` for what is wrong in it."""
    data = values.get("data", {})
    source = data.get("source") if isinstance(data, dict) else None
    if "name" not in values and source is not None:
        values["name"] = stem(str(source))
    config = load_tune(values, origin)
    if source is None:  # the default table is for the form in the Prefect UI
        raise InputError("a table must be named; got none; give a file, such as table.csv, or sklearn:breast_cancer.")
    return config


def sections_of(given: Mapping[str, Any], config: type[TuneConfig]) -> dict[str, Any]:
    """The settings that are whole sections, as plain values. `registry` and `model` may be sections or words."""
    sections = {name: value for name, value in given.items() if _is_section(name, value, config)}
    return {
        name: value.model_dump(exclude_unset=True) if isinstance(value, ConfigSection) else dict(value)
        for name, value in sections.items()
    }


def settings_of(
    given: Mapping[str, Any], config: type[TuneConfig], without: Collection[str] = (), paths: Collection[str] = PATHS
) -> dict[str, Any]:
    """The settings that are words. Raises `InputError` for one that is neither a word nor a section."""
    known = [name for name in paths if name not in {"data", *without}]
    words: dict[str, Any] = {}
    for name, value in given.items():
        if _is_section(name, value, config):
            continue
        if name not in known:
            raise unknown("setting", name, "the settings", dict.fromkeys([*known, *_section_names(config)]))
        if name in _LISTS and value is not None:
            words[name] = [value] if isinstance(value, str) else list(value)
        else:
            words[name] = str(value) if isinstance(value, Path) else _plain(value)
    return words


def _plain(value: Any) -> Any:
    """A number of NumPy's as one of Python's, which is what a configuration holds; anything else as it is."""
    return value.item() if isinstance(value, np.generic) else value


def _is_section(name: str, value: Any, config: type[TuneConfig]) -> bool:
    return isinstance(value, Mapping | ConfigSection) and name in _section_names(config)


def _section_names(config: type[TuneConfig]) -> list[str]:
    annotations = {name: field.annotation for name, field in config.model_fields.items()}
    return [name for name, kind in annotations.items() if isinstance(kind, type) and issubclass(kind, ConfigSection)]


def put(values: dict[str, Any], path: str, value: Any) -> None:
    """Put a value at a path `section.key`; sections are made where they are not there."""
    put_in(values, path.split("."), value)


def put_in(values: dict[str, Any], path: list[str], value: Any) -> None:
    """The same, where a key may hold a dot."""
    *sections, key = path
    section = values
    for part in sections:
        section = section.setdefault(part, {})
        if not isinstance(section, dict):
            raise InputError(f"'{'.'.join(path)}' must name a key of a section; '{part}' holds {section!r}.")
    section[key] = value


def _put_trials(values: dict[str, Any], trials: int, *, coarse: bool, word: str) -> None:
    """The number of trials, which two searches may share."""
    if not coarse:
        put(values, "refine.trials", trials)
        return
    if trials < 5:
        raise InputError(f"{word} must be at least 5, for two searches; got {trials}.")
    first = round(trials * COARSE_SHARE)
    put(values, "coarse.trials", first)
    put(values, "refine.trials", trials - first)


def _open_trials(values: dict[str, Any], cost: float, *, coarse: bool) -> None:
    """As many trials as the cost could pay for, where their number is left open: so the cost is what ends the searches.

    A trial on a rung or a subset costs about a tenth of a full fit at least.
    """
    trials = max(20, math.ceil(10 * cost))
    for section, count in {"coarse": round(trials * COARSE_SHARE), "refine": trials}.items():
        present = values.get(section, {})
        if (coarse or section == "refine") and isinstance(present, dict) and "trials" not in present:
            put(values, f"{section}.trials", count)

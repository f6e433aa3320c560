"""The words of the command line, told once: each option names its place in the configuration.

A configuration file comes first, then options, then --set: the later is the stronger.
"""

import functools
import inspect
import math
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from finetooth.config.loading import load_tune, read_yaml
from finetooth.config.tune import TuneConfig
from finetooth.data.source import stem
from finetooth.errors import InputError

COARSE_SHARE = 0.4  # of --trials


def _option(kind: Any, text: str, *names: str) -> Any:
    return Annotated[kind | None, typer.Option(*names, help=text, show_default=False)]


_TABLE = Annotated[str | None, typer.Argument(help="CSV, CSV.gz, Parquet, any fsspec URL of one, or sklearn:NAME.")]

_PLACES: dict[str, tuple[str, Any]] = {
    "data": ("data.source", _TABLE),
    "target": ("data.target", _option(str, "The column to predict.")),
    "metric": ("metric", _option(str, "What to tune for, such as roc_auc, log_loss or rmse.")),
    "model": ("model.name", _option(str, "A family of 'finetooth spaces', or package.module:NAME.")),
    "space": ("model.space", _option(str, "A YAML file with a space of your own.")),
    "group": ("split.group", _option(str, "Rows of one group stay on one side.")),
    "time": ("split.time", _option(str, "Split by this column: the newest rows are sealed.")),
    "horizon": ("split.horizon", _option(str, "How long after its time a row's label is known, such as 7d.")),
    "post_outcome": ("leakage.post_outcome", _option(list[str], "A column known only afterwards. Repeatable.")),
    "drop": ("data.drop", _option(list[str], "A column that the model must not see. Repeatable.")),
    "trials": ("trials", _option(int, "How many trials the searches may spend.")),
    "seconds": ("refine.seconds", _option(float, "Start no trial of a search after this.")),
    "cost": ("refine.cost", _option(float, "Spend at most this, in full fits: the same on any machine.")),
    "method": ("refine.method", _option(str, "How the refinement proposes.")),
    "seed": ("seed", _option(int, "The root of every random number.")),
    "workers": ("cluster.workers", _option(int, "Local workers; one a core by default.")),
    "scheduler": ("cluster.scheduler", _option(str, "A running Dask scheduler, such as tcp://host:8786.")),
    "out": ("output.folder", _option(str, "The folder of runs; 'runs' by default.")),
    "name": ("name", _option(str, "What the run is called.")),
}
_SHIPPING: dict[str, tuple[str, Any]] = {
    "register": ("registry.model", _option(str, "Keep the model in the registry under this name.")),
    "registry": ("registry.location", _option(str, "The registry: a folder or any fsspec URL; 'models' by default.")),
    "mlflow": ("tracking.mlflow", _option(str, "Show the run on this MLflow server as well.")),
    "wandb": ("tracking.wandb", _option(str, "Show the run in this project of Weights & Biases as well.")),
}
_FILE = _option(Path, "A YAML file with any part of the configuration.", "--config")
_SET = _option(list[str], "Any part of the configuration, as section.key=value. Repeatable.", "--set")


def configured(*, coarse: bool, ships: bool = False) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command all options above; it is called with the configuration that they make, and its own options.

    `coarse` says that --trials is shared with a coarse search, `ships` that a model comes of it.
    """
    places = _PLACES | (_SHIPPING if ships else {})

    def wrap(command: Callable[..., None]) -> Callable[..., None]:
        own = list(inspect.signature(command, eval_str=True).parameters.values())[1:]

        @functools.wraps(command)
        def call(config: Path | None, set_: list[str] | None, **given: Any) -> None:
            extra = {parameter.name: given.pop(parameter.name) for parameter in own}
            command(configure(config, set_ or [], given, coarse=coarse), **extra)

        shared = {name: annotation for name, (_, annotation) in places.items()} | {"config": _FILE, "set_": _SET}
        parameters = [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
            for name, annotation in shared.items()
        ]
        parameters += [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own]
        call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        call.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        return call

    return wrap


def configure(config: Path | None, settings: list[str], given: dict[str, Any], *, coarse: bool) -> TuneConfig:
    """The configuration of a run. Raises `InputError` for whatever is wrong in it."""
    values = read_yaml(config) if config is not None else {}
    for name, value in given.items():
        if value is not None and value != []:
            if name == "cost" and given.get("trials") is None:
                _make_room(values, value, coarse=coarse)
            for place, part in _placed((_PLACES | _SHIPPING)[name][0], value, coarse=coarse):
                put(values, place.split("."), part)
    for setting in settings:
        put_setting(values, setting)
    data = values.get("data", {})
    source = data.get("source") if isinstance(data, dict) else None
    if "name" not in values and source is not None:
        values["name"] = stem(str(source))
    made = load_tune(values, str(config) if config is not None else "the options")
    if source is None:  # the default table is for the form in the Prefect UI
        raise InputError("a table must be named; got none; give a file, such as table.csv, or sklearn:breast_cancer.")
    return made


def put_setting(values: dict[str, Any], setting: str) -> None:
    """Put the value of a `section.key=value` into place. Raises `InputError` when it does not read like that."""
    place, equals, text = setting.partition("=")
    if not equals:
        raise InputError(f"--set must read section.key=value; got '{setting}'.")
    put(values, place.split("."), _plain(setting, text))


def _plain(setting: str, text: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        raise InputError(f"the value of --set must be YAML, such as 3, [a, b] or text; got '{setting}'.") from None


def _placed(place: str, value: Any, *, coarse: bool) -> list[tuple[str, Any]]:
    """Where a value goes: as it is, but for the number of trials, which two searches may share."""
    if place != "trials":
        return [(place, value)]
    if not coarse:
        return [("refine.trials", value)]
    if value < 5:
        raise InputError(f"--trials must be at least 5, for two searches; got {value}.")
    first = round(value * COARSE_SHARE)
    return [("coarse.trials", first), ("refine.trials", value - first)]


def _make_room(values: dict[str, Any], cost: float, *, coarse: bool) -> None:
    """As many trials as the cost could pay for, where their number is left open: so the cost is what ends the searches.

    A trial on a rung or a subset costs about a tenth of a full fit at least.
    """
    trials = max(20, math.ceil(10 * cost))
    for section, count in {"coarse": round(trials * COARSE_SHARE), "refine": trials}.items():
        held = values.get(section, {})
        if (coarse or section == "refine") and isinstance(held, dict) and "trials" not in held:
            put(values, [section, "trials"], count)


def put(values: dict[str, Any], path: list[str], value: Any) -> None:
    """Put a value at a path of sections, which are made where they are not there."""
    section = values
    for part in path[:-1]:
        section = section.setdefault(part, {})
        if not isinstance(section, dict):
            raise InputError(f"'{'.'.join(path)}' must name a key of a section; '{part}' holds {section!r}.")
    section[path[-1]] = value

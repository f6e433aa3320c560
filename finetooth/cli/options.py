"""The options of the commands that tune: their types and their help. `finetooth.api.settings` says where each goes.

A configuration file comes first, then options, then --set: the later is the stronger.
"""

import functools
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from finetooth.api.settings import BY_COLUMN, apply_settings, put, tune_config
from finetooth.config.data import EVERY
from finetooth.config.loading import read_yaml
from finetooth.config.tune import TuneConfig
from finetooth.errors import InputError


def _option(kind: Any, text: str, *names: str) -> Any:
    return Annotated[kind | None, typer.Option(*names, help=text, show_default=False)]


_TABLE = Annotated[str | None, typer.Argument(help="CSV, CSV.gz, Parquet, any fsspec URL of one, or sklearn:NAME.")]

_TUNING: dict[str, Any] = {
    "data": _TABLE,
    "target": _option(str, "The column to predict."),
    "metric": _option(str, "What to tune for, such as roc_auc, log_loss or rmse."),
    "model": _option(str, "A family of 'finetooth spaces', or package.module:NAME."),
    "space": _option(str, "A YAML file with a space of your own, or package.module:NAME."),
    "positive": _option(str, "Of two classes, the one that F1, precision and probabilities speak of."),
    "types": _option(
        list[str],
        "What a column is, as COLUMN=category, number, date, text, id, drop or 'low < medium < high'. Repeatable.",
        "--type",
    ),
    "missing": _option(list[str], "A value that means missing, as COLUMN=VALUE or VALUE for all. Repeatable."),
    "delimiter": _option(str, "What parts the fields of a CSV file, such as ';' or tab; seen by itself."),
    "decimal": _option(str, "The decimal sign of a CSV file's numbers: . or ,; seen by itself."),
    "group": _option(str, "Rows of one group stay on one side."),
    "time": _option(str, "Split by this column: the newest rows are sealed."),
    "unseen": _option(str, "With group and time: will the model meet later times, new groups, or both?"),
    "horizon": _option(str, "How long after its time a row's label is known, such as 7d."),
    "post_outcome": _option(list[str], "A column known only afterwards. Repeatable."),
    "drop": _option(list[str], "A column that the model must not see. Repeatable."),
    "trials": _option(int, "How many trials the searches may spend."),
    "seconds": _option(float, "Start no trial of a search after this."),
    "cost": _option(float, "Spend at most this, in full fits: the same on any machine."),
    "method": _option(str, "How the refinement proposes."),
    "seed": _option(int, "The root of every random number."),
    "workers": _option(int, "Local workers; one a core by default."),
    "scheduler": _option(str, "A running Dask scheduler, such as tcp://host:8786."),
    "out": _option(str, "The folder of runs; 'runs' by default."),
    "name": _option(str, "What the run is called."),
}
_SHIPPING: dict[str, Any] = {
    "register": _option(str, "Keep the model in the registry under this name."),
    "registry": _option(str, "The registry: a folder or any fsspec URL; 'models' by default."),
    "mlflow": _option(str, "Show the run on this MLflow server as well."),
    "wandb": _option(str, "Show the run in this project of Weights & Biases as well."),
}
_FILE = _option(Path, "A YAML file with any part of the configuration.", "--config")
_SET = _option(list[str], "Any part of the configuration, as section.key=value. Repeatable.", "--set")


def with_options(*, coarse: bool, ships: bool = False) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command all options above; it is called with the configuration that they make, and its own options.

    `coarse` says that --trials is shared with a coarse search, `ships` that a model comes of it.
    """
    options = _TUNING | (_SHIPPING if ships else {})

    def wrap(command: Callable[..., None]) -> Callable[..., None]:
        own = list(inspect.signature(command, eval_str=True).parameters.values())[1:]

        @functools.wraps(command)
        def call(config: Path | None, set_: list[str] | None, **settings: Any) -> None:
            extra = {parameter.name: settings.pop(parameter.name) for parameter in own}
            command(configure(config, set_ or [], settings, coarse=coarse), **extra)

        shared = options | {"config": _FILE, "set_": _SET}
        parameters = [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
            for name, annotation in shared.items()
        ]
        parameters += [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own]
        call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        call.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        return call

    return wrap


def configure(config: Path | None, assignments: list[str], settings: dict[str, Any], *, coarse: bool) -> TuneConfig:
    """The configuration of a run. Raises `InputError` for whatever is wrong in it."""
    values = read_yaml(config) if config is not None else {}
    settings = settings | {name: by_column(name, settings[name]) for name in BY_COLUMN if settings.get(name)}
    apply_settings(values, settings, coarse=coarse, dashes="--")
    for assignment in assignments:
        assign(values, assignment)
    return tune_config(values, str(config) if config is not None else "the options")


def by_column(name: str, words: list[str]) -> dict[str, Any]:
    """What repeated words COLUMN=VALUE say by column. Raises `InputError` for a type without a column."""
    declared: dict[str, Any] = {}
    for word in words:
        column, equals, value = word.partition("=")
        if name == "types":
            if not equals or column in declared:
                what = "one type a column" if equals else "COLUMN=TYPE, such as shop=category"
                raise InputError(f"--type must say {what}; got '{word}'.")
            declared[column] = value
        else:
            declared.setdefault(column if equals else EVERY, []).append(value if equals else word)
    return declared


def assign(values: dict[str, Any], assignment: str) -> None:
    """Put the value of a `section.key=value` into place. Raises `InputError` when it does not read like that."""
    path, equals, text = assignment.partition("=")
    if not equals:
        raise InputError(f"--set must read section.key=value; got '{assignment}'.")
    put(values, path, _parsed(assignment, text))


def _parsed(assignment: str, text: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        raise InputError(f"the value of --set must be YAML, such as 3, [a, b] or text; got '{assignment}'.") from None

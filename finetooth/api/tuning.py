"""Tuning, one search alone, and the leakage checks alone, called from Python."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypedDict, Unpack

from finetooth.api.inputs import space_file, table_source
from finetooth.api.result import Result, result_of
from finetooth.api.running import run_flow
from finetooth.api.settings import SHIPPING, apply_settings, sections_of, settings_of, tune_config
from finetooth.config.section import ConfigSection
from finetooth.config.tune import OutputConfig, TuneConfig
from finetooth.errors import InputError, LeakageError
from finetooth.runs.run import opened_run

if TYPE_CHECKING:
    import pandas as pd

TableSource: TypeAlias = "str | Path | pd.DataFrame"
Values: TypeAlias = Mapping[str, Any] | ConfigSection  # a whole section, as a dict or as its record


class Sections(TypedDict, total=False):
    """Sections of the configuration as a whole that tuning and retraining share."""

    data: Values
    split: Values
    leakage: Values
    coarse: Values
    refine: Values
    replicate: Values
    validation: Values
    cluster: Values
    output: Values
    tracking: Values


class Settings(Sections, total=False):
    """The options of the command line by the same names, and sections of the configuration as a whole.

    `space` is a YAML file, an import path `package.module:NAME`, or what `finetooth.domains.objects.from_object` reads:
    a `Space`, a list of domains, or a mapping of names to scipy.stats or Optuna distributions, ranges, lists, values.
    """

    metric: str
    model: str | Values
    space: Any
    positive: str | None
    types: Mapping[str, str | Sequence[str] | Mapping[str, Any]]
    missing: Any  # a value, several, or a mapping of columns to them
    delimiter: str | None
    decimal: str | None
    group: str | None
    time: str | None
    unseen: Literal["auto", "times", "groups", "both"]
    horizon: str | None
    post_outcome: str | Sequence[str]
    drop: str | Sequence[str]
    trials: int | None
    seconds: float | None
    cost: float | None
    method: str
    seed: int
    workers: int | None
    scheduler: str | None
    out: str | Path
    name: str
    register: str | None
    registry: str | Values
    mlflow: str | None
    wandb: str | None


def tune(
    source: "TableSource | TuneConfig",
    target: str | None = None,
    *,
    tracked: bool = False,
    verbose: bool = False,
    **settings: Unpack[Settings],
) -> Result:
    """Tune a model on a table, from the leakage checks to a verdict on sealed rows.

    Args:
        source: A path, any fsspec URL, sklearn:NAME or a DataFrame; or a whole configuration, without settings.
        target: The column to predict; "target" when it is left out.
        tracked: As a flow run of Prefect. Otherwise no server is needed, and inside a flow of your own the steps are
            task runs of that flow.
        verbose: Show the progress on the standard error.
        **settings: The options of `finetooth tune` by the same names, and sections such as `validation={"seeds": 3}`.

    Raises `InputError` for what cannot be used, and `LeakageError` when a leak that nobody waived stops the run.

    """
    return _run("tune", source, target, settings, tracked=tracked, verbose=verbose)


def sweep(
    source: "TableSource | TuneConfig",
    target: str | None = None,
    *,
    tracked: bool = False,
    verbose: bool = False,
    **settings: Unpack[Settings],
) -> Result:
    """Search once for good parameters by cross-validation; nothing is checked, replicated or validated.

    Takes what `tune` takes. The result has trials and no verdict.
    """
    return _run("sweep", source, target, settings, tracked=tracked, verbose=verbose)


def check(
    source: "TableSource | TuneConfig",
    target: str | None = None,
    *,
    strict: bool = False,
    tracked: bool = False,
    verbose: bool = False,
    **settings: Unpack[Settings],
) -> Result:
    """Look for leaks, and spend no trial: the findings are in the result, also those that would stop a run.

    Takes what `tune` takes. `strict` raises `LeakageError` where `tune` would. For a DataFrame alone, without a run and
    its folder, there is `finetooth.check_leakage`.
    """
    survives = () if strict else (LeakageError,)
    return _run("check", source, target, settings, tracked=tracked, verbose=verbose, survives=survives)


def _run(
    flow: str,
    source: "TableSource | TuneConfig",
    target: str | None,
    settings: Settings,
    *,
    tracked: bool,
    verbose: bool,
    survives: tuple[type[Exception], ...] = (),
) -> Result:
    given: dict[str, Any] = {**settings} if target is None else {"target": target, **settings}
    if not isinstance(source, TuneConfig):
        config = configuration(source, given, flow)
    elif given:
        raise InputError(f"a TuneConfig must come without settings; got '{next(iter(given))}'; put it in there.")
    else:
        config = source
    with opened_run(config, flow) as run:
        try:
            with suppress(*survives):
                run_flow(flow, run.config, tracked=tracked, verbose=verbose)
        except KeyboardInterrupt as interrupt:
            interrupt.add_note(f"go on with: finetooth resume {run.folder} --untracked")
            raise
        return result_of(run)


def configuration(source: TableSource, given: Mapping[str, Any], flow: str = "tune") -> TuneConfig:
    """The configuration that a table and settings make; a DataFrame and a space are written below its folder of runs.

    Raises `InputError` for an unknown setting, and for whatever is wrong in one.
    """
    values, words = sections_of(given, TuneConfig), settings_of(given, TuneConfig, () if flow == "tune" else SHIPPING)
    folder = str(words.get("out") or values.get("output", {}).get("folder") or OutputConfig().folder)
    words["data"] = table_source(source, folder)
    if not isinstance(source, str | Path) and "name" not in words:
        words["name"] = "table"
    if words.get("space") is not None:
        words["space"] = space_file(words["space"], folder)
    apply_settings(values, words, coarse=flow != "sweep")
    return tune_config(values, "the settings")

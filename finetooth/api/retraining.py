"""Retraining a model of the registry, called from Python; its configuration is made here for the command line too."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from finetooth.api.inputs import table_source
from finetooth.api.running import run_flow
from finetooth.api.settings import put, sections_of, settings_of
from finetooth.api.tuning import Sections, TableSource, Values
from finetooth.config.loading import load_retrain
from finetooth.config.retrain import RetrainConfig
from finetooth.config.tune import OutputConfig
from finetooth.errors import InputError
from finetooth.runs.run import opened_run

if TYPE_CHECKING:
    from finetooth.retraining.decide import Decision

PATHS: Mapping[str, tuple[str, ...]] = {
    "model": ("name", "registry.model"),
    "data": ("data.source",),
    "target": ("data.target",),
    "registry": ("registry.location",),
    "out": ("output.folder",),
    "seed": ("seed",),
}


class RetrainSettings(Sections, total=False):
    """The options of `finetooth retrain` by the same names, and sections of the configuration as a whole."""

    target: str | None
    registry: str | Path | Values
    out: str | Path
    seed: int
    decide: Values
    promotion: Values
    approval: Values


def retrain(
    model: str | RetrainConfig,
    source: "TableSource | None" = None,
    *,
    tracked: bool = False,
    verbose: bool = False,
    **settings: Unpack[RetrainSettings],
) -> "Decision":
    """Retrain the champion on new data where that is called for, and replace it only by a better model.

    Args:
        model: A model of the registry; or a whole configuration, without a source or settings.
        source: The new table: a path, any fsspec URL, or a DataFrame.
        tracked: As a flow run of Prefect, so that a person can be asked. Otherwise holding keeps the champion.
        verbose: Show the progress on the standard error.
        **settings: The options of `finetooth retrain` by the same names, and sections, as `decide={"work": "refit"}`.

    Raises `InputError` for what cannot be used, and `LeakageError` when a leak that nobody waived stops the run.

    """
    given: dict[str, Any] = {**settings}
    if not isinstance(model, RetrainConfig):
        config = _configuration(model, source, given)
    elif given or source is not None:
        raise InputError("a RetrainConfig must come without a source and settings; put them in there.")
    else:
        config = model
    with opened_run(config.tuning, "retrain") as run:
        named = config.model_copy(update={"output": run.config.output})
        decision: Decision = run_flow("retrain", named, tracked=tracked, verbose=verbose)
    return decision


def _configuration(model: str, source: "TableSource | None", given: Mapping[str, Any]) -> RetrainConfig:
    if source is None:
        raise InputError("the new table must be named; got none; give a path, a URL or a DataFrame.")
    values = sections_of(given, RetrainConfig)
    words = settings_of(given, RetrainConfig, paths=PATHS, without=("model",))
    folder = str(words.get("out") or values.get("output", {}).get("folder") or OutputConfig().folder)
    apply_settings(values, words | {"model": model, "data": table_source(source, folder)})
    return retrain_config(values, "the settings")


def apply_settings(values: dict[str, Any], settings: Mapping[str, Any]) -> None:
    """Put each setting at its paths in `values`; one that is None is left out."""
    for name, value in settings.items():
        for path in PATHS[name] if value is not None else ():
            put(values, path, value)


def retrain_config(values: dict[str, Any], origin: str) -> RetrainConfig:
    """The configuration of a retraining; without a target of its own, it has the champion's.

    Raises `InputError` for whatever is wrong in it.
    """
    from finetooth.models.model import load_model
    from finetooth.registry.registry import Registry

    config = load_retrain(values, origin)
    if "target" in values["data"]:
        return config
    registry = Registry(config.registry.location)
    champion = registry.champion(config.model_name)
    if champion is None:
        return config  # the flow says what is missing
    target = load_model(registry.open(champion)).about.target
    return config.model_copy(update={"data": config.data.model_copy(update={"target": target})})

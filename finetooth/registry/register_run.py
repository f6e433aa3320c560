"""From a run to the registry: what a version is told about where its model comes from."""

import math
from typing import Any
from urllib.parse import urlsplit

from finetooth.config.tune import RegistryConfig, answer, identity
from finetooth.errors import InputError
from finetooth.registry.history import ChampionMovedError
from finetooth.registry.registry import Registry, Version
from finetooth.runs.run import Run

_JUDGED = (
    "label", "metric", "tuned", "default", "difference", "ci_low", "ci_high", "shipped", "sentence", "holdout_rows",
    "vault_openings", "trials", "search_score",
)  # fmt: skip


def lineage_of(run: Run) -> dict[str, Any]:
    """Where the model that a run ships comes from: data, code, libraries, configuration and the verdict on it.

    Raises `InputError` for a run without a verdict.
    """
    verdict = run.verdict()
    if verdict is None or not run.model.exists():
        raise InputError(
            f"a run must have ended with a verdict and a model; {run.folder} is '{run.state()}'; resume it."
        )
    judged = {name: getattr(verdict, name) for name in _JUDGED}
    numbers = {
        name: None if isinstance(value, float) and math.isnan(value) else value for name, value in judged.items()
    }
    return {
        **run.lineage(),
        **{name: value for name, value in numbers.items() if value is not None},
        "params": dict(verdict.params),
        "tuned_params": dict(verdict.tuned_params),
        **origin_of(run),
    }


def origin_of(run: Run) -> dict[str, Any]:
    """Which run a version comes from, all that its answer depends on, and the MLflow server that shows it, if one does.

    An address with a password is not kept: the registry may have more readers than the run.
    """
    told: dict[str, Any] = {"settings": answer(run.config), "config": identity(run.config), "run": run.folder.name}
    uri = run.config.tracking.mlflow
    return told | ({"mlflow": uri} if uri is not None and urlsplit(uri).password is None else {})


def register_run(run: Run, wanted: RegistryConfig, parent: int | None = None) -> Version:
    """Register the model that a run ships. `wanted.model` names it."""
    if wanted.model is None:
        raise InputError("a model must have a name to be registered; the run names none; give one with --register.")
    return Registry(wanted.location).register(wanted.model, run.model, lineage_of(run), parent)


def register_first(run: Run, wanted: RegistryConfig) -> tuple[Version, Version | None]:
    """Register a run's model, as champion if there is none yet. Returns the version, and the champion afterwards.

    The champion of that moment counts as the version's parent. A model whose verdict is INVALID is registered and not
    promoted.
    """
    registry = Registry(wanted.location)
    champion = registry.champion(str(wanted.model)) if wanted.model is not None else None
    version = register_run(run, wanted, None if champion is None else champion.number)
    if champion is None and version.label != "INVALID":
        try:
            champion = registry.promote(version.model, version.number, None, "the first version")
        except ChampionMovedError:  # another run was first, which is as well
            champion = registry.champion(version.model)
    return version, champion

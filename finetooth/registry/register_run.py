"""From a run to the registry: the run's model becomes a version that records where it comes from."""

import json
import math
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from finetooth.config.tune import answer, identity
from finetooth.errors import InputError
from finetooth.registry.history import ChampionMovedError
from finetooth.registry.registry import Registry, Version
from finetooth.runs.run import Run

_FROM_VERDICT = (
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
    outcome = {name: getattr(verdict, name) for name in _FROM_VERDICT}
    return {
        **run.lineage(),
        **{name: value for name, value in outcome.items() if _is_known(value)},
        "params": dict(verdict.params),
        "tuned_params": dict(verdict.tuned_params),
        **origin_of(run),
    }


def _is_known(value: Any) -> bool:
    return value is not None and not (isinstance(value, float) and math.isnan(value))


def origin_of(run: Run) -> dict[str, Any]:
    """Which run a version comes from, all that its answer depends on, and the MLflow server that shows it, if one does.

    An address with a password is not kept: the registry may have more readers than the run.
    """
    origin: dict[str, Any] = {"settings": answer(run.config), "config": identity(run.config), "run": run.folder.name}
    uri = run.config.tracking.mlflow
    return origin | ({"mlflow": uri} if uri is not None and urlsplit(uri).password is None else {})


def registry_of(run: Run) -> Registry | None:
    """The registry in which a run's model becomes a version; None where the run asks for none."""
    section = run.config.registry
    return None if section.model is None else Registry(section.location)


def register_run(registry: Registry, model: str, run: Run, parent: int | None = None) -> Version:
    """Register what a run ships as the next version of `model`; `parent` is the number of the version before it."""
    return registry.register(model, run.model, lineage_of(run), parent)


def register_first(registry: Registry, model: str, run: Run) -> tuple[Version, Version | None]:
    """Register a run's model, as champion if there is none yet. Returns the version, and the champion afterwards.

    The champion of that moment counts as the version's parent. A model whose verdict is INVALID is registered and not
    promoted.
    """
    champion = registry.champion(model)
    version = register_run(registry, model, run, None if champion is None else champion.number)
    if champion is None and version.label != "INVALID":
        try:
            champion = registry.promote(model, version.number, None, "the first version")
        except ChampionMovedError:  # another run was first, which is as well
            champion = registry.champion(model)
    return version, champion


def record_registered(
    run: Run, registry: Registry, version: Version, champion: int | None, previous: int | None = None
) -> dict[str, Any]:
    """Write `registered.json`: the version that the run's model is, who serves now, and who served before if known."""
    record = {"model": version.model, "version": version.number, "champion": champion, "registry": registry.location}
    record |= {"previous": previous} if previous not in {None, champion} else {}
    run.write("registered.json", json.dumps(record, indent=2) + "\n")
    return record


def registration_sentence(record: Mapping[str, Any]) -> str:
    """What `registered.json` records, in a sentence."""
    head = f"registered as version {record['version']} of '{record['model']}' in '{record['registry']}'"
    if record["champion"] == record["version"]:
        return f"{head}: the champion"
    if record["champion"] is None:
        return f"{head}; there is no champion, since an invalid verdict makes none"
    where = "" if record["registry"] == "models" else f" --registry {record['registry']}"
    return (
        f"{head}; the champion is still version {record['champion']}; make this one the champion with: "
        f"finetooth promote {record['model']} {record['version']}{where}"
    )

"""Registration: the model that a run ships becomes a version of a model in the registry, where the run asks for it."""

import json
from typing import Any

from finetooth.registry.register_run import register_first
from finetooth.registry.version import Version
from finetooth.runs.run import Run
from finetooth.tasks.runtime.step import note, step


@step("register", task_run_name="register-{run.config.name}", tags=["stage"], retries=2, retry_delay_seconds=5)
def register(run: Run) -> dict[str, Any] | None:
    """Register the run's model, and make it the champion if there is none yet. Returns what was done, if anything.

    The same run is registered once, however often it is resumed; `registered.json` in its folder says as what.
    """
    wanted = run.config.registry
    if wanted.model is None:
        return None
    version, champion = register_first(run, wanted)
    told = record_registered(run, version, None if champion is None else champion.number, None, wanted.location)
    note(said(told))
    return told


def record_registered(
    run: Run, version: Version, champion: int | None, previous: int | None, location: str
) -> dict[str, Any]:
    """Write `registered.json`: the version that the run's model is, who serves now, and who served before if known."""
    told = {"model": version.model, "version": version.number, "champion": champion, "registry": location}
    told |= {"previous": previous} if previous not in {None, champion} else {}
    run.write("registered.json", json.dumps(told, indent=2) + "\n")
    return told


def said(told: dict[str, Any]) -> str:
    """What was registered, in a sentence."""
    head = f"registered as version {told['version']} of '{told['model']}' in '{told['registry']}'"
    if told["champion"] == told["version"]:
        return f"{head}: the champion"
    if told["champion"] is None:
        return f"{head}; there is no champion, since an invalid verdict makes none"
    where = "" if told["registry"] == "models" else f" --registry {told['registry']}"
    return (
        f"{head}; the champion is still version {told['champion']}; make this one the champion with: "
        f"finetooth promote {told['model']} {told['version']}{where}"
    )

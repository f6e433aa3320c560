"""The champion: which model serves, its files verified, and what it learned from."""

import math
from dataclasses import dataclass

from finetooth.config.retrain import RetrainConfig
from finetooth.errors import InputError, unknown
from finetooth.models.model import Model, load
from finetooth.registry.registry import Registry, Version
from finetooth.retraining.reference import Reference, recall
from finetooth.tasks.runtime.retrain_checkpoint import begun, taken_up
from finetooth.tasks.runtime.step import note, step
from finetooth.tracking import wanted


@dataclass(frozen=True, slots=True)
class Champion:
    """The model that serves. `order` counts the next comparison with it; `reference` is None where nothing was kept.

    `score` is what it had on sealed rows when it came to serve, in the metric's own direction; NaN when nobody knows.
    """

    version: Version
    model: Model
    reference: Reference | None
    order: int
    score: float
    score_rows: int


@step("champion", task_run_name="champion-{config.model_name}", tags=["stage"])
def serving(config: RetrainConfig) -> Champion:
    """Open the champion: of a run that goes on, the one that it began with.

    Raises `InputError` when there is none or another by now, its files were altered, the registry cannot be written, or
    a tracker does not answer.
    """
    registry, name = Registry(config.registry.location), config.model_name
    earlier = begun(config)
    version = _serving(registry, name) if earlier is None else taken_up(registry, name, *earlier)
    order = _comparisons(registry, version) + 1 if earlier is None else earlier[1].order
    folder = registry.open(version)
    registry.check_writable()  # before any compute is spent
    wanted(config.tracking)
    reference = recall(folder)
    score, rows = _score(version)
    champion = Champion(version, load(folder), reference, order, score, rows)
    if reference is None:
        note("nothing was kept of what the champion learned from: no drift can be seen", warning=True)
    note(f"the champion is version {version.number} of '{name}', registered {version.created}")
    return champion


def _serving(registry: Registry, name: str) -> Version:
    version = registry.champion(name)
    if version is not None:
        return version
    if not registry.versions(name):
        raise unknown("model", name, f"the registry '{registry.location}'", registry.models())
    raise InputError(f"'{name}' must have a champion to be retrained; promote one of its versions.")


def _comparisons(registry: Registry, version: Version) -> int:
    """How often challengers were compared with this champion since it came to serve."""
    count = 0
    for change in registry.history(version.model):
        if change.action in {"promote", "rollback"}:
            count = 0
        elif change.version != version.number:
            count += change.action == "keep"
    return count


def _score(version: Version) -> tuple[float, int]:
    known = version.lineage
    shipped = "default" if known.get("shipped") == "default" else "tuned"
    return float(known.get(shipped, math.nan)), int(known.get("holdout_rows", 0))

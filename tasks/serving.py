"""The champion: which model serves, its files verified, and what it learned from."""

import math
import uuid
from dataclasses import dataclass

from finetooth.errors import InputError, unknown
from finetooth.registry.drift_reference import Reference, recall
from finetooth.registry.models import Registry, Version
from finetooth.registry.place import place
from finetooth.retrain_config import RetrainConfig
from finetooth.trials.model import Model, load
from tasks.step import note, step


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
    """Open the champion. Raises `InputError` when there is none, its files were altered, or nothing can be written."""
    registry, name = Registry(config.registry.location), config.model_name
    version = registry.champion(name)
    if version is None:
        if not registry.versions(name):
            raise unknown("model", name, f"the registry '{config.registry.location}'", registry.models())
        raise InputError(f"'{name}' must have a champion to be retrained; promote one of its versions.")
    folder = registry.open(version)
    _check_writable(config.registry.location, name)
    reference = recall(folder)
    score, rows = _score(version)
    champion = Champion(version, load(folder), reference, _comparisons(registry, version) + 1, score, rows)
    if reference is None:
        note("nothing was kept of what the champion learned from: no drift can be seen", warning=True)
    note(f"the champion is version {version.number} of '{name}', registered {version.created}")
    return champion


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


def _check_writable(location: str, model: str) -> None:
    """Raise `InputError` before any compute is spent, when the decision could not be written down."""
    where = place(location)
    probe = f"{model}/.writable-{uuid.uuid4().hex}"
    where.create(probe, b"")
    where.system.rm_file(f"{where.root.rstrip('/')}/{probe}")

"""The champion, and a retraining that challenges it: what every step of a retraining works with."""

import math
from dataclasses import dataclass

from finetooth.config.retrain import RetrainConfig
from finetooth.config.tune import TuneConfig
from finetooth.errors import InputError, unknown
from finetooth.models.model import Model, load_model
from finetooth.registry.registry import Registry
from finetooth.registry.version import Version
from finetooth.retraining.reference import Reference, read_reference
from finetooth.runs.run import Run


@dataclass(frozen=True, slots=True)
class Champion:
    """The version that serves, its model, and what it learned from (`reference`, None where it was not stored).

    `order` counts the next comparison with it. `score` is what it had on `score_rows` sealed rows when it was promoted,
    in the metric's own direction; NaN when that is not known.
    """

    version: Version
    model: Model
    reference: Reference | None
    order: int
    score: float
    score_rows: int


@dataclass(frozen=True, slots=True)
class Retraining:
    """A retraining under way: its configuration, the folder of its run, the registry, and the champion in it."""

    config: RetrainConfig
    run: Run
    registry: Registry
    champion: Champion

    @property
    def tuning(self) -> TuneConfig:
        """The run's configuration with the champion's kind of task: rows are sealed and opened for it."""
        config = self.run.config
        return config.model_copy(update={"data": config.data.model_copy(update={"kind": self.champion.model.kind})})


def champion_of(registry: Registry, name: str) -> Version:
    """The version of a model that serves. Raises `InputError` when there is none."""
    version = registry.champion(name)
    if version is not None:
        return version
    if not registry.versions(name):
        raise unknown("model", name, f"the registry '{registry.location}'", registry.models())
    raise InputError(f"'{name}' must have a champion to be retrained; promote one of its versions.")


def open_champion(registry: Registry, version: Version, order: int | None = None) -> Champion:
    """Load a version as the champion, its files verified. `order` is given where the comparison has begun already."""
    folder = registry.open(version)
    score, rows = _registered_score(version)
    number = count_comparisons(registry, version) + 1 if order is None else order
    return Champion(version, load_model(folder), read_reference(folder), number, score, rows)


def count_comparisons(registry: Registry, version: Version) -> int:
    """How often challengers were compared with this champion since it came to serve."""
    count = 0
    for change in registry.history(version.model):
        if change.action in {"promote", "rollback"}:
            count = 0
        elif change.version != version.number:
            count += change.action == "keep"
    return count


def _registered_score(version: Version) -> tuple[float, int]:
    """The score on sealed rows that a version was registered with, and how many rows there were."""
    lineage = version.lineage
    shipped = "default" if lineage.get("shipped") == "default" else "tuned"
    return float(lineage.get(shipped, math.nan)), int(lineage.get("holdout_rows", 0))

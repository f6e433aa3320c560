"""The checkpoint of a retraining, written at its start, so that one that was killed resumes against the same champion.

`retrain.json` holds the champion's version, the number of this comparison with it, and the parts of the configuration
that a tuning run does not know. With the same of each the vault is opened for the same commitment, which counts once.
"""

from dataclasses import dataclass
from pathlib import Path

from finetooth.config.retrain import ApprovalConfig, DecideConfig, PromotionConfig, RetrainConfig
from finetooth.errors import InputError
from finetooth.records import from_json, to_json
from finetooth.registry.registry import Registry
from finetooth.registry.version import Version
from finetooth.retraining.champion import Retraining
from finetooth.runs.run import Run
from finetooth.tasks.runtime.run_name import named_run

FILE = "retrain.json"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The champion's version, the number of the comparison with it, and how it is decided."""

    champion: int
    order: int
    decide: DecideConfig
    promotion: PromotionConfig
    approval: ApprovalConfig


def write_checkpoint(retraining: Retraining) -> None:
    """Write the checkpoint of a new run; a run that is resumed keeps its own."""
    config, run, champion = retraining.config, retraining.run, retraining.champion
    if not (run.folder / FILE).exists():
        checkpoint = Checkpoint(
            champion.version.number, champion.order, config.decide, config.promotion, config.approval
        )
        run.write(FILE, to_json(checkpoint) + "\n")


def checkpoint_of(config: RetrainConfig) -> Checkpoint | None:
    """The checkpoint of the run that a configuration names; None for a new run."""
    output = named_run(config).output
    return None if output.run is None else _read(Path(output.folder) / output.run)


def champion_at(checkpoint: Checkpoint, config: RetrainConfig, registry: Registry) -> Version:
    """The champion that a run began with.

    Raises `InputError` when another version serves by now, unless it is this very run that promoted it.
    """
    model, run = config.model_name, named_run(config).output.run
    current = registry.champion(model)
    promoted_by_run = current is not None and (current.run, current.parent) == (run, checkpoint.champion)
    if current is None or not (promoted_by_run or current.number == checkpoint.champion):
        now = "none" if current is None else f"version {current.number}"
        raise InputError(
            "a retraining must go on against the champion that it began with, version "
            f"{checkpoint.champion} of '{model}'; {now} serves now; start another retraining."
        )
    return registry.version(model, checkpoint.champion)


def resumed_config(run: Run) -> RetrainConfig:
    """The whole configuration of a retraining from its folder. Raises `InputError` when it had not begun."""
    checkpoint = _read(run.folder)
    if checkpoint is None:
        raise InputError(
            f"a retraining must have begun to be resumed; {run.folder} holds nothing yet; type its command again."
        )
    sections = {"decide": checkpoint.decide, "promotion": checkpoint.promotion, "approval": checkpoint.approval}
    return RetrainConfig.model_validate(run.config.model_dump() | sections)


def _read(folder: Path) -> Checkpoint | None:
    path = folder / FILE
    return from_json(Checkpoint, path.read_bytes()) if path.exists() else None

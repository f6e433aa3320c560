"""What a retraining began with, kept in its folder, so that one that was killed goes on against the same champion.

`retrain.json` holds the champion's version, the number of this comparison with it, and the parts of the configuration
that a tuning run does not know. With the same of each the vault is opened for the same commitment, which counts once.
"""

from dataclasses import dataclass
from pathlib import Path

from finetooth.config.retrain import ApprovalConfig, DecideConfig, PromotionConfig, RetrainConfig
from finetooth.errors import InputError
from finetooth.records import from_json, to_json
from finetooth.registry.registry import Registry, Version
from finetooth.runs.run import Run
from finetooth.tasks.runtime.run_folder import named_run

FILE = "retrain.json"


@dataclass(frozen=True, slots=True)
class Begun:
    """The champion's version, the number of the comparison with it, and how it is decided."""

    champion: int
    order: int
    decide: DecideConfig
    promotion: PromotionConfig
    approval: ApprovalConfig


def begin(config: RetrainConfig, run: Run, champion: int, order: int) -> None:
    """Keep what the run begins with; a run that goes on keeps what it began with."""
    if not (run.folder / FILE).exists():
        begun = Begun(champion, order, config.decide, config.promotion, config.approval)
        run.write(FILE, to_json(begun) + "\n")


def begun(config: RetrainConfig) -> tuple[str, Begun] | None:
    """The name of the run that this configuration goes on with, and what it began with; None for a new one."""
    output = named_run(config).output
    if output.run is None:
        return None
    path = Path(output.folder) / output.run / FILE
    return (output.run, from_json(Begun, path.read_bytes())) if path.exists() else None


def taken_up(registry: Registry, model: str, run: str, found: Begun) -> Version:
    """The champion that a run began with.

    Raises `InputError` when another serves by now, unless it is this very run that promoted it.
    """
    serves = registry.champion(model)
    own = serves is not None and (serves.run, serves.parent) == (run, found.champion)
    if serves is None or not (own or serves.number == found.champion):
        now = "none" if serves is None else f"version {serves.number}"
        raise InputError(
            f"a retraining must go on against the champion that it began with, version {found.champion} of '{model}'; "
            f"{now} serves now; start another retraining."
        )
    return registry.version(model, found.champion)


def configuration(run: Run) -> RetrainConfig:
    """The whole configuration of a retraining from its folder. Raises `InputError` when it had not begun."""
    path = run.folder / FILE
    if not path.exists():
        raise InputError(
            f"a retraining must have begun to be resumed; {run.folder} holds nothing yet; type its command again."
        )
    found = from_json(Begun, path.read_bytes())
    own = {"decide": found.decide, "promotion": found.promotion, "approval": found.approval}
    return RetrainConfig.model_validate(run.config.model_dump() | own)

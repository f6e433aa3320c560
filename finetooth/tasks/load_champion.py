"""Load the champion: the version that serves, its files verified, and what it learned from."""

from finetooth.config.retrain import RetrainConfig
from finetooth.registry.registry import Registry
from finetooth.retraining.champion import Champion, champion_of, open_champion
from finetooth.tasks.runtime.retrain_checkpoint import champion_at, checkpoint_of
from finetooth.tasks.runtime.step import note, step
from finetooth.tracking import senders


@step("champion", task_run_name="champion-{config.model_name}", tags=["stage"])
def load_champion(config: RetrainConfig, registry: Registry) -> Champion:
    """The champion; of a run that is resumed, the one that it began with.

    Raises `InputError` when there is none or another by now, its files were altered, the registry cannot be written, or
    a tracker does not answer.
    """
    name, checkpoint = config.model_name, checkpoint_of(config)
    if checkpoint is None:
        champion = open_champion(registry, champion_of(registry, name))
    else:
        champion = open_champion(registry, champion_at(checkpoint, config, registry), checkpoint.order)
    registry.check_writable()  # before any compute is spent
    senders(config.tracking)
    if champion.reference is None:
        note("nothing was kept of what the champion learned from: no drift can be seen", warning=True)
    note(f"the champion is version {champion.version.number} of '{name}', registered {champion.version.created}")
    return champion

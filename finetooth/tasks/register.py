"""Registration: the model that a run ships becomes a version of a model in the registry, where the run asks for it."""

from typing import Any

from finetooth.registry.register_run import record_registered, register_first, registration_sentence, registry_of
from finetooth.runs.run import Run
from finetooth.tasks.runtime.step import note, step


@step("register", task_run_name="register-{run.config.name}", tags=["stage"], retries=2, retry_delay_seconds=5)
def register(run: Run) -> dict[str, Any] | None:
    """Register the run's model, and make it the champion if there is none yet. Returns what was done, if anything.

    The same run is registered once, however often it is resumed; `registered.json` in its folder says as what.
    """
    registry = registry_of(run)
    if registry is None:
        return None
    version, champion = register_first(registry, str(run.config.registry.model), run)
    record = record_registered(run, registry, version, None if champion is None else champion.number)
    note(registration_sentence(record))
    return record

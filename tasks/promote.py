"""The model that ships, written where it loads without pickle."""

from finetooth.drift.reference import remember
from finetooth.registry.runs import Run
from finetooth.verdict.validate import Outcome
from tasks.record import data_of
from tasks.step import step


@step("promote", task_run_name="promote-{run.config.name}", tags=["stage"])
def promote(run: Run, outcome: Outcome) -> str:
    """Write the model into the run's folder, and beside it the tuned one that was not shown to be better, if so.

    Returns the folder of the model that ships.
    """
    outcome.model.save(run.model)
    if (data := data_of(run)) is not None:
        remember(run.model, data)  # what later data are compared with
    if outcome.verdict.shipped == "default":
        outcome.tuned.save(run.folder / "tuned-but-not-shipped")
    return str(run.model)

"""The model that ships, written where it loads without pickle."""

from finetooth.report.gather import data_of
from finetooth.retraining.reference import remember
from finetooth.runs.run import Run
from finetooth.tasks.runtime.step import step
from finetooth.verdict.validate import Outcome


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

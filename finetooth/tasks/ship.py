"""Shipping: the model is written where it loads without pickle, and registered if the run asks for it."""

from finetooth.report.gather import data_of
from finetooth.retraining.reference import write_reference
from finetooth.runs.run import Run
from finetooth.tasks.register import register
from finetooth.tasks.runtime.open_study import write_lineage
from finetooth.tasks.runtime.step import step
from finetooth.trials.study import Study
from finetooth.verdict.validate import ValidationResult


def ship(study: Study, outcome: ValidationResult) -> None:
    """Write the model that ships, and make a version of it where the run is to have one."""
    write_lineage(study)  # a version says where its model comes from
    save_model(study.run, outcome)
    register(study.run)


@step("promote", task_run_name="promote-{run.config.name}", tags=["stage"])
def save_model(run: Run, outcome: ValidationResult) -> str:
    """Write the model into the run's folder, and beside it the tuned one that was not shown to be better, if so.

    Returns the folder of the model that ships.
    """
    outcome.model.save(run.model)
    if (data := data_of(run)) is not None:
        write_reference(run.model, data)  # what later data are compared with
    if outcome.verdict.shipped == "default":
        outcome.tuned.save(run.folder / "tuned-but-not-shipped")
    return str(run.model)

"""Tune: from a table to a verdict, every stage in order."""

from prefect import flow

from finetooth.config.tune import TuneConfig
from finetooth.records import Verdict
from finetooth.tasks.check_leakage import check_leakage
from finetooth.tasks.coarse import coarse_search
from finetooth.tasks.refine import refine
from finetooth.tasks.register import register
from finetooth.tasks.replicate import replicate
from finetooth.tasks.report import reported
from finetooth.tasks.runtime.open_study import bench
from finetooth.tasks.runtime.run_folder import run_folder
from finetooth.tasks.save_model import promote
from finetooth.tasks.split import split
from finetooth.tasks.track import tracked_elsewhere
from finetooth.tasks.validate import validate


@flow(name="tune", flow_run_name="tune-{config.name}")
def tune(config: TuneConfig = TuneConfig()) -> Verdict:  # noqa: B008 (a frozen value)
    """Tune a model on a table, and say honestly whether it helped."""
    # A page for every ending, also when a leak stops the run; then it is shown elsewhere, if that is wanted.
    with run_folder(config, "tune") as run, tracked_elsewhere(run), reported(run):
        sealed = split(run.config, run)  # development rows here, the sealed vault elsewhere
        with bench(run, sealed.data) as trials:  # a Dask cluster, and what every stage needs
            findings = check_leakage(run.config, run, trials, sealed.findings)  # an error stops here, before compute
            coarse = coarse_search(run.config, trials)  # random search on one shared subset of rows
            refined = refine(run.config, trials, coarse)  # genetic search on all development rows
            chosen = replicate(run.config, trials, refined)  # fresh folds and seeds for the best and the default
            outcome = validate(run.config, run, trials, chosen, findings)  # opens the vault, once
        promote(run, outcome)  # the model that ships
        register(run)  # a version of it where models are kept, if the run is to have one
    return outcome.verdict

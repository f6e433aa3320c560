"""Tune: from a table to a verdict, every stage in order."""

from prefect import flow

from finetooth.config.tune import TuneConfig
from finetooth.records import Verdict
from finetooth.tasks.check_leakage import check_leakage
from finetooth.tasks.coarse import coarse_search
from finetooth.tasks.open_run import open_run
from finetooth.tasks.refine import refine
from finetooth.tasks.replicate import replicate
from finetooth.tasks.rotate import rotate
from finetooth.tasks.runtime.open_study import open_study
from finetooth.tasks.ship import ship
from finetooth.tasks.split import split
from finetooth.tasks.validate import validate


@flow(name="tune", flow_run_name="tune-{config.name}")
def tune(config: TuneConfig = TuneConfig()) -> Verdict:  # noqa: B008 (a frozen value)
    """Tune a model on a table, and say honestly whether it helped."""
    # The folder, with a page for every ending; development rows here, the sealed vault elsewhere; a Dask cluster.
    with open_run(config, "tune") as run, open_study(run, split(run)) as study:
        findings = check_leakage(study)  # an error stops here, before any compute is spent
        coarse = coarse_search(study)  # random search on one shared subset of rows
        refined = refine(study, coarse)  # genetic search on all development rows
        chosen = replicate(study, refined)  # fresh folds and seeds for the best and the default
        outer = rotate(study)  # on a small table: all three again for each outer fold, whose rows they cannot read
        outcome = validate(study, chosen, outer, findings)  # opens the vault, or that of each fold, once
        ship(study, outcome)  # the model that ships; a version of it where models are kept
    return outcome.verdict

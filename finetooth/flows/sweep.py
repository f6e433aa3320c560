"""Sweep: one search over a Dask cluster, with no stages around it."""

from prefect import flow

from finetooth.config.tune import TuneConfig
from finetooth.records import Trial
from finetooth.tasks.open_run import open_run
from finetooth.tasks.runtime.open_study import open_study
from finetooth.tasks.split import split
from finetooth.tasks.sweep import search


@flow(name="sweep", flow_run_name="sweep-{config.name}")
def sweep(config: TuneConfig = TuneConfig()) -> tuple[Trial, ...]:  # noqa: B008 (a frozen value)
    """Search for good parameters by cross-validation; nothing is replicated or validated."""
    with open_run(config, "sweep") as run, open_study(run, split(run)) as study:
        return search(study)

"""Sweep: one search over a Dask cluster, with no stages around it."""

from prefect import flow

from finetooth.config.tune import TuneConfig
from finetooth.records import Trial
from finetooth.tasks.report import reported
from finetooth.tasks.runtime.open_study import bench
from finetooth.tasks.runtime.run_folder import run_folder
from finetooth.tasks.split import split
from finetooth.tasks.sweep import search


@flow(name="sweep", flow_run_name="sweep-{config.name}")
def sweep(config: TuneConfig = TuneConfig()) -> tuple[Trial, ...]:  # noqa: B008 (a frozen value)
    """Search for good parameters by cross-validation; nothing is replicated or validated."""
    with run_folder(config, "sweep") as run, reported(run):
        sealed = split(run.config, run)
        with bench(run, sealed.data) as trials:
            return search(run.config, trials)

"""Sweep: one search over a Dask cluster, with no stages around it."""

from prefect import flow

from finetooth.config import TuneConfig
from finetooth.records import Trial
from tasks.bench import bench
from tasks.folder import run_folder
from tasks.report import reported
from tasks.split import split
from tasks.sweep import search


@flow(name="sweep", flow_run_name="sweep-{config.name}")
def sweep(config: TuneConfig = TuneConfig()) -> tuple[Trial, ...]:  # noqa: B008 (a frozen value)
    """Search for good parameters by cross-validation; nothing is replicated or validated."""
    with run_folder(config, "sweep") as run, reported(run):
        sealed = split(run.config, run)
        with bench(run, sealed.data) as trials:
            return search(run.config, trials)

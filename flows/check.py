"""Check: the leakage gate alone."""

from prefect import flow

from finetooth.config import TuneConfig
from finetooth.records import Finding
from tasks.bench import bench
from tasks.check_leakage import check_leakage
from tasks.folder import run_folder
from tasks.report import reported
from tasks.split import split


@flow(name="check", flow_run_name="check-{config.name}")
def check(config: TuneConfig = TuneConfig()) -> tuple[Finding, ...]:  # noqa: B008 (a frozen value)
    """Look for leaks, and spend no trial."""
    with run_folder(config, "check") as run, reported(run):
        sealed = split(run.config, run)
        with bench(run, sealed.data) as trials:
            return check_leakage(run.config, run, trials, sealed.findings)

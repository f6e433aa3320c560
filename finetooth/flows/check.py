"""Check: the leakage gate alone."""

from prefect import flow

from finetooth.config.tune import TuneConfig
from finetooth.records import Finding
from finetooth.tasks.check_leakage import check_leakage
from finetooth.tasks.report import reported
from finetooth.tasks.runtime.open_study import bench
from finetooth.tasks.runtime.run_folder import run_folder
from finetooth.tasks.split import split


@flow(name="check", flow_run_name="check-{config.name}")
def check(config: TuneConfig = TuneConfig()) -> tuple[Finding, ...]:  # noqa: B008 (a frozen value)
    """Look for leaks, and spend no trial."""
    with run_folder(config, "check") as run, reported(run):
        sealed = split(run.config, run)
        with bench(run, sealed.data) as trials:
            return check_leakage(run.config, run, trials, sealed.findings)

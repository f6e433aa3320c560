"""Check: the leakage gate alone."""

from prefect import flow

from finetooth.config.tune import TuneConfig
from finetooth.records import Finding
from finetooth.tasks.check_leakage import check_leakage
from finetooth.tasks.open_run import open_run
from finetooth.tasks.runtime.open_study import open_study
from finetooth.tasks.split import split


@flow(name="check", flow_run_name="check-{config.name}")
def check(config: TuneConfig = TuneConfig()) -> tuple[Finding, ...]:  # noqa: B008 (a frozen value)
    """Look for leaks, and spend no trial."""
    with open_run(config, "check") as run, open_study(run, split(run)) as study:
        return check_leakage(study)

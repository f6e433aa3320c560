"""The report: one HTML page in the run's folder, and the same as Markdown on the run's page in the Prefect UI."""

from collections.abc import Iterator
from contextlib import contextmanager

from prefect.artifacts import create_link_artifact, create_markdown_artifact

from finetooth.errors import LeakageError
from finetooth.report import markdown, write
from finetooth.report.gather import record_of
from finetooth.runs.run import Run
from finetooth.tasks.runtime.step import note, step, tracked

_LINK_DESCRIPTION = "The whole report with its figures: a file on the machine that ran the flow"


@step("report", task_run_name="report-{run.config.name}", tags=["stage"])
def report(run: Run) -> str:
    """Write the report from what the run's folder holds. Returns its path."""
    record = record_of(run)
    write(record, run.report)
    if tracked():
        create_markdown_artifact(markdown(record), key="report", description=f"Report of {run.folder.name}")
        create_link_artifact(
            run.report.as_uri(), key="report-page", link_text=str(run.report), description=_LINK_DESCRIPTION
        )
        note(f"report: {run.report}")
    return str(run.report)


@contextmanager
def reporting(run: Run) -> Iterator[None]:
    """Write the report when the block ends: with a verdict, by the leakage gate, or after a search alone."""
    try:
        yield
    except LeakageError:
        report(run)
        raise
    report(run)

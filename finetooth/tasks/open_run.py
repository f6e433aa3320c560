"""A run, opened for the length of a flow: its folder, a report for every ending, and where else it is shown."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from finetooth.config.tune import TuneConfig
from finetooth.runs.run import Run
from finetooth.tasks.report import reporting
from finetooth.tasks.runtime.run_folder import run_folder
from finetooth.tasks.track import sending_to_trackers


@contextmanager
def open_run(config: TuneConfig, flow: str) -> Iterator[Run]:
    """The folder of a run of this flow; a page for every ending, also when a leak stops the run.

    A tuning run is then shown elsewhere, if that is wanted; a retraining is when who serves has been decided.
    """
    with run_folder(config, flow) as run, sending_to_trackers(run) if flow == "tune" else nullcontext(), reporting(run):
        yield run

"""A run, opened for the length of a flow: its folder, a report for every ending, and where else it is shown."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from finetooth.config.tune import TuneConfig
from finetooth.runs.run import Run, opened_run
from finetooth.tasks.report import reporting
from finetooth.tasks.runtime.run_name import named_run
from finetooth.tasks.track import sending_to_trackers
from finetooth.trials.searches import check_methods


@contextmanager
def open_run(config: TuneConfig, flow: str) -> Iterator[Run]:
    """The folder of a run of this flow; a page for every ending, also when a leak stops the run.

    A tuning run is then shown elsewhere, if that is wanted; a retraining is when who serves has been decided.
    """
    check_methods(config)
    shown = sending_to_trackers if flow == "tune" else nullcontext
    with opened_run(named_run(config), flow) as run, shown(run), reporting(run):
        yield run

"""A flow run for a command: its progress shown, and how to go on said where it is interrupted."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

from finetooth.api.running import run_flow
from finetooth.config.retrain import WatchConfig
from finetooth.config.tune import TuneConfig

if TYPE_CHECKING:
    from finetooth.runs.run import Run

INTERRUPTED = 130  # the exit code


@contextmanager
def resumable(config: TuneConfig, flow: str, *, untracked: bool) -> Iterator["Run"]:
    """The folder of a run, known from the start, so that an interruption can say how to go on."""
    from finetooth.cli import display
    from finetooth.runs.run import opened_run

    with opened_run(config, flow) as run:
        try:
            yield run
        except KeyboardInterrupt:
            display.interrupted(run.folder, untracked=untracked)
            raise typer.Exit(INTERRUPTED) from None


def run(flow: str, config: TuneConfig | WatchConfig, *, untracked: bool) -> Any:
    """What the flow returns; its progress is shown."""
    return run_flow(flow, config, tracked=not untracked, verbose=True)

"""The Prefect server of a tracked run, where none is configured."""

import subprocess
from typing import Any

from prefect.context import FlowRunContext
from prefect.server.api.server import SubprocessASGIServer
from prefect.settings import get_current_settings

from finetooth.api import progress
from finetooth.tasks.runtime.signals import interrupts_blocked


class _Server(SubprocessASGIServer):
    """Prefect's own temporary server; after Ctrl-C it lives until the run has told it how it ended."""

    def _run_uvicorn_command(self) -> "subprocess.Popen[Any]":
        with interrupts_blocked():
            return super()._run_uvicorn_command()


def ensure_server(*, verbose: bool) -> None:
    """Start a server unless one is configured. Prefect finds it, and stops it when this process ends."""
    if FlowRunContext.get() is None and get_current_settings().api.url is None:
        if verbose:
            progress.starting()
        _Server().start()

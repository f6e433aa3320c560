"""The Prefect server of a command, where none is configured."""

import subprocess
from typing import Any

from prefect.server.api.server import SubprocessASGIServer
from prefect.settings import get_current_settings

from finetooth.cli import display
from finetooth.tasks.runtime.signals import children_deaf


class _Server(SubprocessASGIServer):
    """Prefect's own temporary server; after Ctrl-C it lives until the run has told it how it ended."""

    def _run_uvicorn_command(self) -> "subprocess.Popen[Any]":
        with children_deaf():
            return super()._run_uvicorn_command()


def ensure_server() -> None:
    """Start a server unless one is configured. Prefect finds it, and stops it when this process ends."""
    if get_current_settings().api.url is None:
        display.starting()
        _Server().start()

"""A Prefect server for the length of one command, where none is configured."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from prefect.server.api.server import SubprocessASGIServer
from prefect.settings import PREFECT_API_URL, get_current_settings, temporary_settings

from flows import display
from tasks.interrupts import children_deaf


class _Server(SubprocessASGIServer):
    """Prefect's own temporary server; it lives until the run has told it how it ended, also after Ctrl-C."""

    def _run_uvicorn_command(self) -> "subprocess.Popen[Any]":
        with children_deaf():
            return super()._run_uvicorn_command()


@contextmanager
def server() -> Iterator[None]:
    """Run flows inside against the configured server, or against one that starts here and ends with the block."""
    if get_current_settings().api.url is not None:
        yield
        return
    display.starting()
    temporary = _Server()
    try:
        temporary.start()
        with temporary_settings({PREFECT_API_URL: temporary.api_url}):
            yield
    finally:
        temporary.stop()

"""The command line in this process."""

import signal
import sys

import pytest


@pytest.fixture
def finetooth(monkeypatch, capsys):
    """Call the entry point with some words; its exit code, standard output and standard error."""
    from flows.cli import main

    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setenv("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")

    def call(*words):
        monkeypatch.setattr(sys, "argv", ["finetooth", *map(str, words)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return ended.value.code, out, err

    yield call
    signal.signal(signal.SIGTERM, before)

"""The command line in this process, and a registry that has a champion."""

import signal
import sys

import pytest

from tests.flows.retraining import serving


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


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """A folder with a registry that has a champion, and the table that it was tuned on."""
    folder = tmp_path_factory.mktemp("first")
    serving(folder)
    return folder

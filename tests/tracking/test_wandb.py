"""A run in Weights & Biases, offline: written to this machine, and nothing is sent anywhere."""

import time
from importlib.util import find_spec

import pytest

from finetooth.config.tune import TrackingConfig
from finetooth.tracking import wandb_project
from tests.tracking.showing import payload

pytestmark = pytest.mark.skipif(find_spec("wandb") is None, reason="the extra 'wandb' is not installed")


def test_an_offline_run_lies_in_its_own_folder_with_numbers_words_and_finalists(tables, tmp_path, monkeypatch):
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setenv("WANDB_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("WANDB_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("WANDB_DIR", raising=False)
    registered = {"model": "credit", "version": 1, "champion": 1, "registry": "models"}
    seen = wandb_project.send(
        payload(tables["binary"], tmp_path / "run", "first", registered=registered),
        TrackingConfig(wandb="team/scores", experiment="weekly"),
    )
    (written,) = (tmp_path / "run" / "wandb").glob("offline-run-*/*.wandb")
    assert str(written.parent) in seen
    assert "wandb sync" in seen
    words = ("scores", "first", "weekly", "shipped.max_depth", "refine.best", "IMPROVED", "finalists", "champion")
    until = time.monotonic() + 60  # its own process writes the last lines a moment after the run has ended
    while missing := [word for word in words if word.encode() not in written.read_bytes()]:
        assert time.monotonic() < until, missing
        time.sleep(0.1)

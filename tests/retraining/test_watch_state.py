"""What was seen at a data location is kept beside the model, and never written over."""

import pytest

from finetooth.errors import InputError
from finetooth.retraining.watch import WatchState
from finetooth.retraining.watch_state import read_watch_state, write_watch_state


def test_the_newest_look_is_remembered_a_location_at_a_time(tmp_path):
    registry = str(tmp_path / "models")
    states = [WatchState({"data.csv": digest}, "data.csv") for digest in ("first", "second")]
    assert read_watch_state(registry, "churn", "data.csv") is None
    for state in states:
        write_watch_state(registry, "churn", "data.csv", state)
    assert read_watch_state(registry, "churn", "data.csv") == states[1]
    assert read_watch_state(registry, "churn", "elsewhere.csv") is None


def test_a_registry_that_is_not_writable_is_said(tmp_path):
    (tmp_path / "models").write_text("a file")
    with pytest.raises(InputError, match="the registry must be writable"):
        write_watch_state(str(tmp_path / "models"), "churn", "data.csv", WatchState())

"""What was seen at a data location is kept beside the model, and never written over."""

import pytest

from finetooth.errors import InputError
from finetooth.retraining.watch import Look
from finetooth.retraining.watch_state import remember, remembered


def test_the_newest_look_is_remembered_a_location_at_a_time(tmp_path):
    registry = str(tmp_path / "models")
    looks = [Look({"data.csv": told}, "data.csv") for told in ("first", "second")]
    assert remembered(registry, "churn", "data.csv") is None
    for one in looks:
        remember(registry, "churn", "data.csv", one)
    assert remembered(registry, "churn", "data.csv") == looks[1]
    assert remembered(registry, "churn", "elsewhere.csv") is None


def test_a_registry_that_is_not_writable_is_said(tmp_path):
    (tmp_path / "models").write_text("a file")
    with pytest.raises(InputError, match="the registry must be writable"):
        remember(str(tmp_path / "models"), "churn", "data.csv", Look())

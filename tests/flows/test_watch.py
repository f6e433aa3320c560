"""Watching, untracked: what is worth an event is sent once, and what failed to be sent is sent again."""

import pytest

from finetooth.config.retrain import WatchConfig
from finetooth.errors import InputError
from tests.flows.retraining import arrival, saved


@pytest.fixture
def sent(monkeypatch):
    """The events that would have been sent."""
    from finetooth.tasks.runtime import arrival_event

    made = []
    monkeypatch.setattr(arrival_event, "emit", lambda *words: made.append(words) or "id")
    return made


def watched(folder, **changes):
    from finetooth.flows.watch import watch

    values = {"model": "churn", "location": str(folder / "data.csv"), "registry": str(folder / "models")}
    return watch.fn(WatchConfig(**values | changes))


def test_the_first_look_is_silent_a_change_is_told_once(tmp_path, sent):
    saved(tmp_path, "data.csv", arrival(0))
    assert watched(tmp_path).reason.startswith("first look")
    assert watched(tmp_path).reason == "nothing has changed"
    saved(tmp_path, "data.csv", arrival(0, rows=501))
    assert watched(tmp_path).uri == str(tmp_path / "data.csv")
    assert watched(tmp_path).uri == ""
    assert [words[:2] for words in sent] == [("churn", str(tmp_path / "data.csv"))]


def test_an_event_that_could_not_be_sent_is_sent_at_the_next_look(tmp_path, monkeypatch, sent):
    from finetooth.tasks.runtime import arrival_event

    saved(tmp_path, "data.csv", arrival(0))
    watched(tmp_path)
    saved(tmp_path, "data.csv", arrival(0, rows=501))
    works = arrival_event.emit

    def fails(*_):
        raise InputError("no server")

    monkeypatch.setattr(arrival_event, "emit", fails)
    with pytest.raises(InputError, match="no server"):
        watched(tmp_path)
    monkeypatch.setattr(arrival_event, "emit", works)
    assert watched(tmp_path).uri
    assert len(sent) == 1


def test_where_drift_is_asked_for_a_change_of_the_same_kind_is_not_told(tmp_path, sent):
    from tests.flows.retraining import serving

    serving(tmp_path)
    saved(tmp_path, "data.csv", arrival(1))
    watched(tmp_path, when="drifted")
    saved(tmp_path, "data.csv", arrival(2, rows=505))
    assert watched(tmp_path, when="drifted").uri == ""
    saved(tmp_path, "data.csv", arrival(3, moved=1.0))
    found = watched(tmp_path, when="drifted")
    assert found.uri == str(tmp_path / "data.csv")
    assert "Drift is severe" in found.reason
    assert len(sent) == 1


def test_without_a_server_an_event_cannot_be_sent_and_it_is_said_how(tmp_path, finetooth, monkeypatch):
    from prefect.settings import PREFECT_API_URL, temporary_settings

    with temporary_settings(restore_defaults={PREFECT_API_URL}):
        code, _, err = finetooth("emit", "churn", "data.csv")
    assert code == 2
    assert "set PREFECT_API_URL" in err


def test_a_location_that_is_not_there_is_said(tmp_path, sent):
    with pytest.raises(InputError, match="the watched location must exist"):
        watched(tmp_path)

"""What trackers are told of a run, and what is said when they cannot be reached."""

import math
import socket
from types import SimpleNamespace

import pytest

from finetooth import tracking
from finetooth.config.tune import TrackingConfig
from finetooth.errors import InputError, UnreachableError
from finetooth.metrics import METRICS
from finetooth.records import Candidate, Fidelity, Trial
from finetooth.runs.run import open_run
from finetooth.tracking import mlflow_server
from finetooth.tracking.payload import payload_of
from tests.runs.test_run import VERDICT, config_of


def trial(stage, index, *scores, repeat=0):
    state = "complete" if scores else "failed"
    return Trial(
        stage, Candidate(index, {"depth": index}, "random"), Fidelity(), state, scores, seconds=1.0, repeat=repeat
    )


TRIALS = (
    trial("refine", 0, -0.6),
    trial("refine", 1),
    trial("refine", 2, -0.4),
    trial("refine", 3, -0.5),
    *(trial("replicate", index, -0.5 - repeat / 10, repeat=repeat) for index in (0, 2) for repeat in (0, 1)),
)


@pytest.fixture
def run(tmp_path):
    made = open_run(config_of(tmp_path / "runs", run="told", tracking={"experiment": "weekly"}))
    (made.folder / "lineage.json").write_text('{"fingerprint": "f1", "code": "0.1.0+abc", "timings": {}}')
    return made


def test_a_run_is_told_in_the_metrics_own_direction(run):
    run.write_verdict(VERDICT)
    payload = payload_of(run, METRICS["log_loss"], TRIALS)
    assert payload.series == {
        "refine.score": ((0, 0.6), (2, 0.4), (3, 0.5)),
        "refine.best": ((0, 0.6), (2, 0.4), (3, 0.4)),
    }
    assert [(f.index, f.scores) for f in payload.finalists] == [(0, (0.5, 0.6)), (2, (0.5, 0.6))]
    assert payload.finalists[0].mean == pytest.approx(0.55)
    assert (payload.finalists[0].params, payload.finalists[0].seconds) == ({"depth": 0}, 2.0)


def test_a_run_is_told_with_its_verdict_settings_and_files(run):
    run.write_verdict(VERDICT)
    payload = payload_of(run, METRICS["log_loss"], TRIALS)
    assert (payload.name, payload.numbers["difference"], payload.numbers["holdout_rows"]) == ("told", 0.01, 100.0)
    assert payload.words["state"] == "EQUIVALENT"
    assert (payload.words["fingerprint"], payload.words["code"], payload.words["shipped"]) == (
        "f1",
        "0.1.0+abc",
        "default",
    )
    assert (payload.settings["seed"], payload.settings["refine.trials"], payload.settings["shipped.max_depth"]) == (
        0,
        24,
        6,
    )
    assert not [name for name in payload.settings if name.startswith(("output", "tracking"))]
    assert [path.name for path in payload.files] == ["config.yaml", "verdict.json", "lineage.json"]
    assert (payload.model, payload.registered) == (None, {})


def test_what_is_no_number_is_left_out(run):
    from dataclasses import replace

    run.write_verdict(replace(VERDICT, ci_low=math.nan))
    payload = payload_of(run, METRICS["log_loss"], ())
    assert "ci_low" not in payload.numbers
    assert "ci_high" in payload.numbers


def test_a_run_that_a_leak_stopped_is_told_without_a_verdict(run):
    payload = payload_of(run, METRICS["log_loss"], ())
    assert (payload.numbers, payload.sentence, payload.series, payload.finalists) == ({}, "", {}, ())
    assert payload.words["state"] == "not finished"


def test_nothing_is_wanted_by_default():
    assert tracking.senders(TrackingConfig()) == {}


@pytest.mark.parametrize("name", ["mlflow", "wandb"])
def test_a_package_that_is_not_installed_is_named_with_the_extra(monkeypatch, name):
    monkeypatch.setattr(tracking, "find_spec", lambda _: None)
    with pytest.raises(InputError) as caught:
        tracking.senders(TrackingConfig(**{name: "somewhere"}))
    assert str(caught.value) == (
        f"the package {name} must be installed to show runs there; it is not; type: pip install 'finetooth[{name}]', "
        f"or leave tracking.{name} empty."
    )


def test_a_server_that_does_not_answer_is_said_so_at_once():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        uri = f"http://127.0.0.1:{probe.getsockname()[1]}"
    with pytest.raises(UnreachableError, match=f"an MLflow server must answer at {uri}; got URLError"):
        mlflow_server.check_server(uri)
    mlflow_server.check_server("sqlite:///mlflow.db")


def test_a_tracker_that_fails_is_told_and_hides_no_other(monkeypatch, run):
    def fails(*_):
        raise ConnectionError("the line\nwas cut")

    monkeypatch.setattr(
        tracking, "senders", lambda _: {"first": fails, "second": lambda payload, _: f"there: {payload.name}"}
    )
    assert tracking.send(run, METRICS["log_loss"], (), TrackingConfig()) == {
        "first": "not shown in first: ConnectionError: the line was cut",
        "second": "there: told",
    }


def test_a_server_that_went_away_during_the_search_is_told(monkeypatch, run):
    def gone(_):
        raise UnreachableError("an MLflow server must answer")

    monkeypatch.setattr(tracking, "senders", gone)
    addresses = tracking.send(run, METRICS["log_loss"], (), SimpleNamespace())
    assert addresses == {"tracking": "not shown elsewhere: an MLflow server must answer"}

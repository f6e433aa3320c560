"""A run is shown elsewhere when it has ended; what cannot be reached is said before the search, and fails none after."""

import json

import pytest

from finetooth import tracking
from finetooth.registry.registry import Registry
from finetooth.retraining.decide import decision_of
from finetooth.runs.run import find_run
from finetooth.tasks import load_champion as champion_step
from finetooth.tasks import track
from finetooth.tracking import mlflow_server
from tests.flows.retraining import arrival, saved, serving, wanted
from tests.flows.running import SETTINGS, small, tuned, written

SERVER = "http://127.0.0.1:5000"


def test_a_finished_run_is_told_with_report_verdict_and_version(tmp_path, monkeypatch):
    told = []

    def sent(run, config):
        told.append(run)
        return f"there: {config.experiment}"

    def broken(*_):
        raise ConnectionError("cut off")

    for module in (tracking, track):
        monkeypatch.setattr(module, "senders", lambda config: {"wandb": sent, "mlflow": broken} if config.wandb else {})
    run = tuned(
        small(
            tmp_path,
            written(tmp_path),
            model={"name": "linear"},
            registry={"model": "credit", "location": str(tmp_path / "models")},
            tracking={"wandb": "scores", "experiment": "weekly"},
        )
    )
    (shown,) = told
    assert {"report.html", "verdict.json", "trials.jsonl"} <= {path.name for path in shown.files}
    assert (shown.model, shown.registered["version"]) == (run.model, 1)
    assert shown.words["state"] == run.verdict().label
    assert json.loads((run.folder / "tracked.json").read_text()) == {
        "wandb": "there: weekly",
        "mlflow": "not shown in mlflow: ConnectionError: cut off",
    }


def test_a_package_that_is_missing_is_said_before_the_search_and_leaves_no_run(finetooth, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    written(tmp_path)
    monkeypatch.setattr(tracking, "find_spec", lambda _: None)
    code, out, err = finetooth("tune", "table.csv", "--untracked", *SETTINGS, "--mlflow", "http://127.0.0.1:5000")
    assert (code, out) == (2, "")
    assert err.startswith("finetooth: bad input: the package mlflow must be installed to show runs there")
    assert not list((tmp_path / "runs").glob("*/*"))


@pytest.fixture
def retrained(tmp_path, monkeypatch):
    """A champion and the run that replaced it, as MLflow heard of them; the folder, and what MLflow was told."""
    from finetooth.flows.retrain import retrain

    told, followed = [], []
    sender = {"mlflow": lambda run, _: told.append(run) or "there"}
    for module in (tracking, champion_step, track):
        monkeypatch.setattr(module, "senders", lambda config: sender if config.mlflow else {})
    monkeypatch.setattr(mlflow_server, "update_aliases", lambda *words: followed.append(words) or True)
    serving(tmp_path)
    source = saved(tmp_path, "new.csv", arrival(1, flipped=True))
    retrain.fn(wanted(tmp_path, source, output={"run": "week"}, tracking={"mlflow": SERVER}))
    return tmp_path, told, followed


def test_a_retraining_tells_its_decision_and_who_serves(retrained):
    folder, told, _ = retrained
    run = find_run("week", str(folder / "runs"))
    challenge = decision_of(run).challenge
    (shown,) = told
    assert shown.registered == {
        "model": "churn",
        "version": 2,
        "champion": 2,
        "previous": 1,
        "registry": str(folder / "models"),
    }
    assert (shown.words["state"], shown.sentence) == ("promoted", decision_of(run).reason)
    assert shown.numbers == {
        "tuned": challenge.challenger,
        "champion": challenge.champion,
        "difference": challenge.difference,
        "ci_low": challenge.low,
        "ci_high": challenge.high,
        "seeds": 2,
        "holdout_rows": challenge.rows,
    }
    assert json.loads((run.folder / "tracked.json").read_text()) == {"mlflow": "there"}


def test_every_later_change_is_followed_on_the_server_that_shows_the_version(finetooth, retrained, monkeypatch):
    folder, _, followed = retrained
    at = ("--registry", folder / "models")
    assert finetooth("rollback", "churn", *at)[::2] == (0, "")  # to version 1, whose own run was not shown there
    assert finetooth("promote", "churn", 2, *at)[::2] == (0, "")
    assert finetooth("rollback", "churn", *at, "--mlflow", "http://other")[0] == 0
    assert followed == [(SERVER, "churn", 1, 2), (SERVER, "churn", 2, 1), ("http://other", "churn", 1, 2)]

    def cut_off(*_):
        raise ConnectionError("gone")

    monkeypatch.setattr(mlflow_server, "update_aliases", cut_off)
    code, out, err = finetooth("promote", "churn", 2, *at)
    assert (code, out) == (0, "champion of 'churn': version 2 (before: version 1)\n")
    assert err == f"finetooth: note: the MLflow server must let its aliases follow; {SERVER} answered: gone.\n"
    assert Registry(str(folder / "models")).champion("churn").number == 2
    assert finetooth("promote", "churn", 2, *at, "--mlflow", SERVER)[0] == 1  # who asks for it is told that it failed

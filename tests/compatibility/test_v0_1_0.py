"""Runs, models and a registry that finetooth 0.1.0 wrote open as before, or one line says what to do."""

import importlib
import json
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from finetooth.domains.domains import Float
from finetooth.domains.space import Space
from finetooth.models.estimator import load_object
from finetooth.models.model import load_model
from finetooth.models.moved import current_path, current_skops
from finetooth.models.networks import ScheduledClassifier
from finetooth.registry.registry import Registry
from finetooth.runs.run import find_run, list_runs
from finetooth.spaces.linear import logistic
from finetooth.spaces.resolve import resolve
from finetooth.trials.journal import Journal

FIXTURE = Path(__file__).parent / "v0_1_0"
RUNS = {"again": "kept", "boosted": "EQUIVALENT", "linear": "EQUIVALENT", "network": "INCONCLUSIVE"}
PREDICTED = {"shop": "predicted.csv", "network": "predicted_net.csv", "linear": "predicted_linear.csv"}
OUT = ("--out", "out")


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A copy of the folder, as the working folder, with its own place in its files."""
    folder = tmp_path / "old"
    shutil.copytree(FIXTURE, folder)
    for path in folder.rglob("*.json"):
        path.write_bytes(path.read_bytes().replace(b"@FOLDER@", str(folder).encode()))
    monkeypatch.chdir(folder)
    return folder


def test_runs_are_listed_with_what_they_came_to(here, finetooth):
    unreadable = []
    states = {run.folder.name: run.state() for run in list_runs("out", unreadable.append)}
    assert (states, unreadable) == (RUNS | {"stopped": "not finished"}, [])
    code, out, err = finetooth("runs", *OUT)
    assert (code, err) == (0, "")
    assert sorted(line.split()[0] for line in out.splitlines() if line.split()[0] in states) == sorted(states)


@pytest.mark.parametrize("name", ["boosted", "linear", "network"])
def test_a_run_has_its_verdict_findings_journal_and_lineage(here, name):
    run = find_run(name, "out")
    stored = json.loads((run.folder / "verdict.json").read_text())
    verdict = run.verdict()
    assert (verdict.label, verdict.tuned, verdict.ci_low) == (stored["label"], stored["tuned"], stored["ci_low"])
    assert [finding.check for finding in run.findings()] == [
        finding["check"] for finding in json.loads((run.folder / "findings.json").read_text())
    ]
    lines = [json.loads(line) for line in run.journal.read_text().splitlines()]
    trials = Journal(run.journal).trials()
    assert [trial.scores for trial in trials] == [tuple(line["scores"]) for line in lines if "scores" in line]
    assert len(trials) == verdict.trials
    assert run.lineage()["code"] == "0.1.0+85f7ce691be7"


def test_a_report_is_written_again_and_two_runs_are_compared(here, finetooth):
    for name in ("boosted", "linear", "network", "again", "stopped"):
        code, out, _ = finetooth("report", name, *OUT)
        assert (code, Path(out.strip()).read_text()[:15].lower()) == (0, "<!doctype html>")
    code, out, _ = finetooth("compare", "boosted", "linear", *OUT)
    assert code == 0
    assert "0.88021 (default)" in out
    code, out, _ = finetooth("compare", "shop@1", "shop@2", *OUT)
    assert code == 0
    assert "inferior" in out


@pytest.mark.parametrize("name", ["boosted", "linear", "network"])
def test_the_audit_of_a_vault_says_intact(here, finetooth, name):
    code, out, _ = finetooth("vault", name, *OUT, "--json")
    assert (code, json.loads(out)["problems"]) == (0, [])
    assert "intact" in finetooth("vault", name, *OUT)[1]


def test_a_registry_has_its_versions_its_history_and_its_champion(here, finetooth):
    code, out, _ = finetooth("models", "shop")
    assert code == 0
    assert "the first version" in out
    assert [version.run for version in Registry("models").versions("shop")] == ["boosted", "again"]
    assert Registry("models").champion("shop").number == 1


@pytest.mark.parametrize("name", PREDICTED)
def test_a_model_predicts_what_it_predicted_then(here, finetooth, name):
    code, _, _ = finetooth("predict", name, "new.csv", "--runs", "out", "--out", "now.csv")
    now, then = pd.read_csv("now.csv"), pd.read_csv(PREDICTED[name])
    assert code == 0
    assert now["prediction"].tolist() == then["prediction"].tolist()
    np.testing.assert_allclose(
        now[["probability_0", "probability_1"]], then[["probability_0", "probability_1"]], atol=1e-6
    )


@pytest.mark.parametrize("name", ["linear", "network"])
def test_a_model_that_is_saved_again_names_where_its_code_lies_now(here, name):
    old = load_model(Path("out") / name / "model")
    old.save(Path("again"))
    assert load_model("again") == old
    for file in Path("again").iterdir():
        assert b"finetooth.trials" not in file.read_bytes()


@pytest.mark.parametrize("name", ["boosted", "linear", "network"])
def test_what_was_sent_to_mlflow_finds_its_loader(here, name):
    """MLflow imports the module that a model's files name, and hands it the folder."""
    loader = importlib.import_module("finetooth.trackers.loader")
    folder = Path("out") / name / "model"
    assert loader._load_pyfunc(str(folder)).model == load_model(folder)


def test_a_skops_file_changes_by_the_names_of_modules_alone(here):
    path = Path("out/network/model/model.skops")
    Path("now.skops").write_bytes(current_skops(path.read_bytes()))
    with zipfile.ZipFile(path) as then, zipfile.ZipFile("now.skops") as now:
        assert now.namelist() == then.namelist()
        for name in now.namelist():
            same = then.read(name).replace(b"finetooth.trials.networks", ScheduledClassifier.__module__.encode())
            assert now.read(name) == same
    linear = Path("out/linear/model/model.skops").read_bytes()
    assert current_skops(linear) is linear


def test_every_builder_of_then_is_somewhere_now():
    names = [
        "linear",
        "logistic",
        "mlp_classifier",
        "mlp_regressor",
        "nystroem_classifier",
        "nystroem_regressor",
        "svc",
        "svr",
    ]
    for name in names:
        assert callable(load_object(current_path(f"finetooth.trials.estimators:{name}")))
    assert current_path("own.models:make") == "own.models:make"


def test_settings_may_name_a_builder_by_its_old_place():
    family = resolve("finetooth.trials.estimators:logistic", "binary", Space((Float("C", 0.1, 1.0),)))
    assert load_object(family.learner.estimator) is logistic


def test_a_run_that_was_stopped_is_refused_where_others_have_opened_its_vault(here, finetooth):
    before = Path("out/stopped/trials.jsonl").read_text()
    code, _, err = finetooth("resume", "stopped", *OUT, "--untracked")
    assert Path("out/stopped/trials.jsonl").read_text() == before
    assert code == 2
    last = err.splitlines()[-1]
    assert last.startswith("finetooth: error: the sealed rows must be unseen; ")
    assert "start a run with --set seed=" in last  # 'resume' has no option for it


def test_a_run_that_was_stopped_is_refused_since_its_table_is_read_otherwise_now(here, finetooth):
    shutil.rmtree("out/.store/vault")
    before = Path("out/stopped/trials.jsonl").read_text()
    code, _, err = finetooth("resume", "stopped", *OUT, "--untracked")
    assert (code, Path("out/stopped/trials.jsonl").read_text()) == (2, before)
    last = err.splitlines()[-1]
    assert last.startswith("finetooth: bad input: a run must go on with the rows that it began with; ")
    assert "\n" not in last


def test_a_retraining_that_has_ended_says_again_how(here, finetooth):
    code, out, _ = finetooth("resume", "again", *OUT, "--untracked")
    assert (code, out.splitlines()[0]) == (0, "# shop: kept")


def test_a_champion_of_then_is_challenged_on_rows_that_nobody_has_seen(here, finetooth):
    tiny = ["coarse.trials=2", "refine.trials=4", "validation.seeds=2", "validation.bootstrap=200"]
    words = ["retrain", "shop", "new.csv", *OUT, "--untracked", *(word for s in tiny for word in ("--set", s))]
    code, _, err = finetooth(*words)
    assert code == 2
    assert err.splitlines()[-1].startswith("finetooth: error: the sealed rows must be unseen; ")
    assert "start a run with --set seed=1, which holds other rows out" in err.splitlines()[-1]
    code, out, _ = finetooth(*words, "--set", "seed=1", "--set", "output.run=other")
    assert (code, out.splitlines()[0]) == (0, "# shop: kept")
    assert find_run("other", "out").registered()["version"] == 3

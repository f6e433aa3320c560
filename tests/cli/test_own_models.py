"""A pipeline of the user's own that picks columns by their names, from the table to predictions, all as it is typed."""

import json

import pandas as pd

import finetooth as package
from finetooth.runs.run import list_runs
from tests.flows.running import SETTINGS, frame, written
from tests.models.own_named import PATH

OWN = ("--untracked", "--model", PATH, "--space", f"{PATH.partition(':')[0]}:SPACE", *SETTINGS, "--json")


def test_it_is_tuned_resumed_and_predicts_from_the_command_and_from_python(finetooth, tmp_path, monkeypatch):
    """Every way to a model of named columns leads to the same predictions."""
    monkeypatch.chdir(tmp_path)
    written(tmp_path)
    code, out, err = finetooth("tune", "table.csv", *OWN, "--set", "registry.model=churn")
    assert code == 0, err
    (run,) = list_runs("runs")
    again, resumed, _ = finetooth("resume", run.folder.name, "--untracked", "--json")
    assert (again, json.loads(resumed)["label"]) == (0, json.loads(out)["label"])
    model = package.load_model(run.model)
    assert model.learner.prepare == "frame"
    table = frame()
    expected = model.predict_proba(table)
    assert (model.predict(table) == table["target"]).mean() > 0.7
    assert finetooth("predict", run.folder.name, "table.csv", "--out", "predicted.csv")[0] == 0
    predicted = pd.read_csv("predicted.csv")
    pd.testing.assert_series_equal(predicted["probability_yes"], expected["yes"], check_names=False)
    frame(color="mauve").to_csv("new.csv", index=False)
    (note,) = json.loads(finetooth("predict", run.folder.name, "new.csv", "--json")[1])["notes"]
    assert note.endswith("never saw ('mauve') in 240 of 240 rows; it is taken as the words that came.")
    by_registry = package.predict("churn", table, version=1)
    pd.testing.assert_series_equal(by_registry["probability_yes"], expected["yes"], check_names=False)


def test_what_it_gets_can_be_typed_and_a_model_that_cannot_do_with_it_says_why(finetooth, tmp_path, monkeypatch):
    """Without its columns every trial fails, and the reason is there to be read."""
    monkeypatch.chdir(tmp_path)
    written(tmp_path)
    words = ("sweep", "table.csv", *OWN, "--trials", 3)
    code, _, err = finetooth(*words, "--set", "model.input=prepared")
    assert code != 0
    assert "columns using strings is only supported for dataframes" in err
    assert finetooth(*words, "--set", "model.input=frame")[0] == 0
    code, _, err = finetooth("sweep", "table.csv", "--untracked", "--model", "linear", "--set", "model.input=frame")
    assert (code, err.count("\n")) == (2, 1)
    assert "model.input must be auto for a family" in err

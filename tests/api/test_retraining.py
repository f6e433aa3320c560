"""Retraining and predicting from Python: the answers of the command line, and its errors in one line."""

import json
import shutil

import pandas as pd
import pytest

import finetooth as face
from finetooth.errors import InputError
from finetooth.records import to_json
from finetooth.registry.registry import Registry
from tests.flows.retraining import FAST, arrival, saved, wanted


@pytest.fixture
def folder(first, tmp_path, monkeypatch):
    """A working folder with a registry of one's own that has a champion, and a table that came after it."""
    shutil.copytree(first / "models", tmp_path / "models")
    saved(tmp_path, "new.csv", arrival(2))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def champion(folder):
    registry = Registry(str(folder / "models"))
    return face.load_model(registry.open(registry.champion("churn")))


def test_a_retraining_is_decided_as_by_the_command_line_from_a_path_and_from_a_frame(folder, finetooth):
    for name in ("by_command", "by_path", "by_frame"):
        shutil.copytree("models", f"{name}/models")
    settings = [f"{name}.{key}={json.dumps(value)}" for name, section in FAST.items()
                for key, value in section.items()]  # fmt: skip
    code, out, err = finetooth(
        "retrain", "churn", "new.csv", "--registry", "by_command/models", "--out", "by_command", "--untracked", "--json",
        *(word for setting in settings for word in ("--set", setting)),
    )  # fmt: skip
    assert code == 0, err
    by_path = face.retrain("churn", "new.csv", registry="by_path/models", out="by_path", **FAST)
    frame = pd.read_csv("new.csv")
    by_frame = face.retrain("churn", frame, registry="by_frame/models", out="by_frame", **FAST)
    assert json.loads(to_json(by_path)) == json.loads(to_json(by_frame)) == json.loads(out)
    assert (by_path.outcome, by_path.plan.action, by_path.challenge.order) == ("kept", "refit", 1)
    assert frame.equals(pd.read_csv("new.csv"))
    assert [path.suffix for path in (folder / "by_frame" / ".store" / "tables").iterdir()] == [".parquet"]


def test_a_retraining_without_enough_new_rows_is_skipped_and_leaves_the_champion(folder):
    decision = face.retrain("churn", "new.csv", decide={"least_new": 10_000})
    assert (decision.outcome, decision.champion, decision.version) == ("skipped", 1, None)
    assert [version.number for version in Registry(str(folder / "models")).versions("churn")] == [1]


def test_a_whole_configuration_comes_alone(folder):
    config = wanted(folder, "new.csv", decide={"least_new": 10_000})
    assert face.retrain(config).outcome == "skipped"
    with pytest.raises(InputError, match="a RetrainConfig must come without a source and settings"):
        face.retrain(config, "new.csv")
    with pytest.raises(InputError, match="a RetrainConfig must come without a source and settings"):
        face.retrain(config, seed=3)


@pytest.mark.parametrize(
    ("words", "settings", "problem"),
    [
        (("chrun", "new.csv"), {}, "model 'chrun' must exist in the registry 'models'; it has: churn. Did you mean"),
        (("churn",), {}, "the new table must be named; got none"),
        (("churn", "nwe.csv"), {}, "file 'nwe.csv' must exist"),
        (("churn", 7), {}, "the table must be a path, a URL, sklearn:NAME or a pandas DataFrame; got int"),
        (("churn", pd.DataFrame({"a": [1.0], "target": ["yes"]})), {}, "the champion's column 'b' must exist in"),
        (("churn", "new.csv"), {"targte": "target"}, "Did you mean 'target'"),
        (("churn", "new.csv"), {"decide": {"least": 5}}, "Did you mean 'least_new'"),
    ],
)
def test_what_cannot_be_retrained_is_refused_in_one_line_and_changes_no_model(folder, words, settings, problem):
    with pytest.raises(InputError) as caught:
        face.retrain(*words, **settings)
    assert problem in str(caught.value)
    assert "\n" not in str(caught.value)
    assert [version.number for version in Registry(str(folder / "models")).versions("churn")] == [1]


def test_the_champion_predicts_the_same_by_its_name_its_version_its_folder_and_as_a_loaded_model(folder):
    frame = pd.read_csv("new.csv").set_index(pd.Index(range(100, 600)))
    model = champion(folder)
    predictions = face.predict("churn", frame)
    assert predictions["prediction"].tolist() == model.predict(frame).tolist()
    assert set(predictions["prediction"]) == {"yes", "no"}
    assert (predictions["prediction"] == frame["target"]).mean() > 0.7
    assert predictions.columns.tolist() == [*frame.columns, "prediction", "probability_no", "probability_yes"]
    assert predictions.index.equals(frame.index)
    assert predictions[frame.columns].equals(frame)
    model.save(folder / "saved")
    for again in (
        face.predict("churn", "new.csv"),
        face.predict("churn", frame, version=1),
        face.predict("churn", frame, registry=folder / "models"),
        face.predict(folder / "saved", frame),
    ):
        pd.testing.assert_frame_equal(again.reset_index(drop=True), predictions.reset_index(drop=True))
    assert face.load_model(folder / "saved").predict(frame).tolist() == model.predict(frame).tolist()


@pytest.mark.parametrize(
    ("model", "settings", "problem"),
    [
        (
            "chrun",
            {},
            "model, run or folder 'chrun' must exist in 'models' or 'runs'; it has: churn. Did you mean 'churn'",
        ),
        ("churn", {"version": 7}, "version 7 of 'churn' must exist"),
        ("churn", {"registry": "elsewhere"}, "model, run or folder 'churn' must exist in 'elsewhere' or 'runs'"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_an_unknown_model_predicts_nothing_and_is_named_in_one_line(model, settings, problem):
    with pytest.raises(InputError) as caught:
        face.predict(model, "new.csv", **settings)
    assert problem in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_table_without_a_column_of_the_model_is_refused_in_one_line(folder):
    with pytest.raises(InputError) as caught:
        face.predict("churn", pd.read_csv("new.csv").drop(columns="a"))
    assert "'a'" in str(caught.value)
    assert "\n" not in str(caught.value)
    with pytest.raises(InputError) as caught:
        face.load_model(folder / "models")
    assert "\n" not in str(caught.value)

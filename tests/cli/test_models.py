"""The commands for models that may serve, as a person or a script sees them."""

import json
import shutil
import subprocess
import sys

import optuna
import pandas as pd
import pytest

from finetooth.models.model import load_model
from finetooth.registry.registry import Registry
from finetooth.runs.run import find_run
from tests.flows.running import ROOT, SETTINGS, environment, frame, small, trials, tuned, written

RUNS = ("one", "two")
HERE = ("--registry", "models")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with two finished runs of one registered model, and a table without its target."""
    folder = tmp_path_factory.mktemp("models")
    table = written(folder)
    for seed, name in enumerate(RUNS):
        registry = {"model": "credit", "location": str(folder / "models")}
        output = {"run": name, "folder": str(folder / "runs")}
        tuned(small(folder, table, model={"name": "linear"}, seed=seed, registry=registry, output=output))
    frame(rows=30).drop(columns="target").to_csv(folder / "new.csv", index=False)
    return folder


@pytest.fixture
def here(made, tmp_path, monkeypatch):
    """A copy of that folder, as the working folder."""
    shutil.copytree(made, tmp_path / "work")
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "work"


def champion(model="credit"):
    found = Registry("models").champion(model)
    return None if found is None else found.number


def test_the_first_run_makes_the_champion_and_a_later_one_does_not(here):
    first, second = Registry("models").versions("credit")
    assert (first.run, second.run, first.parent, second.parent) == ("one", "two", None, 1)
    assert champion() == 1
    run = find_run("one")
    verdict = run.verdict()
    assert (first.label, first.metric, first.difference) == (verdict.label, verdict.metric, verdict.difference)
    assert (first.ci_low, first.ci_high, first.code) == (verdict.ci_low, verdict.ci_high, run.lineage()["code"])
    assert first.fingerprint == run.lineage()["fingerprint"]
    assert first.lineage["versions"] == run.lineage()["versions"]
    assert run.registered() | {"registry": ""} == {"model": "credit", "version": 1, "champion": 1, "registry": ""}
    assert find_run("two").registered()["champion"] == 1


def test_tuning_with_register_says_what_became_of_the_model(finetooth, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    written(tmp_path)
    words = ("tune", "table.csv", "--untracked", "--model", "linear", *SETTINGS, "--register", "credit")
    code, out, err = finetooth(*words)
    assert code == 0, err
    assert "registered as version 1 of 'credit' in 'models': the champion" in out
    assert champion() == 1


def test_a_registry_that_cannot_be_is_refused_before_the_search(finetooth, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    written(tmp_path)
    words = ("tune", "table.csv", "--untracked", *SETTINGS, "--register", "credit", "--registry", "nothing://x")
    code, _, err = finetooth(*words)
    assert code == 2
    assert err == (
        "finetooth: bad input: the registry must be a folder or a URL that fsspec knows; got 'nothing://x': "
        "ValueError: Protocol not known: nothing.\n"
    )
    assert not list((tmp_path / "runs").glob("*/*"))


def test_models_are_listed_and_one_is_shown_with_its_history(finetooth, here):
    code, out, _ = finetooth("models")
    head, line = out.splitlines()
    assert code == 0
    assert head.split()[:4] == ["model", "versions", "champion", "previous"]
    assert line.split()[:3] == ["credit", "2", "1"]
    code, out, _ = finetooth("models", "credit")
    lines = out.splitlines()
    assert code == 0
    assert (lines[1].split()[:2], lines[2].split()[0]) == (["1", "champion"], "2")
    assert lines[-1].split()[1:4] == ["promote", "1", "1"]
    listed = json.loads(finetooth("models", "--json")[1])
    assert listed["models"] == [{"model": "credit", "versions": 2, "champion": 1, "previous": None}]
    shown = json.loads(finetooth("models", "credit", "--json")[1])
    assert [version["run"] for version in shown["versions"]] == ["one", "two"]
    assert [change["action"] for change in shown["history"]] == ["promote"]


def test_no_models_is_said_so(finetooth, tmp_path):
    place = tmp_path / "none"
    assert finetooth("models", "--registry", place) == (0, f"no models in '{place}'\n", "")


def test_a_promotion_and_a_rollback_say_who_serves_and_why_is_kept(finetooth, here):
    assert finetooth("promote", "credit", 2, "--reason", "drift") == (
        0,
        "champion of 'credit': version 2 (before: version 1)\n",
        "",
    )
    assert finetooth("promote", "credit", 2)[1] == "champion of 'credit': version 2 (as before)\n"
    code, out, _ = finetooth("rollback", "credit", "--json")
    assert (code, json.loads(out)) == (0, {"model": "credit", "champion": 1, "replaced": 2})
    assert [(c.action, c.version, c.reason) for c in Registry("models").history("credit")] == [
        ("promote", 1, "the first version"),
        ("promote", 2, "drift"),
        ("rollback", 1, ""),
    ]


def test_a_run_is_registered_and_promoted_at_once(finetooth, here):
    assert finetooth("promote", "two", "--as", "other", *HERE)[1] == "champion of 'other': version 1 (the first one)\n"
    assert champion("other") == 1
    code, out, _ = finetooth("promote", "two", *HERE)  # under the name that the run has for it
    assert (code, out) == (0, "champion of 'credit': version 2 (before: version 1)\n")


def test_a_run_is_shown_in_optuna_and_trials_are_what_they_were(finetooth, here):
    storage = f"sqlite:///{here / 'trials.db'}"
    code, out, _ = finetooth("export", "one", "--optuna", storage)
    assert code == 0
    assert "one-coarse, one-refine, one-replicate" in out
    study = optuna.load_study(study_name="one-refine", storage=storage)
    refined = [trial for trial in trials(find_run("one")) if trial.stage == "refine"]
    assert (study.direction.name, len(study.trials)) == ("MAXIMIZE", len(refined))
    assert [t.value for t in study.trials] == pytest.approx([trial.score for trial in refined])
    assert finetooth("export", "one", "--optuna", storage)[0] == 2


@pytest.mark.parametrize("words", [["credit"], ["credit", "--version", 1], ["one"], ["runs/one"], ["runs/one/model"]])
def test_a_table_is_predicted_by_a_champion_a_version_a_run_or_a_folder(finetooth, here, words):
    code, out, err = finetooth("predict", words[0], "new.csv", *words[1:], "--out", "told.csv")
    assert code == 0, err
    assert out.startswith("30 rows predicted by ")
    told, table = pd.read_csv("told.csv"), pd.read_csv("new.csv")
    own = load_model(find_run("one").model)
    assert told.columns.tolist() == [*table.columns, "prediction", "probability_no", "probability_yes"]
    pd.testing.assert_frame_equal(told[table.columns], table)
    assert told["prediction"].tolist() == own.predict(table).tolist()
    assert told["probability_yes"].tolist() == pytest.approx(own.predict_proba(table)["yes"].tolist())


def test_predictions_are_printed_as_csv_or_json_and_what_is_new_is_said_beside_them(finetooth, here):
    table = pd.read_csv("new.csv")
    table.loc[2:4, "color"] = "mauve"
    table.to_csv("strange.csv", index=False)
    code, out, err = finetooth("predict", "credit", "strange.csv")
    assert (code, len(out.splitlines())) == (0, 31)
    assert err == (
        "finetooth: note: column 'color' holds 1 category that the model never saw ('mauve') in 3 of 30 rows; "
        "it is taken as missing.\n"
    )
    told = json.loads(finetooth("predict", "credit", "strange.csv", "--json")[1])
    assert (told["model"], told["rows"], len(told["notes"]), len(told["predictions"])) == (
        "credit version 1",
        30,
        1,
        30,
    )
    assert told["predictions"][0].keys() == {"prediction", "probability_no", "probability_yes"}
    code, out, _ = finetooth("predict", "credit", "new.csv", "--json", "--out", "told.parquet")
    assert json.loads(out) == {"model": "credit version 1", "rows": 30, "notes": [], "out": "told.parquet"}
    assert len(pd.read_parquet("told.parquet")) == 30


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["models", "credti"], "model 'credti' must exist in the registry 'models'; it has: credit. Did you mean"),
        (["models", "--registry", "nothing://x"], "the registry must be a folder or a URL that fsspec knows"),
        (["promote", "credit"], "a version of 'credit' must be named; it has: 1, 2; type: finetooth promote credit"),
        (["promote", "credit", "7"], "version 7 of 'credit' must exist in the registry 'models'; it has: 1, 2."),
        (["promote", "nobody"], "run or model 'nobody' must exist in the folder of runs and the registry"),
        (["promote", "one", "--as", "a/b"], "a model's name must be made of letters"),
        (["rollback", "credit"], "'credit' must have had another champion before"),
        (["rollback", "nobody"], "model 'nobody' must exist"),
        (["predict", "nobody", "new.csv"], "model, run or folder 'nobody' must exist in 'models' or 'runs'"),
        (["predict", "credit", "nothing.csv"], "file 'nothing.csv' must exist in '.'"),
        (["predict", "credit", "new.csv", "--version", "7"], "version 7 of 'credit' must exist"),
        (
            ["predict", "credit", "new.csv", "--out", "nowhere/told.csv"],
            "the predictions must be written; nowhere/told",
        ),
        (["export", "one"], "a place must be named; got none"),
        (["export", "nobody", "--optuna", "sqlite:///x.db"], "run 'nobody' must exist"),
        (["export", "one", "--optuna", "x.db"], "an Optuna storage must be writable"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_is_said_in_one_line_and_the_champion_stays(finetooth, here, words, said):
    code, out, err = finetooth(*words)
    assert (code, out) == (2, "")
    assert err.startswith(f"finetooth: bad input: {said}")
    assert err.count("\n") == 1
    assert champion() == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: t.drop(columns=["first", "noise"]), "column 'first' must exist in the table to predict; it has: "),
        (lambda t: t.assign(second="high"), "column 'second' must hold numbers, as the model learned it; 30 of 30"),
        (lambda t: t.assign(day="soon"), "column 'day' must hold dates, as the model learned it; 30 of 30"),
        (lambda t: t.assign(color=1.5), "column 'color' must hold words, as the model learned it"),
        (lambda t: t.head(0), "the table must have rows"),
    ],
)
def test_a_table_that_the_model_cannot_read_is_refused_in_one_line(finetooth, here, change, said):
    change(pd.read_csv("new.csv")).to_csv("odd.csv", index=False)
    code, out, err = finetooth("predict", "credit", "odd.csv", "--out", "told.csv")
    assert (code, out) == (2, "")
    assert err.startswith(f"finetooth: bad input: {said}")
    assert err.count("\n") == 1
    assert not (here / "told.csv").exists()


def test_a_champion_whose_files_were_altered_does_not_predict(finetooth, here):
    version = Registry("models").champion("credit")
    (Registry("models").open(version) / "model.json").write_text("{}")
    code, _, err = finetooth("predict", "credit", "new.csv")
    assert code == 2
    assert "the files of a registered model must be as they were registered" in err


def test_an_invalid_verdict_needs_a_reason_to_be_promoted_and_makes_no_first_champion(finetooth, here):
    path = here / "runs" / "two" / "verdict.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"label": "INVALID"}))
    code, _, err = finetooth("promote", "two", "--as", "other", *HERE)
    assert code == 2
    assert "a version whose verdict is INVALID must have a reason to be promoted" in err
    assert champion("other") is None
    assert finetooth("promote", "two", "--as", "other", "--reason", "known", *HERE)[0] == 0
    from finetooth.registry.register_run import register_first

    version, serving = register_first(Registry("models"), "third", find_run("two"))
    assert (version.number, serving) == (1, None)


def test_these_commands_answer_without_importing_prefect(here):
    program = (
        "import sys; from finetooth.cli.main import main\n"
        "try: main()\n"
        "except SystemExit as ended: code = ended.code\n"
        "heavy = {'prefect', 'distributed', 'mlflow', 'wandb'} & sys.modules.keys()\n"
        "sys.exit(code or (f'imported {heavy}' if heavy else 0))"
    )
    for words in (["models", "credit"], ["promote", "credit", "2"], ["predict", "credit", "new.csv"]):
        done = subprocess.run(
            [sys.executable, "-c", program, *words],
            cwd=here,
            env=environment(here / "prefect"),
            check=False,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert (done.returncode, done.stderr) == (0, ""), words
    assert str(ROOT) not in done.stdout

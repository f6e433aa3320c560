"""The DAG without Prefect: what a run leaves behind, and that nothing but the configuration decides it."""

import json

import pandas as pd
import pytest

from finetooth.errors import InputError, LeakageError
from finetooth.models.model import load_model
from finetooth.trials.comparable import run_here
from tests.flows.running import CONTRACT, answer, contents, found, frame, small, trials, tuned, written

LINEAR = {"name": "linear"}
QUICK = {"constants": {"learning_rate": 0.3}}  # boosting that needs few rounds
COARSE = {"trials": 5, "rows": 0.4, "least_rows": 60}  # one of them on all rows, after the family's own points


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A finished run of XGBoost on one worker, and the configuration that it was started with."""
    config = small(tmp_path_factory.mktemp("finished"), model=QUICK, coarse=COARSE, cluster={"workers": 1})
    return tuned(config), config


def test_a_run_folder_holds_everything_that_the_design_names(finished):
    run, _ = finished
    names = {path.name for path in run.folder.iterdir()}
    assert names - {"tuned-but-not-shipped"} == {
        ".lock", "columns.json", "config.yaml", "data.json", "findings.json", "lineage.json", "model", "report.html", "run.json",
        "trials.jsonl", "verdict.json",
    }  # fmt: skip


def test_the_verdict_has_every_key_of_its_contract(finished):
    run, config = finished
    verdict = json.loads((run.folder / "verdict.json").read_text())
    assert verdict.keys() >= CONTRACT
    assert verdict["metric"] == "roc_auc"
    assert verdict["seeds"] in {config.validation.seeds, 2 * config.validation.seeds}
    assert verdict["vault_openings"] == 1
    assert verdict["ci_low"] <= verdict["difference"] <= verdict["ci_high"]
    assert verdict["trials"] == len(run_here(trials(run)))


def test_the_journal_holds_each_stage_in_order(finished):
    run, config = finished
    told = [trial.stage for trial in trials(run)]
    # What the coarse search tried on all rows is taken over, and stands in both.
    searched = ["coarse"] * config.coarse.trials + ["refine"] * (config.refine.trials + 1)
    assert told[: len(searched)] == searched
    assert set(told[len(searched) :]) == {"replicate"}


def test_the_model_that_ships_loads_and_predicts_classes_of_the_target(finished):
    from sklearn.datasets import load_breast_cancer

    run, _ = finished
    rows = load_breast_cancer(as_frame=True).frame
    predicted = load_model(run.model).predict(rows.drop(columns="target"))
    assert (predicted.astype(int) == rows["target"]).mean() > 0.9


def test_the_lineage_says_what_a_model_comes_from(finished):
    run, _ = finished
    lineage = json.loads((run.folder / "lineage.json").read_text())
    assert lineage["source"] == "sklearn:breast_cancer"
    assert lineage["fingerprint"] == json.loads((run.folder / "data.json").read_text())["fingerprint"]
    assert lineage["seeds"] == {"root": 0}
    assert lineage.keys() >= {"code", "versions", "timings", "checks", "command", "started", "ended"}
    assert lineage["timings"].keys() == {"coarse", "refine", "replicate"}


def test_a_finished_run_that_is_resumed_gives_the_same_verdict_and_trials(finished):
    run, config = finished
    before = answer(run), trials(run), run.journal.read_bytes()
    tuned(config)
    assert (answer(run), trials(run), run.journal.read_bytes()) == before


@pytest.mark.parametrize("where", [{"workers": 2}, {"workers": 2, "processes": True}], ids=["threads", "processes"])
def test_workers_do_not_change_trials_or_verdict(finished, tmp_path, where):
    alone, _ = finished
    many = tuned(small(tmp_path, model=QUICK, coarse=COARSE, cluster=where))
    assert trials(many) == trials(alone)
    assert answer(many) == answer(alone)


def test_another_seed_gives_other_trials(finished, tmp_path):
    run, _ = finished
    assert trials(tuned(small(tmp_path, model=QUICK, coarse=COARSE, seed=1))) != trials(run)


def test_two_runs_do_not_share_a_folder_with_different_configurations(finished):
    run, config = finished
    before = contents(run.folder)
    with pytest.raises(InputError, match="must keep its configuration"):
        tuned(config.model_copy(update={"seed": 5}))
    assert contents(run.folder) == before


@pytest.mark.parametrize(
    ("kind", "sections", "metric"),
    [
        ("regression", {"model": LINEAR}, "rmse"),
        ("multiclass", {"model": LINEAR}, "log_loss"),
        ("multiclass", {"metric": "roc_auc_ovr", "refine": {"trials": 2}}, "roc_auc_ovr"),
        ("binary", {"model": LINEAR, "split": {"time": "day"}}, "roc_auc"),
        ("binary", {"model": LINEAR, "split": {"group": "member"}}, "roc_auc"),
        ("regression", {"model": {"constants": {"max_depth": 2}}, "metric": "mae"}, "mae"),
        ("binary", {"model": LINEAR, "refine": {"method": "random"}, "coarse": {"method": "random"}}, "roc_auc"),
    ],
    ids=["regression", "multiclass", "multiclass-boosted", "time", "group", "constants", "method"],
)
def test_every_task_split_and_model_reaches_a_verdict(tmp_path, kind, sections, metric):
    source = written(tmp_path, kind=kind)
    run = tuned(small(tmp_path, source, **sections))
    verdict = answer(run)
    assert verdict["metric"] == metric
    assert all(trial.state == "complete" for trial in trials(run))
    predicted = load_model(run.model).predict(pd.read_csv(source))
    assert len(predicted) == len(frame())
    for name, value in sections.get("model", {}).get("constants", {}).items():
        assert {trial.params[name] for trial in trials(run)} == {value}


def test_a_space_of_ones_own_is_the_one_that_is_searched(tmp_path):
    space = tmp_path / "space.yaml"
    space.write_text("parameters:\n  C: {type: float, low: 0.1, high: 10, log: true}\n")
    source = written(tmp_path)
    run = tuned(small(tmp_path, source, model={"name": "linear", "space": str(space)}))
    searched = [trial for trial in trials(run) if trial.candidate.index > 0]
    assert {tuple(trial.candidate.params) for trial in searched} == {("C",)}
    assert all(0.1 <= trial.params["C"] <= 10 for trial in searched)


def leaky(folder):
    return written(folder, answer=lambda made: (made["target"] == "yes").astype(int))


def test_a_leak_stops_the_run_before_any_trial_is_spent(tmp_path):
    config = small(tmp_path, leaky(tmp_path))
    with pytest.raises(LeakageError, match=r"stopped before any trial was spent: .*answer"):
        tuned(config)
    run = found(config)
    assert trials(run) == ()
    assert not run.model.exists()
    assert run.verdict() is None
    assert any(finding.stops and "answer" in finding.columns for finding in run.findings())
    assert "answer" in run.report.read_text()
    assert run.state() == "stopped by a leak"


def test_a_waiver_lets_a_leak_pass_and_is_printed_in_the_verdict(tmp_path):
    source = leaky(tmp_path)
    stopped = small(tmp_path, source, output={"run": "stopped"})
    with pytest.raises(LeakageError):
        tuned(stopped)
    checks = sorted({finding.check for finding in found(stopped).findings() if finding.stops})
    allow = [{"check": check, "column": "answer", "reason": "known at the time"} for check in checks]
    run = tuned(small(tmp_path, source, model=LINEAR, leakage={"allow": allow}))
    waivers = answer(run)["waivers"]
    assert {waiver["check"] for waiver in waivers} == set(checks)
    assert {waiver["reason"] for waiver in waivers} == {"known at the time"}
    assert "known at the time" in run.report.read_text()


def test_a_waiver_may_stay_when_its_column_no_longer_leaks(tmp_path):
    allow = [{"check": "single_feature", "column": "first", "reason": "was discussed"}]
    run = tuned(small(tmp_path, written(tmp_path), model=LINEAR, leakage={"allow": allow}))
    assert answer(run)["waivers"] == []


def test_a_second_look_at_sealed_rows_is_refused_and_leaves_no_folder(tmp_path):
    source = written(tmp_path)
    tuned(small(tmp_path, source, model=LINEAR))
    before = contents(tmp_path)
    second = small(tmp_path, source, model=LINEAR, refine={"trials": 5}, output={"run": "second"})
    with pytest.raises(Exception, match="the sealed rows must be unseen") as raised:
        tuned(second)
    assert raised.value.exit_code == 2
    assert contents(tmp_path) == before
    assert not (tmp_path / "runs" / "second").exists()

"""Two runs side by side: what differs, and never two scores that were measured on different rows."""

import json
from dataclasses import replace

import pytest

from finetooth.cli.compare import compare_summaries, differences
from finetooth.cli.run_summary import Judgement, RunSummary
from tests.flows.running import small, tuned, written

SETTINGS = {"seed": 0, "coarse": {"method": "sobol", "trials": 24}, "refine": {"method": "genetic", "trials": 24}}
JUDGED = Judgement("IMPROVED", "roc_auc", 0.92, 0.9, "default", 0.02, 0.01, 0.03, 400, 1)
LEFT = RunSummary(
    "run a", "tune", "t.csv", "f1", "0.1.0", 60, 9.5, 0.91, JUDGED, {"max_depth": 6, "eta": 0.1}, settings=SETTINGS
)


def judged(**changes):
    """The other side, judged otherwise."""
    return replace(LEFT, name="run b", judgement=replace(JUDGED, **changes))


def test_only_what_differs_is_told_by_its_full_name():
    left = {"seed": 0, "refine": {"trials": 24, "method": "genetic"}, "space": {"eta": {"low": 0.1}}}
    right = {"seed": 0, "refine": {"trials": 60, "method": "genetic"}, "space": {}, "metric": "log_loss"}
    assert dict(differences(left, right)) == {
        "refine.trials": (24, 60),
        "space.eta": ({"low": 0.1}, None),
        "metric": (None, "log_loss"),
    }


def test_settings_and_parameters_that_differ_are_told_and_equal_ones_are_not():
    settings = SETTINGS | {"refine": {"method": "cmaes", "trials": 24}}
    made = compare_summaries(LEFT, replace(LEFT, name="run b", params={"max_depth": 3, "eta": 0.1}, settings=settings))
    assert (made.settings, made.params) == ({"refine.method": ("genetic", "cmaes")}, {"max_depth": (6, 3)})
    assert (made.left.method, made.right.method) == ("sobol, then genetic", "sobol, then cmaes")


@pytest.mark.parametrize(
    ("right", "same", "comparable", "why"),
    [
        (judged(tuned=0.95), True, True, "the same 400 sealed rows, where run b scores better by 0.03."),
        (judged(), True, True, "the same 400 sealed rows, where they score the same."),
        (judged(metric="log_loss"), True, False, "not be compared: one is roc_auc, the other log_loss."),
        (judged(rows=399), False, False, "not be compared: the two were judged on different sealed rows."),
        (replace(LEFT, fingerprint="f2"), False, False, "not be compared: the two were judged on different sealed"),
        (replace(LEFT, name="run b", judgement=None), False, False, "run b was not judged on sealed rows."),
    ],
)
def test_scores_are_compared_on_the_same_sealed_rows_and_metric_alone(right, same, comparable, why):
    made = compare_summaries(LEFT, right)
    assert (made.same_rows, made.comparable) == (same, comparable)
    assert why in made.why


def test_a_smaller_loss_is_the_better_one():
    left = replace(LEFT, judgement=replace(JUDGED, metric="rmse", tuned=2.0))
    assert "run b scores better by 0.5" in compare_summaries(left, judged(metric="rmse", tuned=1.5)).why


def test_sides_of_unknown_origin_are_not_said_to_share_their_rows():
    nameless = replace(LEFT, fingerprint="")
    assert not compare_summaries(nameless, nameless).same_rows


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two runs on the same split, the second of which opened the vault again, both registered; and one that is not."""
    made = tmp_path_factory.mktemp("compare")
    table = written(made)
    common = {"model": {"name": "linear"}, "registry": {"model": "credit", "location": str(made / "models")}}
    tuned(small(made, table, output={"run": "one"}, **common))
    tuned(small(made, table, output={"run": "two"}, refine={"trials": 5}, validation={"again": True}, **common))
    tuned(small(made, table, output={"run": "other"}, seed=1, **common))
    return made


def test_two_runs_on_the_same_rows_are_compared_with_what_differs(finetooth, folder, monkeypatch):
    monkeypatch.chdir(folder)
    code, out, err = finetooth("compare", "one", "two")
    lines = {line[:22].strip(): line[22:].split() for line in out.splitlines() if line.strip()}
    assert (code, err) == (0, "")
    assert lines["set refine.trials"] == ["4", "5"]
    assert "set coarse.trials" not in lines
    assert lines["openings"] == ["1", "2"]
    assert "same 48 sealed rows" in out
    made = json.loads(finetooth("compare", "one", "two", "--json")[1])
    assert made["settings"] == {"refine.trials": [4, 5], "validation.again": [False, True]}
    assert (made["same_sealed_rows"], made["comparable"]) == (True, True)
    assert [side["name"] for side in made["sides"]] == ["run one", "run two"]


def test_a_version_is_compared_like_the_run_that_it_came_from(finetooth, folder, monkeypatch):
    monkeypatch.chdir(folder)
    runs, versions = (
        json.loads(finetooth("compare", *words, "--json")[1]) for words in (("one", "two"), ("credit@1", "credit@2"))
    )
    assert [side.pop("name") for side in versions["sides"]] == ["credit version 1", "credit version 2"]
    assert [side.pop("name") for side in runs["sides"]] == ["run one", "run two"]
    assert versions == runs
    assert "different sealed rows" in finetooth("compare", "credit", "other")[1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("one", "tow"), "run or model 'tow' must exist in 'runs' or the registry 'models'"),
        (("one", "credit@9"), "version 9 of 'credit' must exist"),
        (("one", "credit@best"), "a version must be a number, 'champion' or 'previous'; got 'credit@best'"),
        (("one", "credit@previous"), "'credit' must have a previous version to be compared"),
    ],
)
def test_what_is_not_there_is_said_in_one_line(finetooth, folder, monkeypatch, words, said):
    monkeypatch.chdir(folder)
    code, out, err = finetooth("compare", *words)
    assert (code, out) == (2, "")
    assert err.startswith(f"finetooth: bad input: {said}")
    assert err.count("\n") == 1

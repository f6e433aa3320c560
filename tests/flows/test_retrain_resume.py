"""A retraining that was killed goes on against the champion that it began with, and ends as if it had never stopped."""

import json
import shutil

import pytest

from finetooth.cli.vault_table import audit_run
from finetooth.records import to_json
from finetooth.registry.registry import Registry
from finetooth.retraining.decide import decision_of
from finetooth.runs.run import find_run
from tests.flows.retraining import arrival, saved, wanted
from tests.flows.running import trials


class KilledError(BaseException):
    """No error of the program's own: nothing catches it."""


@pytest.fixture
def folder(first, tmp_path):
    """A registry of one's own with a champion, and a table of a world that turned."""
    shutil.copytree(first / "models", tmp_path / "models")
    saved(tmp_path, "new.csv", arrival(1, flipped=True))
    return tmp_path


def retrained(folder, run):
    from finetooth.flows.retrain import retrain

    return retrain.fn(wanted(folder, str(folder / "new.csv"), output={"run": run}))


def kill_at(monkeypatch, place):
    def die(*_, **__):
        raise KilledError

    module, _, name = place.rpartition(".")
    monkeypatch.setattr(f"{module}.{name}", die)


def history(folder):
    return [(change.action, change.version) for change in Registry(str(folder / "models")).history("churn")]


@pytest.fixture(scope="module")
def whole(first, tmp_path_factory):
    """How it ends when nobody kills it: the decision without the name of the run, and its trials."""
    folder = tmp_path_factory.mktemp("whole")
    shutil.copytree(first / "models", folder / "models")
    saved(folder, "new.csv", arrival(1, flipped=True))
    decision = retrained(folder, "week")
    return to_json(decision), trials(find_run("week", str(folder / "runs"))), history(folder)


@pytest.mark.parametrize(
    "place",
    [
        "finetooth.tasks.retune.refine",
        "finetooth.tasks.promote_challenger.register",
        "finetooth.tasks.promote_challenger.set_champion",
        "finetooth.tasks.promote_challenger.conclude",
    ],
    ids=["in the search", "after the vault was opened", "after the registration", "after the promotion"],
)
def test_it_ends_as_if_it_had_never_stopped_and_opens_the_vault_once(finetooth, folder, whole, monkeypatch, place):
    with monkeypatch.context() as patched:
        kill_at(patched, place)
        with pytest.raises(KilledError):
            retrained(folder, "week")
    code, out, err = finetooth("resume", "week", "--out", folder / "runs", "--untracked", "--json")
    run = find_run("week", str(folder / "runs"))
    assert code == 0, err
    assert (json.dumps(json.loads(out)), trials(run), history(folder)) == (
        json.dumps(json.loads(whole[0])),
        *whole[1:],
    )
    assert [version.number for version in Registry(str(folder / "models")).versions("churn")] == [1, 2]
    assert len(audit_run(run)[0].openings) == 1


def test_one_that_had_kept_the_champion_counts_its_comparison_once(finetooth, folder, monkeypatch):
    saved(folder, "new.csv", arrival(2))
    with monkeypatch.context() as patched:
        kill_at(patched, "finetooth.tasks.promote_challenger.conclude")
        with pytest.raises(KilledError):
            retrained(folder, "week")
    assert finetooth("resume", "week", "--out", folder / "runs", "--untracked")[0] == 0
    run = find_run("week", str(folder / "runs"))
    assert (run.state(), decision_of(run).challenge.order, len(audit_run(run)[0].openings)) == ("kept", 1, 1)
    assert history(folder) == [("promote", 1), ("keep", 2)]


def test_one_that_has_ended_says_its_decision_again_and_changes_nothing(finetooth, folder, whole):
    retrained(folder, "week")
    before = history(folder)
    code, out, err = finetooth("resume", "week", "--out", folder / "runs", "--untracked", "--json")
    assert (code, json.loads(out), history(folder)) == (0, json.loads(whole[0]), before), err


def test_it_does_not_go_on_against_another_champion(finetooth, folder, monkeypatch):
    with monkeypatch.context() as patched:
        kill_at(patched, "finetooth.tasks.promote_challenger.set_champion")
        with pytest.raises(KilledError):
            retrained(folder, "week")
    Registry(str(folder / "models")).promote("churn", 2, 1, "by hand")  # the run's own version counts as its own
    Registry(str(folder / "models")).rollback("churn")
    other = Registry(str(folder / "models"))
    files = other.open(other.version("churn", 2))
    made = other.register("churn", files, {"run": "another", "label": "superior"}, 1)
    other.promote("churn", made.number, 1, "by hand")
    code, out, err = finetooth("resume", "week", "--out", folder / "runs", "--untracked")
    assert (code, out) == (2, "")
    assert "must go on against the champion that it began with, version 1 of 'churn'; version 3 serves now" in err
    assert [version.number for version in other.versions("churn")] == [1, 2, 3]


def test_one_that_had_not_begun_says_what_to_do(finetooth, folder):
    retrained(folder, "week")
    for name in ("retrain.json", "decision.json"):
        (folder / "runs" / "week" / name).unlink()
    code, _, err = finetooth("resume", "week", "--out", folder / "runs", "--untracked")
    assert code == 2
    assert "a retraining must have begun to be resumed" in err

"""Retraining, untracked: a better challenger is promoted, a lucky or unreadable one leaves the champion as it is."""

import json
import shutil

import numpy as np
import pytest

from finetooth.errors import FinetoothError, InputError
from finetooth.models.model import load_model
from finetooth.registry.registry import Registry
from tests.flows.retraining import arrival, saved, serving, wanted
from tests.flows.running import contents


@pytest.fixture
def folder(first, tmp_path):
    """A registry of one's own with a champion."""
    shutil.copytree(first / "models", tmp_path / "models")
    shutil.copy(first / "first.csv", tmp_path / "first.csv")
    return tmp_path


def retrained(folder, frame, uri="", **sections):
    from finetooth.flows.retrain import retrain

    source = saved(folder, "new.csv", frame)
    return retrain.fn(wanted(folder, source, **sections), uri)


def champion(folder):
    return Registry(str(folder / "models")).champion("churn").number


def actions(folder):
    return [change.action for change in Registry(str(folder / "models")).history("churn")]


def test_a_world_that_turned_is_retuned_and_the_better_model_promoted(folder):
    made = retrained(folder, arrival(1, flipped=True), output={"run": "week"})
    assert (made.outcome, made.plan.action, made.champion, champion(folder)) == ("promoted", "retune", 2, 2)
    assert made.challenge.standing == "superior"
    assert made.decay.significant
    registry = Registry(str(folder / "models"))
    version = registry.champion("churn")
    assert (version.parent, version.label, version.run) == (1, "superior", "week")
    assert registry.previous("churn").number == 1
    told = json.loads((folder / "runs" / "week" / "decision.json").read_text())
    assert told["outcome"] == "promoted"
    assert told["challenge"]["low"] > 0
    assert (folder / "runs" / "week" / "report.html").exists()


def test_a_champion_that_names_columns_is_retrained_and_replaced_like_any_other(tmp_path):
    """Decay, refit, sealed comparison and promotion see the columns of the new table, and not their encoding."""
    model = {"name": "tests.models.own_named:LETTERS", "space": "tests.models.own_named:SPACE"}
    serving(tmp_path, **model)
    made = retrained(tmp_path, arrival(1, flipped=True), model=model)
    assert (made.outcome, made.plan.action, made.decay.significant, champion(tmp_path)) == (
        "promoted",
        "retune",
        True,
        2,
    )
    served = load_model(Registry(str(tmp_path / "models")).open(Registry(str(tmp_path / "models")).champion("churn")))
    assert served.takes_frame
    table = arrival(4, flipped=True)
    assert (served.predict(table) == table["target"]).mean() > 0.8


def test_more_rows_of_the_same_kind_are_refitted_and_luck_is_not_promoted(folder):
    made = retrained(folder, arrival(2))
    assert (made.outcome, made.plan.action, champion(folder)) == ("kept", "refit", 1)
    assert actions(folder) == ["promote", "keep"]
    again = retrained(folder, arrival(3))
    assert again.challenge.order == 2
    assert again.challenge.level > made.challenge.level


def test_a_retuning_starts_at_the_champions_parameters_and_around_them(folder):
    from finetooth.models.model import load_model
    from finetooth.runs.run import find_run
    from finetooth.trials.journal import Journal

    retrained(folder, arrival(2), decide={"work": "retune"}, output={"run": "tuned"}, refine={"trials": 7})
    registry = Registry(str(folder / "models"))
    serves = load_model(registry.open(registry.version("churn", 1)))
    trials = Journal(find_run("tuned", str(folder / "runs")).journal).trials("refine")
    assert trials[0].candidate.params == dict(serves.params)
    assert sum(trial.candidate.origin == "given" for trial in trials) >= 4


def test_the_same_table_again_is_skipped(folder):
    made = retrained(folder, arrival(0))
    assert (made.outcome, made.version, champion(folder)) == ("skipped", None, 1)
    assert "only 0 rows are new to the champion" in made.reason


def test_rows_that_the_champion_knows_do_not_count_and_are_not_compared_on(folder):
    import pandas as pd

    made = retrained(folder, pd.concat([arrival(0), arrival(1, flipped=True)]))
    assert made.drift.now < 600
    assert made.challenge is not None
    assert made.challenge.left_out > 50


def test_another_population_is_held_and_an_untracked_run_keeps_the_champion(folder):
    made = retrained(folder, arrival(1, flipped=True, moved=2.0))
    assert (made.outcome, champion(folder)) == ("kept", 1)
    assert made.challenge.standing == "superior"
    assert "an untracked run can ask nobody" in made.reason
    assert made.objections
    assert actions(folder) == ["promote", "hold", "keep"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: t.drop(columns="b"), "the champion's column 'b' must exist"),
        (lambda t: t.assign(a="many words"[:4] + t["color"]), "column 'a' must hold numbers"),
        (lambda t: t.assign(target=["maybe", *t["target"][1:-1], "maybe"]), "has 'maybe'"),
        (lambda t: t.assign(target="yes"), "must vary"),
        (lambda t: t.head(0), "must have rows"),
    ],
    ids=["missing column", "other type", "unseen class", "one class", "no rows"],
)
def test_data_that_cannot_be_used_fail_with_the_reason_and_leave_everything_as_it_was(folder, change, said):
    before = contents(folder / "models")
    with pytest.raises(InputError) as error:
        retrained(folder, change(arrival(1)))
    assert said in str(error.value)
    assert "\n" not in str(error.value)
    assert contents(folder / "models") == before
    assert list((folder / "runs").glob("*/config.yaml")) == []


def test_data_older_than_the_champions_fail(tmp_path):
    import pandas as pd

    from finetooth.flows.tune import tune
    from tests.flows.running import small

    day = pd.date_range("2024-01-01", periods=500, freq="h")
    source = saved(tmp_path, "first.csv", arrival(0).assign(day=day))
    storage = {"model": "churn", "location": str(tmp_path / "models")}
    tune.fn(small(tmp_path, source, registry=storage, model={"name": "linear"}, split={"time": "day"}))
    old = arrival(1).assign(day=day - pd.Timedelta("300D"))
    with pytest.raises(InputError, match="new data must be newer than the champion's"):
        retrained(tmp_path, old, split={"time": "day"})
    assert champion(tmp_path) == 1


def test_a_champion_whose_files_were_altered_or_are_gone_fails(folder):
    files = next(iter((folder / "models" / "churn" / "files").iterdir()))
    model = next(path for path in files.iterdir() if path.name.startswith("model.") and path.suffix != ".json")
    model.write_bytes(model.read_bytes() + b"x")
    with pytest.raises(InputError, match="altered"):
        retrained(folder, arrival(1))
    model.unlink()
    with pytest.raises(InputError, match="gone"):
        retrained(folder, arrival(1))


def test_without_a_champion_it_is_said_what_to_do(tmp_path):
    with pytest.raises(InputError, match="model 'churn' must exist in the registry"):
        retrained(tmp_path, arrival(1))


def test_a_registry_that_cannot_be_written_fails_before_any_compute(folder, monkeypatch):
    from finetooth.registry import storage

    monkeypatch.setattr(storage.os, "access", lambda *_: False)  # to root every folder is writable
    with pytest.raises(InputError, match="the registry must be writable"):
        retrained(folder, arrival(1))
    assert not list((folder / "runs").glob("*/trials.jsonl"))


def test_somebody_who_promoted_in_between_is_not_overruled(folder, monkeypatch):
    from finetooth.tasks import promote_challenger

    real = promote_challenger.Registry.register

    def slow(self, model, files, lineage, parent=None):
        version = real(self, model, files, lineage, parent)
        self.promote(model, version.number, parent, "by hand")
        self.rollback(model)
        other = real(self, model, files, dict(lineage) | {"run": "other"}, parent)
        self.promote(model, other.number, parent, "by hand")
        return version

    monkeypatch.setattr(promote_challenger.Registry, "register", slow)
    with pytest.raises(FinetoothError, match="must still have version 1 as its champion"):
        retrained(folder, arrival(1, flipped=True))


@pytest.mark.parametrize("uri", ["the event named no table", "{{ event.payload.uri }}"])
def test_an_event_without_its_payload_is_refused(folder, uri):
    with pytest.raises(InputError, match="must carry the new table as payload"):
        retrained(folder, arrival(1), uri)


def test_an_event_names_the_table(folder):
    other = saved(folder, "other.csv", arrival(0))
    assert retrained(folder, arrival(1, flipped=True), other).outcome == "skipped"


def test_another_target_or_metric_than_the_champions_is_refused(folder):
    with pytest.raises(InputError, match="the target must be the champion's, 'target'"):
        retrained(folder, arrival(1), data={"target": "color"})
    with pytest.raises(InputError, match="such as its own 'roc_auc'"):
        retrained(folder, arrival(1), metric="log_loss")


def test_another_family_is_searched_from_its_own_default(folder):
    made = retrained(folder, arrival(1, flipped=True), model={"name": "xgboost", "constants": {"n_estimators": 20}})
    assert made.outcome == "promoted"


def test_the_command_says_what_was_decided(finetooth, folder):
    source = saved(folder, "new.csv", arrival(0))
    words = ("--registry", folder / "models", "--out", folder / "runs", "--untracked")
    code, out, _ = finetooth("retrain", "churn", source, *words, "--set", "model.name=linear")
    assert code == 0
    assert out.startswith("# churn: skipped")
    assert "Version 1 serves." in out
    code, _, err = finetooth("retrain", "churn", source, *words, "--set", "decide.least=3")
    assert code == 2
    assert "key 'least' must exist" in err
    assert "least_new" in err


def test_the_same_seed_gives_the_same_decision(folder, first, tmp_path):
    import shutil as files

    other = tmp_path / "other"
    files.copytree(first / "models", other / "models")
    a, b = (retrained(storage, arrival(1, flipped=True)) for storage in (folder, other))
    assert (a.challenge, a.drift, a.decay) == (b.challenge, b.drift, b.decay)
    assert np.isfinite(a.challenge.difference)

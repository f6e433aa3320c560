"""One candidate on its folds: a pure function of its job, and a failure is a record with a reason."""

import math
import pickle
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from finetooth import metrics, seeds
from finetooth.data.store import open_development
from finetooth.errors import StoreGoneError
from finetooth.metrics import DEFAULTS
from finetooth.models.learner import Learner
from finetooth.records import Candidate, Fidelity, curve_rounds, from_json, to_json
from finetooth.spaces.catalogue import family
from finetooth.trials.evaluate import Job, evaluate
from finetooth.trials.journal import untimed

KINDS = ("binary", "multiclass", "regression")
BOOSTED = Learner("xgboost", "xgboost")
PARAMS = {"learning_rate": 0.3, "max_depth": 2, "subsample": 0.8}


@pytest.fixture
def job(tables):
    def make(kind="binary", params=PARAMS, learner=BOOSTED, **changes):
        candidate = Candidate(3, params, "random", (1, 2))
        made = Job("refine", candidate, Fidelity(folds=3), tables[kind].data, learner, DEFAULTS[kind], 0)
        return replace(made, **changes)

    return make


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["xgboost", "linear"])
def test_a_job_gives_the_same_trial_wherever_it_runs(job, kind, name):
    found = family(name, kind)
    asked = job(kind, found.default, found.learner)
    trial = evaluate(asked)
    assert (trial.state, len(trial.scores), len(trial.train_scores)) == ("complete", 3, 3)
    assert trial.candidate == asked.candidate
    with ThreadPoolExecutor(2) as pool:
        others = list(pool.map(evaluate, [pickle.loads(pickle.dumps(asked))] * 4))
    assert [untimed(other) for other in others] == [untimed(trial)] * 4
    assert from_json(type(trial), to_json(trial)) == trial


def test_a_trial_tells_what_it_cost_and_who_did_it(job):
    with ThreadPoolExecutor(1, thread_name_prefix="worker-of-a-test") as pool:
        trial = pool.submit(evaluate, job(repeat=4)).result()
    assert (trial.stage, trial.repeat, trial.fidelity) == ("refine", 4, Fidelity(folds=3))
    assert trial.worker.startswith("worker-of-a-test")
    assert trial.seconds > 0


def test_models_without_rounds_have_no_curve_and_boosted_ones_do(job):
    linear = family("linear", "binary")
    plain, boosted = evaluate(job(params=linear.default, learner=linear.learner)), evaluate(job())
    assert (plain.curve, plain.rounds) == ((), None)
    assert boosted.rounds == curve_rounds(len(boosted.curve))[int(np.argmax(boosted.curve))]
    assert boosted.params == {"n_estimators": boosted.rounds, **PARAMS}
    assert evaluate(job(params=boosted.params, watch=False)).curve == ()


def test_every_candidate_of_a_repeat_meets_the_same_folds_and_seeds(job):
    first, again = evaluate(job()), evaluate(replace(job(), candidate=Candidate(9, PARAMS, "genetic")))
    assert first.scores == again.scores
    assert evaluate(job(repeat=1)).scores != first.scores
    assert evaluate(job(seed=1)).scores != first.scores
    assert evaluate(job(stage="coarse")).scores != first.scores


def test_a_lower_fidelity_sees_fewer_rows(job):
    seen = {}

    def scores(rows):
        asked = job(fidelity=Fidelity(rows, 3))
        pairs = open_development(asked.data).folds(asked.fidelity, 0, "refine", 0)
        seen[rows] = sum(len(test) for _, test in pairs)
        return evaluate(asked).scores

    assert scores(0.5) != scores(1.0)
    assert abs(seen[0.5] / seen[1.0] - 0.5) < 0.05


def test_constants_go_into_every_fit_and_a_candidate_wins_over_them(job):
    fixed = Learner("xgboost", "xgboost", constants={"max_depth": 5, "n_estimators": 4})
    found = evaluate(job(params={"max_depth": 2}, learner=fixed))
    assert untimed(found).scores == evaluate(job(params={"max_depth": 2, "n_estimators": 4})).scores
    assert found.params == {"max_depth": 2, "n_estimators": 4}


@pytest.mark.parametrize(
    ("params", "learner", "reason"),
    [
        ({"max_depth": -3}, Learner("xgboost", "xgboost"), "XGBoostError: "),
        (
            {"C": -1},
            Learner("own", "estimator", "sklearn.linear_model:LogisticRegression", "scaled"),
            "InvalidParamete",
        ),
        ({"nope": 1}, Learner("own", "estimator", "sklearn.linear_model:LogisticRegression", "scaled"), "TypeError: "),
        ({}, Learner("own", "estimator", "no_such_module:Model"), "InputError: the module of 'no_such_module:Model'"),
        ({}, Learner("own", "estimator", "sklearn.linear_model:LogisticRegression", "native"), "ValueError: Input X c"),
    ],
)
def test_a_fit_that_fails_is_a_failed_trial_with_a_reason_of_one_line(job, params, learner, reason):
    trial = evaluate(job(params=params, learner=learner))
    assert (trial.state, trial.scores, trial.score) == ("failed", (), -math.inf)
    assert trial.reason.startswith(reason)
    assert "\n" not in trial.reason
    assert len(trial.reason) < 600
    assert from_json(type(trial), to_json(trial)) == trial


def test_data_that_is_gone_ends_the_search_instead_of_failing_each_trial(job, tables, tmp_path):
    gone = replace(tables["binary"].data, uri=str(tmp_path / "gone"))
    with pytest.raises(StoreGoneError, match="the stored development rows must be there; "):
        evaluate(job(data=gone))


@pytest.mark.parametrize("name", ["xgboost", "linear"])
def test_a_score_that_is_no_number_is_a_failed_trial(job, name, monkeypatch):
    monkeypatch.setitem(metrics._FUNCTIONS, "roc_auc", lambda y, p: math.nan)
    found = family(name, "binary")
    trial = evaluate(job(params=found.default, learner=found.learner))
    assert (trial.state, trial.scores, trial.train_scores) == ("failed", (), ())
    assert trial.reason == "the score must be finite; got (nan, nan, nan)"
    assert from_json(type(trial), to_json(trial)) == trial


def test_fit_seeds_are_those_of_the_repeat_and_the_fold(job, monkeypatch):
    asked = []
    seed = seeds.seed
    monkeypatch.setattr("finetooth.trials.evaluate.seeds.seed", lambda *p: asked.append(p) or seed(*p))
    evaluate(job(repeat=2))
    assert asked == [(0, "refine", "fit", 2, fold) for fold in range(3)]


def test_warnings_of_a_fit_are_kept_and_not_printed(job, capsys):
    learner = Learner("own", "estimator", "sklearn.linear_model:LogisticRegression", "scaled", {"max_iter": 1})
    trial = evaluate(job(params={}, learner=learner))
    assert trial.state == "complete"
    assert trial.reason.startswith("ConvergenceWarning: ")
    assert capsys.readouterr().err == ""

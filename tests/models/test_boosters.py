"""Boosters that go on: the same model whether a worker kept the first rounds, boosted others in between, or neither."""

import pickle
from dataclasses import replace

import numpy as np
import pytest

from finetooth.metrics import DEFAULTS, METRICS
from finetooth.models import boosters
from finetooth.models.boosters import Task, boost, start
from finetooth.models.boosting import fit_all, predict, train_folds
from finetooth.models.cache import BoundedCache, Shelf
from finetooth.models.fold_matrices import fold_matrices
from finetooth.models.learner import Learner
from finetooth.models.segments import Segment
from finetooth.records import Candidate, Fidelity
from finetooth.spaces.catalogue import family
from finetooth.trials.evaluate import Job, evaluate
from finetooth.trials.journal import untimed

TASK = Task("binary", 2, METRICS["roc_auc"])
DRAWN = {"learning_rate": 0.2, "subsample": 0.7, "colsample_bytree": 0.6, "colsample_bylevel": 0.8, "max_depth": 3}
OTHER = DRAWN | {"learning_rate": 0.05, "max_depth": 5, "reg_lambda": 3.0}
SEEDS = [1, 2, 3]


@pytest.fixture(autouse=True)
def bare(monkeypatch):
    """A worker that has kept nothing; call it for another one."""

    def forget():
        monkeypatch.setattr(boosters, "_shelf", Shelf(2**28, boosters._weight))
        monkeypatch.setattr(boosters, "_ends", BoundedCache(2**28, lambda end: len(end[0])))

    forget()
    return forget


@pytest.fixture
def folds(tables):
    return fold_matrices(tables["binary"].data, Fidelity(folds=3), 0, "refine", 0)


@pytest.mark.parametrize("extra", [{}, {"booster": "dart", "rate_drop": 0.3}, {"schedule": "cosine"}])
def test_a_booster_that_stood_still_while_others_were_boosted_goes_on_as_if_it_had_not(folds, extra):
    params = DRAWN | extra
    whole = start(TASK, params, folds[0], 1)
    boost(whole, params, folds[0], 50)
    halted, between = start(TASK, params, folds[0], 1), start(TASK, OTHER, folds[1], 9)
    boost(halted, params, folds[0], 20)
    boost(between, OTHER, folds[1], 30)
    boost(halted, params, folds[0], 50)
    assert halted.curve == whole.curve
    assert halted.booster.save_raw() == whole.booster.save_raw()
    np.testing.assert_array_equal(predict(halted.booster, folds[0].test, 50), predict(whole.booster, folds[0].test, 50))


def test_a_trial_that_goes_up_a_rung_is_what_it_would_be_from_the_start(folds, bare):
    rungs = [train_folds(TASK, DRAWN, folds, SEEDS, most) for most in (5, 15, 45, 15)]
    for most, kept in zip((5, 15, 45, 15), rungs, strict=True):
        bare()
        assert train_folds(TASK, DRAWN, folds, SEEDS, most) == kept


def test_a_higher_rung_boosts_only_the_rounds_that_are_new(folds, monkeypatch):
    boosted = []
    watched = boosters._watched
    monkeypatch.setattr(boosters, "_watched", lambda b, f, round_: boosted.append(round_) or watched(b, f, round_))
    train_folds(TASK, DRAWN, folds, SEEDS, 4)
    train_folds(TASK, DRAWN, folds, SEEDS, 6)
    assert sorted(boosted) == [r for r in range(6) for _ in folds]
    train_folds(TASK, DRAWN, folds, [4, 5, 6], 6)
    train_folds(TASK, OTHER, folds, SEEDS, 6)
    assert len(boosted) == 3 * 6 * len(folds)


def test_boosters_are_kept_only_where_a_trial_may_go_on(folds):
    train_folds(TASK, DRAWN | {"n_estimators": 3}, folds, SEEDS, None)
    train_folds(TASK, DRAWN | {"booster": "dart"}, folds, SEEDS, 3)
    assert not boosters._shelf._values


def chain(*until):
    return tuple(Segment(params, end) for params, end in zip((DRAWN, OTHER, DRAWN), until, strict=False))


def test_a_chain_of_ancestors_gives_the_same_model_on_a_worker_that_saw_none_of_them(folds, bare):
    train_folds(TASK, DRAWN, folds, SEEDS, 10)
    train_folds(TASK, OTHER, folds, SEEDS, 20, lineage=chain(10))
    kept = train_folds(TASK, DRAWN, folds, SEEDS, 30, lineage=chain(10, 20))
    exploited = train_folds(TASK, OTHER | {"max_depth": 2}, folds, SEEDS, 30, lineage=chain(10, 20))
    bare()
    assert train_folds(TASK, OTHER | {"max_depth": 2}, folds, SEEDS, 30, lineage=chain(10, 20)) == exploited
    bare()
    assert train_folds(TASK, DRAWN, folds, SEEDS, 30, lineage=chain(10, 20)) == kept
    assert kept.rounds > 20
    assert kept.scores != exploited.scores


def test_an_ancestor_that_went_further_than_the_branch_is_made_again(folds, bare):
    train_folds(TASK, DRAWN, folds, SEEDS, 40)
    kept = train_folds(TASK, OTHER, folds, SEEDS, 20, lineage=chain(10))
    bare()
    assert train_folds(TASK, OTHER, folds, SEEDS, 20, lineage=chain(10)) == kept


def test_a_model_that_goes_on_is_judged_by_its_own_rounds_and_not_by_its_ancestors(folds):
    worse = DRAWN | {"learning_rate": 20.0, "reg_lambda": 0.0}
    found = train_folds(TASK, worse, folds, SEEDS, 14, lineage=chain(10))
    assert max(found.curve[:10]) > max(found.curve[10:])
    assert found.rounds == 11 + int(np.argmax(found.curve[10:]))
    assert np.mean(found.scores) == pytest.approx(max(found.curve[10:]), abs=1e-5)


def test_the_parameters_of_a_segment_hold_for_its_own_rounds_alone(folds):
    small = DRAWN | {"max_depth": 1}
    made = start(TASK, OTHER | {"max_depth": 4}, folds[0], 1, (Segment(small, 6),))
    boost(made, OTHER | {"max_depth": 4}, folds[0], 10)
    depths = [tree.count("\n\t\t") > 0 for tree in made.booster.get_dump()]
    assert depths == [False] * 6 + [True] * 4
    assert len(made.curve) == 10


def test_segments_that_add_no_rounds_are_refused(folds):
    with pytest.raises(ValueError, match=r"must add rounds; they end after \[10, 10\]"):
        train_folds(TASK, OTHER, folds, SEEDS, 10, lineage=chain(10))


def test_a_final_fit_follows_the_same_chain(tables, bare):
    params = OTHER | {"n_estimators": 12}
    whole = fit_all(TASK, params, tables["binary"].data, 1, chain(8))
    bare()
    assert fit_all(TASK, params, tables["binary"].data, 1, chain(8)) == whole
    assert fit_all(TASK, params, tables["binary"].data, 1) != whole


def test_a_job_with_a_lineage_travels_and_gives_the_same_trial_anywhere(tables, bare):
    learner = Learner("xgboost", "xgboost", constants={"min_child_weight": 2.0})
    candidate = Candidate(7, OTHER, "exploited", (3, 1))
    job = Job("refine", candidate, Fidelity(folds=3, rounds=20), tables["binary"].data, learner, "roc_auc", 0)
    job = replace(job, lineage=(Segment(DRAWN, 10),))
    evaluate(replace(job, candidate=Candidate(3, DRAWN, "random"), fidelity=Fidelity(folds=3, rounds=10), lineage=()))
    trial = evaluate(job)
    bare()
    assert untimed(evaluate(pickle.loads(pickle.dumps(job)))) == untimed(trial)
    assert (trial.state, len(trial.curve)) == ("complete", 20)
    assert trial.rounds > 10


@pytest.mark.parametrize("changes", [{"lineage": (Segment({}, 5),)}, {}])
def test_a_model_without_rounds_neither_goes_on_nor_is_cut_short(tables, changes):
    found = family("linear", "binary")
    candidate = Candidate(0, found.default, "default")
    job = Job("refine", candidate, Fidelity(rounds=9), tables["binary"].data, found.learner, DEFAULTS["binary"], 0)
    trial = evaluate(replace(job, **changes))
    assert trial.reason.startswith("InputError: population training and halving over rounds must have a model that is")

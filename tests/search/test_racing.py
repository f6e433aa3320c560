"""A trial ends early by a threshold that was fixed when it was proposed; others do not."""

import statistics
from dataclasses import replace

import pytest

from finetooth.models import boosting
from finetooth.models.learner import Learner
from finetooth.records import Candidate, Fidelity, Trial, from_json, to_json
from finetooth.search.racing import RacingThreshold, racing_threshold
from finetooth.spaces.catalogue import family
from finetooth.trials.evaluate import Job, evaluate
from finetooth.trials.journal import untimed

FULL, ROWS = Fidelity(1.0, 3), ("a", "b", "c")
BOOSTED = Learner("xgboost", "xgboost")


def trial(index, *scores, fidelity=FULL, folds=ROWS, state="complete"):
    return Trial("refine", Candidate(index, {"x": index}, "random"), fidelity, state, scores, folds=folds)


GOOD = [trial(0, 0.80, 0.70, 0.90), trial(1, 0.81, 0.72, 0.90), trial(2, 0.79, 0.70, 0.89), trial(3, 0.5, 0.6, 0.9)]


def test_the_bar_is_the_best_trial_and_the_spread_of_the_folds_differences_to_it():
    threshold = racing_threshold(GOOD, FULL)
    gaps = [(0.01, 0.02, 0.0), (0.02, 0.02, 0.01), (0.31, 0.12, 0.0)]
    spread = statistics.fmean(statistics.variance(gap) for gap in gaps) ** 0.5
    assert (threshold.scores, threshold.folds) == (GOOD[1].scores, ROWS)
    assert threshold.margin == pytest.approx(1.5 * spread)


def test_the_worse_half_of_many_trials_does_not_widen_the_bar():
    worse = [trial(i, 0.1 * (i % 3), 0.3, 0.2) for i in range(4, 8)]
    assert racing_threshold([*GOOD, *worse], FULL) == racing_threshold(GOOD, FULL)


def test_trials_at_another_fidelity_on_other_folds_or_without_an_outcome_do_not_count():
    others = [
        trial(4, 0.99, 0.99, 0.99, fidelity=Fidelity(0.5, 3)),
        trial(5, 0.99, 0.99, 0.99, folds=("d", "e", "f")),
        trial(6, 0.99, state="pruned"),
        trial(7, state="failed"),
        trial(8, state="running"),
    ]
    assert racing_threshold([*GOOD, *others], FULL) == racing_threshold(GOOD, FULL)
    assert racing_threshold(GOOD[:3], FULL) is None
    assert racing_threshold([], FULL) is None


def test_trials_that_do_not_differ_set_no_bar():
    assert racing_threshold([trial(i, 0.8, 0.7, 0.9) for i in range(6)], FULL) is None


def test_only_what_is_too_far_behind_on_the_same_rows_is_hopeless():
    high = RacingThreshold((0.8, 0.7, 0.9), 0.1, ROWS)
    assert high.reason_to_prune([0.71], ["a"]) is None
    assert high.reason_to_prune([0.69], ["a"]) == "0.11 behind the best trial on its first 1 of 3 folds; 0.1 is too far"
    assert high.reason_to_prune([0.69], ["b"]) is None
    assert (
        high.reason_to_prune([0.72, 0.63], ["a", "b"])
        == "0.075 behind the best trial on its first 2 of 3 folds; 0.07071 is too far"
    )
    assert high.reason_to_prune([], []) is None
    assert high.reason_to_prune([float("nan")], ["a"]) is None


def test_a_fold_that_misses_the_bar_at_its_present_slope_is_out_of_reach():
    high = RacingThreshold((0.8, 0.7, 0.9), 0.1, ROWS)
    assert high.is_out_of_reach(0.60, 0.61, 8)
    assert not high.is_out_of_reach(0.60, 0.61, 9.5)
    assert high.is_out_of_reach(0.65, 0.6, 8)  # what falls does not rise again
    assert not high.is_out_of_reach(float("-inf"), 0.1, 8)


@pytest.fixture
def job(tables):
    def make(name="xgboost", **changes):
        chosen = family(name, "binary")
        params = {"max_depth": 2, "learning_rate": 0.3} if name == "xgboost" else chosen.default
        data = tables["binary"].data
        return replace(Job("refine", Candidate(1, params, "x"), FULL, data, chosen.learner, "roc_auc", 0), **changes)

    return make


@pytest.mark.parametrize("name", ["xgboost", "linear"])
def test_a_hopeless_trial_ends_after_its_first_fold_and_says_why(job, name):
    whole = evaluate(job(name))
    missed = evaluate(job(name, threshold=RacingThreshold((1.5, 1.5, 1.5), 0.1, whole.folds)))
    assert (missed.state, len(missed.scores), missed.folds) == ("pruned", 1, whole.folds[:1])
    assert "behind the best trial on its first 1 of 3 folds" in missed.reason
    assert missed.score == -float("inf")
    assert from_json(Trial, to_json(missed)) == missed


def test_a_first_fold_ends_as_soon_as_it_cannot_come_near_any_more(job, monkeypatch):
    monkeypatch.setattr(boosting, "SPAN", 6)
    whole = evaluate(job())
    missed = evaluate(job(threshold=RacingThreshold((9.0, 9.0, 9.0), 0.1, whole.folds)))
    assert (missed.state, len(missed.scores), len(missed.curve)) == ("pruned", 1, 12)
    assert len(whole.curve) > 12
    assert untimed(evaluate(job(threshold=RacingThreshold((1.0, 1.0, 1.0), 0.9, whole.folds)))) == untimed(whole)


@pytest.mark.parametrize("schedule", ["restarts", "step"])
def test_a_rate_that_changes_may_rise_again(job, monkeypatch, schedule):
    monkeypatch.setattr(boosting, "SPAN", 6)
    params = {"max_depth": 2, "learning_rate": 0.3, "schedule": schedule, "schedule_decay": 0.5, "schedule_period": 50}
    changing = job(candidate=Candidate(1, params, "x"))
    missed = evaluate(replace(changing, threshold=RacingThreshold((9.0, 9.0, 9.0), 0.1, evaluate(changing).folds)))
    assert (missed.state, len(missed.curve) > 12) == ("pruned", True)


@pytest.mark.parametrize("name", ["xgboost", "linear"])
@pytest.mark.parametrize("rounds", [None, 12])
def test_a_bar_that_is_met_changes_nothing(job, name, rounds):
    if name == "linear" and rounds:
        pytest.skip("a model without rounds")
    asked = job(name, fidelity=Fidelity(1.0, 3, rounds))
    whole = evaluate(asked)
    assert untimed(evaluate(replace(asked, threshold=RacingThreshold(whole.scores, 10.0, whole.folds)))) == untimed(
        whole
    )


def test_on_other_rows_the_bar_says_nothing(job):
    whole = evaluate(job())
    assert evaluate(job(threshold=RacingThreshold((1.5, 1.5, 1.5), 0.1, ("x", "y", "z")))).scores == whole.scores


def test_estimators_are_asked_after_every_fold_but_the_last(job):
    whole = evaluate(job("linear"))
    late = RacingThreshold((whole.scores[0], whole.scores[1] + 0.4, 9.0), 0.2, whole.folds)
    missed = evaluate(job("linear", threshold=late))
    assert (missed.state, missed.scores) == ("pruned", whole.scores[:2])
    last = RacingThreshold((*whole.scores[:2], 9.0), 0.2, whole.folds)
    assert evaluate(job("linear", threshold=last)).scores == whole.scores

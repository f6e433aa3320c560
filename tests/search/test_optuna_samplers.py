"""What the bridge to Optuna hands over, and the importances that come back."""

import pytest
from optuna.trial import TrialState

from finetooth.domains.domains import Choice, Float, Int
from finetooth.domains.space import Space
from finetooth.records import Candidate, Trial
from finetooth.search.importance import parameter_importance
from finetooth.search.optuna_samplers import build_study
from finetooth.search.scores import MOST_TRIALS, limit_trials
from tests.search.small import CONDITIONAL, FIDELITY, run

SPACE = Space(
    [Float("strong", 0.0, 1.0), Float("weak", 0.0, 1.0), Choice("kind", ["a", True, 1]), Int("k", 1, 9, log=True)]
)


def trials_of(space, scored, count=30):
    return run("random", space, count, scored=scored)


def test_trials_are_handed_over_with_only_their_active_parameters():
    trials = run("random", CONDITIONAL, 12)
    study = build_study(CONDITIONAL, trials)
    assert [set(t.params) for t in study.trials] == [set(t.candidate.params) - {"solver"} for t in trials]
    finite = [t.score for t in trials if t.state == "complete"]
    assert [t.value for t in study.trials] == [max(t.score, min(finite)) for t in trials]


def test_values_are_clipped_to_their_ranges_and_options_are_kept_apart_by_type():
    far = Candidate(0, {"strong": 7.0, "weak": 0.5, "kind": 1, "k": 40}, "default")
    study = build_study(SPACE, [Trial("test", far, FIDELITY, "running")])
    assert study.trials[0].params == {"strong": 1.0, "weak": 0.5, "kind": 2, "k": 9}
    assert study.trials[0].state == TrialState.RUNNING


def test_the_parameter_that_makes_the_score_is_the_most_important():
    shares = parameter_importance(SPACE, trials_of(SPACE, lambda s, p: p["strong"] + 0.1 * p["weak"]))
    assert next(iter(shares)) == "strong"
    assert abs(sum(shares.values()) - 1) < 1e-9
    assert set(shares) == set(SPACE.names)


def test_importance_does_not_depend_on_the_unit_of_the_score():
    one, tiny = (
        parameter_importance(SPACE, trials_of(SPACE, lambda s, p, u=unit: u * (p["strong"] + 0.1 * p["weak"])))
        for unit in (1.0, 1e-12)
    )
    assert tiny == pytest.approx(one, abs=1e-3)


def test_conditional_parameters_are_weighed_by_how_often_they_are_there():
    shares = parameter_importance(
        CONDITIONAL, trials_of(CONDITIONAL, lambda s, p: p["layers"] + p.get("rate", 0.0), 40)
    )
    assert next(iter(shares)) == "layers"
    assert set(shares) <= set(CONDITIONAL.names)


def test_too_few_trials_or_one_score_for_all_tell_nothing():
    assert parameter_importance(SPACE, []) == {}
    assert parameter_importance(SPACE, trials_of(SPACE, lambda s, p: p["weak"], 3)) == {}
    assert parameter_importance(SPACE, trials_of(SPACE, lambda s, p: 1.0, 12)) == {}


def test_what_a_sampler_is_handed_is_bounded_and_holds_the_best_and_those_under_way():
    trials = [
        Trial("test", Candidate(i, {"x": 0.0, "y": i / 400}, "x"), FIDELITY, "complete", (float(i == 5),))
        for i in range(600)
    ]
    running = [Trial("test", Candidate(i, {"x": 1.0, "y": i / 400}, "x"), FIDELITY, "running") for i in range(600, 607)]
    limited = limit_trials([*trials, *running])
    assert len(limited) == MOST_TRIALS + 7
    assert limited[-127:] == [*trials, *running][-127:]
    assert trials[5] in limited
    assert limit_trials(running) == running
    assert limit_trials([]) == []


def test_inactive_parameters_lie_in_the_middle_where_a_sampler_must_have_them_all():
    trials = run("random", CONDITIONAL, 12)
    study = build_study(CONDITIONAL, trials, with_inactive=True)
    assert all(set(t.params) == set(CONDITIONAL.names) for t in study.trials)
    for trial, handed in zip(trials, study.trials, strict=True):
        if "rate" not in trial.candidate.params:
            assert handed.params["rate"] == 0.25
        if "drop" not in trial.candidate.params:
            assert handed.params["drop"] == 1

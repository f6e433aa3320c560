"""Facts that stages pass on: frozen, checked where they are made, and the same when read back."""

import json
import math
from dataclasses import FrozenInstanceError, replace

import pytest
from pydantic import ValidationError

from finetooth.records import (
    Candidate,
    DataRef,
    Fidelity,
    Finding,
    StageCost,
    Trial,
    Waiver,
    canonical,
    digest,
    from_json,
    to_json,
)

PARAMS = {"whole": 1, "real": 1.0, "tiny": 1e-300, "truth": True, "word": "gbtree", "none": None, "third": 1 / 3}
CANDIDATE = Candidate(4, PARAMS, "crossover", (1, 2))
TRIAL = Trial(
    "refine", CANDIDATE, Fidelity(0.5, 3, 100), "complete", (0.5, 0.7), (0.9, 1.0), (0.1, 0.2), 2, 1.5, "w", "", 3
)
FINDING = Finding(
    "shift", "error", ("a",), "seen", "why", "what", {"auc": 0.7, "rows": 3, "word": "x"}, (("h",), ("1",))
)


@pytest.mark.parametrize(
    "record",
    [
        CANDIDATE,
        TRIAL,
        replace(TRIAL, state="failed", scores=(), reason="no"),
        Fidelity(),
        FINDING,
        replace(FINDING, waiver=Waiver("shift", "known", "a"), strict=True),
        DataRef("folder", "abc", 3, 2, "y", "binary"),
        StageCost("coarse", 3, 1.5, 0.5),
    ],
)
def test_a_record_reads_back_as_it_was(record):
    again = from_json(type(record), to_json(record))
    assert again == record
    assert "\n" not in to_json(record)


def test_values_keep_their_types():
    again = from_json(Trial, to_json(TRIAL)).candidate.params
    assert {name: type(value) for name, value in again.items()} == {name: type(value) for name, value in PARAMS.items()}


def test_numbers_that_json_does_not_have_are_null_and_read_back_as_unknown():
    unknown = replace(TRIAL, train_scores=(math.nan, 1.0), curve=(math.inf, 0.5))
    text = to_json(unknown)
    assert json.loads(text, parse_constant=pytest.fail)["curve"] == [None, 0.5]
    again = from_json(Trial, text)
    assert [math.isnan(value) for value in (*again.train_scores, *again.curve)] == [True, False, True, False]
    assert again.scores == TRIAL.scores


@pytest.mark.parametrize("text", ["", "{", "{}", "null", to_json(Fidelity())])
def test_other_texts_are_no_record(text):
    with pytest.raises(ValidationError):
        from_json(Trial, text)


def test_a_record_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        TRIAL.state = "failed"
    with pytest.raises((AttributeError, TypeError)):
        TRIAL.other = 1


def test_equal_values_have_equal_text_and_digest():
    assert canonical({"b": 1, "a": [1.0, None]}) == '{"a":[1.0,null],"b":1}'
    assert digest({"b": 1, "a": 2}) == digest({"a": 2, "b": 1})
    assert len({digest({"a": value}) for value in (1, 1.0, True, "1", None)}) == 5
    assert digest({}) == "44136fa355b3678a"


def test_a_candidate_is_known_by_its_parameters_alone():
    assert Candidate(9, dict(reversed(PARAMS.items())), "random").digest == CANDIDATE.digest
    assert Candidate(4, PARAMS | {"whole": 2}, "crossover", (1, 2)).digest != CANDIDATE.digest


@pytest.mark.parametrize(("given", "said"), [({"rows": 0}, "rows"), ({"rows": 1.1}, "rows"), ({"folds": 0}, "folds")])
def test_a_fidelity_must_be_possible(given, said):
    with pytest.raises(ValueError, match=f"{said} must "):
        Fidelity(**given)


@pytest.mark.parametrize("scores", [(), (math.nan,), (0.5, math.inf)])
def test_a_complete_trial_must_have_finite_scores(scores):
    with pytest.raises(ValueError, match="a complete trial must have finite scores"):
        replace(TRIAL, scores=scores)


def test_the_score_of_a_trial_is_its_mean_or_the_worst_there_is():
    assert TRIAL.score == pytest.approx(0.6)
    assert {replace(TRIAL, state=state, scores=()).score for state in ("failed", "running", "pruned")} == {-math.inf}


def test_parameters_to_fit_again_hold_the_rounds_that_the_curve_chose():
    assert TRIAL.params == {"n_estimators": 2, **PARAMS}
    assert replace(TRIAL, rounds=None).params == PARAMS
    fixed = replace(TRIAL, candidate=replace(CANDIDATE, params={"n_estimators": 7}))
    assert fixed.params == {"n_estimators": 7}


@pytest.mark.parametrize(
    ("changed", "stops"),
    [
        ({}, True),
        ({"severity": "warning"}, False),
        ({"severity": "info"}, False),
        ({"waiver": Waiver("shift", "known")}, False),
        ({"waiver": Waiver("shift", "known"), "strict": True}, True),
    ],
)
def test_an_error_stops_the_run_unless_it_may_be_waived_and_is(changed, stops):
    assert replace(FINDING, **changed).stops is stops

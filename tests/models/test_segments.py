"""What the ancestors of a model boosted, read off the trials of a search."""

import pytest

from finetooth.errors import InputError
from finetooth.models.learner import Learner
from finetooth.models.segments import Segment, check_rounds, segments, with_constants
from finetooth.records import Candidate, Fidelity, Trial


def trial(index, origin, parents=(), rounds=10, **params):
    return Trial("refine", Candidate(index, params, origin, parents), Fidelity(1.0, 3, rounds), "complete", (0.5,))


SEEN = (
    trial(0, "random", rate=0.1),
    trial(1, "local", (0,), rate=0.2),
    trial(2, "continued", (0,), 20, rate=0.1),
    trial(3, "exploited", (2, 1), 30, rate=0.3),
)


def test_the_chain_goes_from_first_parent_to_first_parent_until_a_model_of_its_own():
    child = Candidate(4, {"rate": 0.4}, "exploited", (3, 1))
    assert segments(reversed(SEEN), child) == (
        Segment({"rate": 0.1}, 10),
        Segment({"rate": 0.1}, 20),
        Segment({"rate": 0.3}, 30),
    )


def test_offspring_of_other_searches_start_models_of_their_own():
    assert [segments(SEEN, Candidate(9, {}, origin, (3,))) for origin in ("promoted", "crossover", "random")] == [
        ()
    ] * 3


@pytest.mark.parametrize("parents", [(), (8,), (5,)])
def test_an_ancestor_must_be_known_and_have_rounds(parents):
    seen = (*SEEN, trial(5, "random", rounds=None))
    with pytest.raises(ValueError, match="the parent of candidate 9 must be a trial with a number of rounds"):
        segments(seen, Candidate(9, {}, "continued", parents))


def test_equal_segments_are_equal_whatever_the_order_of_their_parameters():
    one, other = Segment({"a": 1, "b": None}, 5), Segment({"b": None, "a": 1}, 5)
    assert (one, hash(one)) == (other, hash(other))
    learner = Learner("m", "xgboost", constants={"a": 9, "c": "x"})
    assert with_constants(learner, (one,)) == (Segment({"a": 1, "b": None, "c": "x"}, 5),)


def test_only_models_with_rounds_may_be_trained_on():
    check_rounds(Learner("xgboost", "xgboost"))
    with pytest.raises(InputError, match="linear is not; choose the model xgboost, or another search method"):
        check_rounds(Learner("linear", "estimator"))

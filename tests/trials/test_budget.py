"""What trials cost, which of them may be compared, and what is said of a search: on trials made by hand."""

import math
from dataclasses import replace

import pytest

from finetooth.records import Candidate, Fidelity, Trial
from finetooth.trials.agreement import Agreement, measure
from finetooth.trials.budget import cost, leaves_room, spent
from finetooth.trials.comparable import comparable, ranked
from finetooth.trials.journal import EndedEarly
from finetooth.trials.summary import summarize

FULL = Fidelity(1.0, 5)
SMALL = Fidelity(0.25, 3)


def trial(index, score=0.5, fidelity=FULL, stage="refine", state="complete", name=None, **changes):
    candidate = Candidate(index, {"x": index if name is None else name}, changes.pop("origin", "sobol"))
    candidate = replace(candidate, parents=changes.pop("parents", ()))
    scores = (score,) * fidelity.folds if state == "complete" else ()
    return replace(Trial(stage, candidate, fidelity, state, scores), **changes)


@pytest.mark.parametrize(
    ("fidelity", "expected"),
    [(FULL, 1.0), (SMALL, 0.15), (Fidelity(1.0, 5, 50), 0.1), (Fidelity(0.5, 5, 5000), 0.5)],
)
def test_a_trial_costs_its_share_of_rows_folds_and_rounds(fidelity, expected):
    assert cost(fidelity, FULL) == pytest.approx(expected)


def test_what_is_taken_over_skipped_or_trained_before_is_not_paid_again():
    first, second = Fidelity(1.0, 5, 100), Fidelity(1.0, 5, 200)
    trials = [
        trial(0, reason="run in the coarse stage"),
        trial(1, state="pruned", scores=(0.1, 0.1)),
        trial(2, state="running"),
        trial(3, fidelity=first),
        trial(4, fidelity=second, origin="continued", parents=(3,)),
        trial(5, state="failed"),
    ]
    assert spent(trials, FULL) == pytest.approx(0.4 + 1 + 0.2 + 0.2 + 1)


def test_a_budget_leaves_room_up_to_its_last_trial():
    assert leaves_room(3.0, 2.0)
    assert not leaves_room(3.0, 2.1)
    assert leaves_room(1.0, 0.9, 0.1)


def test_only_the_highest_fidelity_is_compared_and_ranks_come_after_it():
    trials = [trial(0, 0.2), trial(1, 0.9, SMALL), trial(2, 0.7), trial(2, 0.95, SMALL), trial(3, state="failed")]
    assert comparable(trials) == (trials[0], trials[2])
    assert ranked(trials) == [trials[2], trials[0], trials[1]]
    rounds = [trial(0, 0.9, Fidelity(1.0, 5, 10)), trial(1, 0.1, Fidelity(1.0, 5, 90)), trial(2, 0.0)]
    assert [t.candidate.index for t in ranked(rounds)] == [2, 1, 0]
    assert comparable([]) == ()


def test_agreement_is_spearmans_over_the_pairs_of_one_share():
    from scipy.stats import spearmanr

    low, high = [0.1, 0.2, 0.2, 0.4, 0.3], [0.3, 0.1, 0.5, 0.9, 0.4]
    subset = [trial(i, score, SMALL) for i, score in enumerate(low)] + [trial(9, 0.0, Fidelity(0.1, 3), name=0)]
    whole = [trial(i, score) for i, score in enumerate(high)]
    found = measure(subset, whole)
    assert found == Agreement(pytest.approx(spearmanr(low, high).statistic), 5, 0.25)
    assert measure(subset[:2], whole) is None
    alike = measure(subset, [trial(i, 0.5) for i in range(5)])
    assert math.isnan(alike.rank)
    assert not alike.misleads
    assert [Agreement(rank, count, 0.25).misleads for rank, count in ((0.29, 4), (0.3, 4), (-1, 3))] == [
        True,
        False,
        False,
    ]


def test_an_agreement_of_exactly_three_tenths_is_on_its_bound_and_does_not_mislead():
    low, high = (0, 2, 2, 0, 3, 2), (0, 1, 1, 0, 0, 3)  # unrounded, .30000000000000004
    exact = measure([trial(i, x, SMALL) for i, x in enumerate(low)], [trial(i, y) for i, y in enumerate(high)])
    assert (exact.rank, exact.misleads) == (0.3, False)


def test_the_account_says_what_was_seen_what_was_taken_over_and_why_it_ended():
    coarse = [trial(i, i / 10, SMALL, "coarse") for i in range(6)]
    early = [trial(6 + i, i / 10, FULL, "coarse", name=i) for i in range(3)]
    refined = [trial(i, i / 10, reason="run in the coarse stage") for i in range(3)] + [
        trial(3),
        trial(4, state="pruned", scores=(0.1,)),
    ]
    cut = EndedEarly("refine", 5, "the time limit was reached")
    first, second, third = summarize([*coarse, *early, *refined], (cut,))
    assert first == (
        "The coarse search ran 6 trials on 25 % of the rows and 3 on all rows early, which the refinement took over; "
        "the subset agrees with all rows (Spearman 1.00 over 3 candidates)."
    )
    assert second == (
        "The refinement ran 2 trials, 1 of them not on all folds, since they could not win any more; it ended since "
        "the time limit was reached."
    )
    assert third == "In all 11 trials were run, worth 5.1 full fits."
    assert summarize([], (EndedEarly("coarse", 0, "why"),)) == (
        "No coarse search: why; its trials went to the refinement.",
    )
    assert summarize([], ()) == ()

"""What a search tries first, in which order, and each point once."""

from dataclasses import replace

from finetooth.records import Candidate, Fidelity, Trial
from finetooth.trials.starting_points import first_candidates

FULL = Fidelity(1.0, 2)
STARTERS = ({"learning_rate": 0.1, "max_depth": 3}, {"learning_rate": 0.07, "max_depth": 5})


def trial(index, score, state="complete", rows=0.5):
    candidate = Candidate(index, {"max_depth": index}, "sobol")
    return Trial("coarse", candidate, Fidelity(rows), state, (score,) if state == "complete" else ())


def named(candidates):
    return [(candidate.index, candidate.origin, dict(candidate.params)) for candidate in candidates]


def test_the_best_of_the_subset_that_completed_follow_the_default(boosted):
    trials = [trial(1, 0.1), trial(2, 0.3), trial(3, 0.0, "failed"), trial(4, 0.3), trial(5, 0.2)]
    assert named(first_candidates("genetic", boosted, FULL, subset=trials)) == [
        (0, "default", dict(boosted.default)),
        (1, "promoted", {"max_depth": 2}),
        (2, "promoted", {"max_depth": 4}),
        (3, "promoted", {"max_depth": 5}),
    ]


def test_what_is_taken_over_and_given_comes_first_and_nothing_comes_twice(boosted):
    taken = [trial(0, 0.4, rows=1.0), trial(1, 0.5, rows=1.0)]
    given = ({"max_depth": 1}, {"max_depth": 9})
    found = first_candidates("genetic", boosted, FULL, taken, given, [trial(9, 0.9), trial(2, 0.3)])
    assert [(c.origin, c.params["max_depth"]) for c in found] == [
        ("sobol", 0),
        ("sobol", 1),
        ("given", 9),
        ("promoted", 2),
    ]
    assert [c.index for c in found] == [0, 1, 2, 3]


def test_without_a_subset_the_points_that_were_good_on_other_tables_come_next(boosted):
    family = replace(boosted, starters=STARTERS)
    for method, starts in (("genetic", True), ("sobol", True), ("tpe", True), ("manual", False), ("grid", False)):
        found = named(first_candidates(method, family, FULL, given=({"max_depth": 2},)))
        points = [("default", dict(boosted.default)), ("given", {"max_depth": 2})]
        points += [("starter", starter) for starter in STARTERS] if starts else []
        assert [one[1:] for one in found] == points
    assert len(first_candidates("genetic", family, FULL, subset=[trial(1, 0.1)])) == 2


def test_a_method_that_counts_rounds_says_what_each_point_sees(boosted):
    found = first_candidates("population", boosted, FULL, given=({"max_depth": 2},))
    assert all(candidate.fidelity is not None and candidate.fidelity.rounds for candidate in found)

"""Which trials climb the ladder of fidelities, and which do not."""

from collections import Counter
from dataclasses import replace
from functools import partial

import pytest

from finetooth import seeds
from finetooth.domains.domains import Int
from finetooth.domains.space import Space
from finetooth.errors import InputError
from finetooth.records import Candidate, Fidelity, Trial
from finetooth.search.candidates import SpaceExhausted
from finetooth.search.halving import (
    Ladder,
    default_ladder,
    ladder_over_rounds,
    ladder_over_rows,
    propose_halving,
    propose_hyperband,
)
from finetooth.search.methods import METHODS, check_method
from finetooth.search.population import PopulationSettings, propose_population
from finetooth.search.protocol import View
from tests.search.small import FIDELITY, LOGS, TINY, TINY_SIZE, masked, score

ROWS = Fidelity()
BASE = METHODS["random"].propose
LADDER = ladder_over_rows(FIDELITY)


def view(space, trials, full=ROWS, seed=0):
    return View(space, trials, len(trials), seeds.stream(seed, "test", "propose", len(trials)), full=full)


def climb(propose, count, window=1, seed=0, space=LOGS, full=ROWS):
    trials = []
    for index in range(count):
        candidate = propose(view(space, masked(trials, index, window), full, seed))
        trials.append(Trial("test", candidate, candidate.fidelity, "complete", (score(space, candidate.params),)))
    return trials


def test_ladders_rise_by_the_reduction_to_a_full_trial():
    half = Fidelity(0.5, 3)
    assert [f.rows for f in ladder_over_rows(half).levels] == pytest.approx([0.5 / 9, 0.5 / 3, 0.5])
    assert ladder_over_rows(half).levels[-1] == half
    assert [f.rounds for f in ladder_over_rounds(Fidelity(rounds=300), 10).levels] == [11, 33, 100, 300]
    with pytest.raises(InputError, match="two different rungs"):
        ladder_over_rows(smallest=0.5)
    with pytest.raises(InputError, match="at least 2"):
        Ladder(LADDER.levels, 1)


@pytest.mark.parametrize(
    ("rounds", "levels"),
    [
        (6, [2, 6]),
        (20, [6, 20]),
        (50, [5, 16, 50]),
        (81, [9, 27, 81]),
        (300, [11, 33, 100, 300]),
        (2000, [74, 222, 666, 2000]),
    ],
)
def test_a_full_trial_gives_the_ladder_below_it(rounds, levels):
    assert default_ladder(Fidelity(1.0, 3, rounds)) == Ladder(tuple(Fidelity(1.0, 3, count) for count in levels))
    assert default_ladder(Fidelity(1.0, 3)) == ladder_over_rows(Fidelity(1.0, 3))


@pytest.mark.parametrize("rounds", [1, 5])
def test_too_few_rounds_for_a_ladder_are_refused(rounds):
    with pytest.raises(InputError, match=f"at least 6 rounds for a ladder over rounds; got {rounds}"):
        default_ladder(Fidelity(rounds=rounds))


def test_halving_promotes_the_best_third_of_each_rung_and_no_other():
    trials = climb(partial(propose_halving, ladder=LADDER, base=BASE), 40)
    low, middle, top = ([t for t in trials if t.fidelity == level] for level in LADDER.levels)
    assert len(low) > 2 * len(middle) > 4 * len(top) > 0
    assert len({t.candidate.digest for t in low}) == len(low)
    for trial in middle + top:
        parent = trials[trial.candidate.parents[0]]
        assert trial.candidate.origin == "promoted"
        assert parent.candidate.params == trial.candidate.params
        assert LADDER.levels.index(parent.fidelity) + 1 == LADDER.levels.index(trial.fidelity)
    assert max(low, key=lambda t: t.score).candidate.digest in {t.candidate.digest for t in top}


def test_a_trial_that_failed_is_never_promoted():
    trials = climb(partial(propose_halving, ladder=LADDER, base=BASE), 3)
    failed = [replace(t, state="failed", scores=()) for t in trials]
    candidate = propose_halving(view(LOGS, failed), ladder=LADDER, base=BASE)
    assert (candidate.origin, candidate.fidelity) == ("random", LADDER.levels[0])


@pytest.mark.parametrize("propose", [propose_halving, propose_hyperband])
def test_the_same_seed_climbs_alike_and_any_prefix_goes_on_alike(propose):
    step = partial(propose, ladder=LADDER, base=METHODS["genetic"].propose)
    trials = climb(step, 18, window=4)
    assert climb(step, 18, window=4) == trials
    assert [t.candidate for t in climb(step, 18, window=4, seed=1)] != [t.candidate for t in trials]
    assert step(view(LOGS, masked(trials[:12], 12, 4))) == trials[12].candidate


def test_known_points_at_full_fidelity_stand_on_the_top_rung():
    known = Trial(
        "test", Candidate(0, {"rate": 0.1, "depth": 3, "rounds": 20}, "default"), FIDELITY, "complete", (0.0,)
    )
    trials = [known]
    for _ in range(1, 30):
        candidate = propose_hyperband(view(LOGS, trials, FIDELITY))
        trials.append(Trial("test", candidate, candidate.fidelity, "complete", (score(LOGS, candidate.params),)))
    assert {t.fidelity for t in trials} == set(LADDER.levels)
    assert [t for t in trials if t.candidate.params == known.candidate.params] == [known]


def test_when_nothing_new_is_left_the_others_climb_to_the_top():
    trials = climb(propose_halving, 3 * TINY_SIZE, space=TINY, full=FIDELITY)
    assert Counter(t.fidelity for t in trials) == dict.fromkeys(LADDER.levels, TINY_SIZE)
    with pytest.raises(SpaceExhausted, match="tried as far as they go"):
        propose_halving(view(TINY, trials, FIDELITY))


def test_hyperband_starts_brackets_at_every_rung_in_its_proportions():
    trials = climb(partial(propose_hyperband, ladder=LADDER, base=BASE), 60)
    starts = Counter(t.fidelity for t in trials if t.candidate.origin != "promoted")
    low, middle, top = (starts[level] for level in LADDER.levels)
    assert low > middle >= top > 0
    assert low / (low + middle + top) == pytest.approx(9 / 17, abs=0.1)  # 9, 5 and 3 candidates a round


@pytest.mark.parametrize("window", [2, 8])
def test_members_of_a_population_train_on_and_the_worst_copy_the_best(window):
    full = Fidelity(1.0, 3, 100)
    population = PopulationSettings(members=8, fixed=("depth",))
    trials = climb(partial(propose_population, settings=population), 64, window=window, full=full)
    assert [t.fidelity for t in trials] == [Fidelity(1.0, 3, 10 * (1 + i // 8)) for i in range(64)]
    origins = Counter(t.candidate.origin for t in trials)
    assert origins["random"] == 8
    assert origins["continued"] > origins["exploited"] > 3
    for trial in trials[8:]:
        model = trials[trial.candidate.parents[0]]
        assert model.fidelity.rounds <= trial.fidelity.rounds - 10
        assert model.candidate.params["depth"] == trial.candidate.params["depth"]
        if trial.candidate.origin == "continued":
            assert model.candidate.params == trial.candidate.params
            assert model.candidate.index == trial.candidate.index - 8
        else:
            assert model.score >= trials[trial.candidate.parents[1]].score
            assert model.candidate.params != trial.candidate.params


def test_a_population_ends_when_its_members_are_full_trials():
    full = Fidelity(1.0, 3, 20)
    trials = climb(propose_population, 100, window=2, full=full)
    assert [t.fidelity for t in trials[90:]] == [full] * 10
    with pytest.raises(SpaceExhausted, match="trained to the end"):
        propose_population(view(LOGS, trials, full))


def test_a_member_does_not_go_on_before_its_last_step_is_told():
    trials = climb(propose_population, 10)
    waiting = [replace(trials[0], state="running", scores=()), *trials[1:]]
    with pytest.raises(ValueError, match="trial 0 must have an outcome before member 0 goes on"):
        propose_population(view(LOGS, waiting))


def test_a_population_smaller_than_the_window_and_one_with_too_few_rounds_are_refused():
    with pytest.raises(InputError, match="as many members"):
        check_method("population", LOGS, window=11)
    with pytest.raises(InputError, match="at least 10 rounds"):
        check_method("population", LOGS, window=8, full=Fidelity(rounds=9))
    check_method("population", LOGS, window=10, full=Fidelity(rounds=10))


def test_members_of_a_population_differ_though_the_space_is_small():
    space = Space([Int("a", 1, 4), Int("b", 1, 3)], name="small")
    trials = climb(propose_population, 100, space=space)
    assert len({(t.candidate.digest, t.fidelity) for t in trials}) == 100

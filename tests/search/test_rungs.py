"""Which trials climb the ladder of fidelities, and which do not."""

from collections import Counter
from dataclasses import replace
from functools import partial

import pytest

from finetooth import seeds
from finetooth.errors import InputError
from finetooth.records import Fidelity, Trial
from finetooth.search.methods import METHODS
from finetooth.search.population import Population, propose_training
from finetooth.search.rungs import Rungs, over_rounds, over_rows, propose_halving, propose_hyperband
from tests.search.small import LOGS, masked, score

BASE = METHODS["random"].propose
LADDER = over_rows(1 / 9, folds=3)


def climb(propose, count, window=1, seed=0):
    trials = []
    for index in range(count):
        rng = seeds.stream(seed, "test", "propose", index)
        candidate, fidelity = propose(LOGS, masked(trials, index, window), index, rng)
        trials.append(Trial("test", candidate, fidelity, "complete", (score(LOGS, candidate.params),)))
    return trials


def test_ladders_rise_by_the_reduction_to_everything():
    assert [f.rows for f in over_rows(0.1).levels] == pytest.approx([1 / 9, 1 / 3, 1.0])
    assert [f.rounds for f in over_rounds(10, 300).levels] == [11, 33, 100, 300]
    with pytest.raises(InputError, match="two different rungs"):
        over_rows(0.5)
    with pytest.raises(InputError, match="at least 2"):
        Rungs(LADDER.levels, 1)


def test_halving_promotes_the_best_third_of_each_rung_and_no_other():
    trials = climb(partial(propose_halving, rungs=LADDER, base=BASE), 40)
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
    trials = climb(partial(propose_halving, rungs=LADDER, base=BASE), 3)
    failed = [replace(t, state="failed", scores=()) for t in trials]
    candidate, fidelity = propose_halving(LOGS, failed, 3, seeds.stream(0, "test", "propose", 3), LADDER, BASE)
    assert (candidate.origin, fidelity) == ("random", LADDER.levels[0])


@pytest.mark.parametrize("propose", [propose_halving, propose_hyperband])
def test_the_same_seed_climbs_alike_and_any_prefix_goes_on_alike(propose):
    step = partial(propose, rungs=LADDER, base=METHODS["genetic"].propose)
    trials = climb(step, 18, window=4)
    assert climb(step, 18, window=4) == trials
    assert [t.candidate for t in climb(step, 18, window=4, seed=1)] != [t.candidate for t in trials]
    rng = seeds.stream(0, "test", "propose", 12)
    assert step(LOGS, masked(trials[:12], 12, 4), 12, rng) == (trials[12].candidate, trials[12].fidelity)


def test_hyperband_starts_brackets_at_every_rung_in_its_proportions():
    trials = climb(partial(propose_hyperband, rungs=LADDER, base=BASE), 60)
    starts = Counter(t.fidelity for t in trials if t.candidate.origin != "promoted")
    low, middle, top = (starts[level] for level in LADDER.levels)
    assert low > middle >= top > 0
    assert low / (low + middle + top) == pytest.approx(9 / 17, abs=0.1)  # 9, 5 and 3 candidates a round


def test_members_of_a_population_train_on_and_the_worst_copy_the_best():
    population = Population(members=8, rounds=10, fixed=("depth",), folds=3)
    trials = climb(partial(propose_training, population=population, base=BASE), 64, window=8)
    assert [t.fidelity for t in trials] == [Fidelity(1.0, 3, 10 * (1 + i // 8)) for i in range(64)]
    origins = Counter(t.candidate.origin for t in trials)
    assert origins["random"] == 8
    assert origins["continued"] > origins["exploited"] > 3
    for trial in trials[8:]:
        model = trials[trial.candidate.parents[0]]
        assert model.candidate.params["depth"] == trial.candidate.params["depth"]
        if trial.candidate.origin == "continued":
            assert model.candidate.params == trial.candidate.params
            assert model.candidate.index == trial.candidate.index - 8
        else:
            assert model.score >= trials[trial.candidate.parents[1]].score


def test_a_population_smaller_than_the_window_is_refused():
    with pytest.raises(InputError, match="as many members"):
        Population(members=4).check(window=8)
    Population(members=8).check(window=8)

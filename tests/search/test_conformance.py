"""What every search method promises, on every kind of space."""

import sys
from functools import cache
from importlib.util import find_spec

import pytest

from finetooth import seeds
from finetooth.errors import InputError
from finetooth.records import Candidate, Fidelity, Trial
from finetooth.search.methods import METHODS, SpaceExhausted, method
from tests.search.small import FIDELITY, SPACES, TINY, TINY_SIZE, masked, ordered, run, score, told

HERE = [name for name in METHODS if name != "cmaes" or find_spec("cmaes")]  # an optional package
ADAPTIVE = [name for name in HERE if METHODS[name].needs_window]
PROPOSING = [name for name in HERE if name != "manual"]
WIDE = [name for name in SPACES if name != "tiny"]
COUNT = 20


@cache
def whole(name, space):
    return run(name, SPACES[space], COUNT)


def params_of(trials):
    return [dict(trial.candidate.params) for trial in trials]


@pytest.mark.parametrize("space", WIDE)
@pytest.mark.parametrize("name", PROPOSING)
class TestEveryMethod:
    def test_the_same_seed_gives_the_same_candidates_and_another_seed_others(self, name, space):
        assert run(name, SPACES[space], COUNT) == whole(name, space)
        assert params_of(run(name, SPACES[space], 12, seed=2)) != params_of(whole(name, space)[:12])

    def test_candidates_lie_in_the_space_and_meet_its_conditions_and_constraints(self, name, space):
        for place, trial in enumerate(whole(name, space)):
            SPACES[space].check(trial.candidate.params)
            assert SPACES[space].allows(trial.candidate.params)
            assert trial.candidate.index == place
            assert all(parent < place for parent in trial.candidate.parents)

    def test_no_candidate_is_proposed_twice(self, name, space):
        assert len({t.candidate.digest for t in whole(name, space)}) == COUNT

    def test_a_search_that_is_taken_up_anywhere_ends_as_if_it_had_never_stopped(self, name, space):
        for stop in (1, 9, 16):
            assert run(name, SPACES[space], stop + 2, start=whole(name, space)[:stop]) == whole(name, space)[: stop + 2]

    def test_numbers_are_plain_python_values_that_json_keeps(self, name, space):
        for trial in whole(name, space):
            assert all(type(v) in {bool, int, float, str, type(None)} for v in trial.candidate.params.values())

    def test_a_default_outside_the_space_may_come_first(self, name, space):
        default = {d.name: place for d, place in zip(SPACES[space].domains, (10_000, None), strict=False)}
        first = Candidate(0, default | {"n_estimators": 100}, "default")
        trials = run(name, SPACES[space], 12, start=[Trial("test", first, FIDELITY, "complete", (0.1,))])
        assert len(trials) == 12


@pytest.mark.parametrize("space", WIDE)
@pytest.mark.parametrize("name", ADAPTIVE)
def test_scores_inside_the_window_do_not_matter_and_those_before_it_do(name, space):
    trials = whole(name, space)

    def changed(first, last):
        return [
            Trial("test", t.candidate, FIDELITY, "complete", (-score(SPACES[space], t.candidate.params),))
            if first <= i < last
            else t
            for i, t in enumerate(trials)
        ]

    def proposals(seen):
        streams = [seeds.stream(root, "test", "propose", COUNT) for root in range(4)]
        return [method(name).propose(SPACES[space], masked(seen, COUNT, 6), COUNT, rng) for rng in streams]

    as_it_was = proposals(trials)
    assert proposals(changed(COUNT - 5, COUNT)) == as_it_was
    assert proposals(changed(0, COUNT - 5)) != as_it_was


@pytest.mark.parametrize("name", [name for name in PROPOSING if name not in ADAPTIVE])
def test_a_method_without_a_window_does_not_look_at_scores(name):
    space = SPACES["conditional"]
    assert params_of(run(name, space, 15)) == params_of(run(name, space, 15, scored=lambda s, p: -score(s, p)))


@pytest.mark.parametrize("name", PROPOSING)
def test_a_space_with_an_end_is_proposed_whole_and_then_ends_cleanly(name):
    trials = run(name, TINY, TINY_SIZE)
    assert len({t.candidate.digest for t in trials}) == TINY_SIZE
    with pytest.raises(SpaceExhausted, match="tried"):
        run(name, TINY, TINY_SIZE + 1, start=trials)
    assert issubclass(SpaceExhausted, InputError)


@pytest.mark.parametrize("name", PROPOSING)
def test_trials_that_all_failed_or_all_scored_alike_stop_no_search(name):
    space = SPACES["logs"]
    candidates = [t.candidate for t in run("random", space, 12)]
    failed = [Trial("test", c, FIDELITY, "failed") for c in candidates]
    alike = [Trial("test", c, FIDELITY, "complete", (0.5,)) for c in candidates]
    for trials in (failed, alike):
        space.check(method(name).propose(space, trials, 12, seeds.stream(0, "test", "propose", 12)).params)


@pytest.mark.parametrize("name", PROPOSING)
def test_trials_of_a_lower_fidelity_are_accepted(name):
    space = SPACES["conditional"]
    low = Fidelity(0.2, 3)
    prior = [
        Trial("coarse", t.candidate, low, "complete", (score(space, t.candidate.params),))
        for t in run("random", space, 16)
    ]
    start = [told(space, t.candidate) for t in run("random", space, 4, seed=9)]
    candidate = method(name).propose(space, start, 4, seeds.stream(0, "test", "propose", 4), prior=prior)
    space.check(candidate.params)


def test_a_manual_search_has_nothing_beyond_its_list():
    with pytest.raises(SpaceExhausted, match="enqueue more"):
        run("manual", TINY, 1)


def test_a_package_that_is_missing_is_named_with_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "cmaes", None)
    with pytest.raises(InputError, match=r"pip install 'finetooth\[cmaes\]'"):
        run("cmaes", SPACES["plain"], 1)


def test_an_unknown_method_is_named_with_the_nearest_one():
    with pytest.raises(InputError, match="Did you mean 'genetic'"):
        method("genetics")


def test_constraints_that_leave_nothing_end_the_search():
    space = SPACES["constrained"]
    never = type(space)(space.domains, constraints=(ordered, lambda params: False), name="never")
    with pytest.raises(SpaceExhausted, match="loosen"):
        run("random", never, 1)

"""What every search method promises, on every kind of space."""

import sys
from dataclasses import replace
from functools import cache
from importlib.util import find_spec

import pytest

from finetooth import seeds
from finetooth.config import tune
from finetooth.config.loading import load_tune
from finetooth.errors import InputError
from finetooth.records import Candidate, Fidelity, Trial, from_json, to_json
from finetooth.search.ask_tell import Search
from finetooth.search.methods import METHODS, SpaceExhausted, check_method, get_method
from finetooth.search.protocol import View
from tests.search.small import FIDELITY, FULL, SPACES, TINY, TINY_SIZE, masked, ordered, run, score, told

COUNT = 20
OVER_ROUNDS = " over rounds"
WIDE = [name for name in SPACES if name != "tiny"]


def here(name, *more):
    """The method as a parameter of a test: where its optional package is missing, the test is skipped."""
    package = METHODS[name.removesuffix(OVER_ROUNDS)].package
    missing = bool(package) and find_spec(package) is None
    return pytest.param(name, *more, marks=pytest.mark.skipif(missing, reason=f"needs the optional package {package}"))


def everywhere(names):
    """Each method on each space; a proposal of "gp" takes half a second, hence on the hardest space alone."""
    pairs = [here(n, space) for n in names for space in WIDE if n != "gp" or space == "conditional"]
    return pytest.mark.parametrize(("name", "space"), pairs)


NAMES = [
    *(name for name in METHODS if name != "manual"),
    *(f"{name}{OVER_ROUNDS}" for name in ("halving", "hyperband")),
]
ADAPTIVE = [name for name in NAMES if METHODS[name.removesuffix(OVER_ROUNDS)].needs_window]
every_method = pytest.mark.parametrize("name", [here(name) for name in NAMES])
every_adaptive_method = pytest.mark.parametrize("name", [here(name) for name in ADAPTIVE])


def full(name):
    return FULL if name.endswith(OVER_ROUNDS) else FIDELITY


def play(name, space, count, **options):
    return run(name.removesuffix(OVER_ROUNDS), space, count, full=full(name), **options)


def proposed(name, space, trials, index, rng=None, **options):
    """What the method proposes as trial `index`, after `trials`."""
    rng = rng or seeds.stream(0, "test", "propose", index)
    view = View(space, trials, index, rng, full=full(name), **options)
    return get_method(name.removesuffix(OVER_ROUNDS)).propose(view)


@cache
def whole(name, space):
    return play(name, SPACES[space], COUNT)


def until_exhausted(name):
    """All trials of the tiny space, one after the other."""
    trials = []
    try:
        while len(trials) < 100:
            trials = play(name, TINY, len(trials) + 1, start=trials, window=1)
    except SpaceExhausted as end:
        assert "tried" in str(end)  # noqa: PT017  trials are wanted as well
    return trials


def params_of(trials):
    return [dict(trial.candidate.params) for trial in trials]


@everywhere(NAMES)
class TestEveryMethod:
    def test_the_same_seed_gives_the_same_candidates_and_another_seed_others(self, name, space):
        assert play(name, SPACES[space], COUNT) == whole(name, space)
        assert params_of(play(name, SPACES[space], 12, seed=2)) != params_of(whole(name, space)[:12])

    def test_candidates_lie_in_the_space_and_meet_its_conditions_and_constraints(self, name, space):
        for place, trial in enumerate(whole(name, space)):
            SPACES[space].check(trial.candidate.params)
            assert SPACES[space].allows(trial.candidate.params)
            assert trial.candidate.index == place
            assert all(parent < place for parent in trial.candidate.parents)

    def test_no_candidate_is_proposed_twice_at_one_fidelity(self, name, space):
        assert len({(t.candidate.digest, t.fidelity) for t in whole(name, space)}) == COUNT

    def test_only_a_method_that_chooses_fidelities_names_one_and_never_more_than_a_full_trial(self, name, space):
        for trial in whole(name, space):
            chosen = trial.candidate.fidelity
            assert (chosen is not None) is METHODS[name.removesuffix(OVER_ROUNDS)].chooses_fidelity
            if chosen is not None:
                assert (chosen.folds, 0 < chosen.rows <= full(name).rows) == (full(name).folds, True)
                assert full(name).rounds is None or 0 < chosen.rounds <= full(name).rounds

    def test_a_search_that_is_taken_up_at_any_trial_goes_on_as_if_it_had_never_stopped(self, name, space):
        kept = [from_json(Trial, to_json(trial)) for trial in whole(name, space)]
        for stop, trial in enumerate(whole(name, space)):
            assert proposed(name, SPACES[space], masked(kept[:stop], stop, 3), stop) == trial.candidate

    def test_numbers_are_plain_python_values_that_json_keeps(self, name, space):
        for trial in whole(name, space):
            assert all(type(v) in {bool, int, float, str, type(None)} for v in trial.candidate.params.values())

    def test_a_default_outside_the_space_may_come_first(self, name, space):
        default = {d.name: place for d, place in zip(SPACES[space].domains, (10_000, None), strict=False)}
        first = Trial("test", Candidate(0, default | {"n_estimators": 100}, "default"), full(name), "complete", (0.1,))
        later = play(name, SPACES[space], 12, start=[first], scored=lambda space, params: 0.0)[1:]
        assert [trial.candidate.index for trial in later] == list(range(1, 12))
        new = [t.candidate.params for t in later if t.candidate.params != first.candidate.params]
        assert len(new) >= (10 if name == "population" else 11)  # whose first member goes on with the default
        assert all(SPACES[space].allows(params) for params in new)


@everywhere(ADAPTIVE)
def test_scores_inside_the_window_do_not_matter_and_those_before_it_do(name, space):
    trials = whole(name, space)

    def proposals(first, last):
        """With the scores of the trials from `first` to `last` before each proposal turned around."""
        found = []
        for index in range(14, COUNT + 1, 2):
            turned = [
                replace(t, state="complete", scores=(-score(SPACES[space], t.candidate.params),))
                if index - first <= t.candidate.index < index - last
                else t
                for t in trials[:index]
            ]
            found.append(proposed(name, SPACES[space], masked(turned, index, 6), index))
        return found

    as_it_was = proposals(0, 0)
    assert proposals(5, 0) == as_it_was
    assert proposals(COUNT, 5) != as_it_was


@pytest.mark.parametrize("name", [here(name) for name in NAMES if name not in ADAPTIVE])
def test_a_method_without_a_window_does_not_look_at_scores(name):
    space = SPACES["conditional"]
    assert params_of(run(name, space, 15)) == params_of(run(name, space, 15, scored=lambda s, p: -score(s, p)))


@every_method
def test_a_space_with_an_end_is_proposed_whole_and_then_ends_cleanly(name):
    trials = until_exhausted(name)
    assert len({t.candidate.digest for t in trials}) == TINY_SIZE
    assert len({(t.candidate.digest, t.fidelity) for t in trials}) == len(trials)
    climbs = METHODS[name.removesuffix(OVER_ROUNDS)].chooses_fidelity and name != "population"
    assert (len(trials) > TINY_SIZE) is climbs
    assert len(trials) < 100
    assert issubclass(SpaceExhausted, InputError)


@every_method
def test_trials_that_all_failed_or_all_scored_alike_stop_no_search(name):
    space = SPACES["logs"]
    candidates = [t.candidate for t in play(name, space, 12)]
    failed = [Trial("test", c, c.fidelity or full(name), "failed") for c in candidates]
    alike = [Trial("test", c, c.fidelity or full(name), "complete", (0.5,)) for c in candidates]
    for trials in (failed, alike):
        candidate = proposed(name, space, trials, 12)
        space.check(candidate.params)
        assert (candidate.digest, candidate.fidelity) not in {(c.digest, c.fidelity) for c in candidates}


@every_method
def test_trials_of_a_lower_fidelity_are_used_by_the_genetic_search_and_accepted_by_all(name):
    space, low = SPACES["conditional"], Fidelity(0.2, 3)
    prior = [
        Trial("coarse", t.candidate, low, "complete", (score(space, t.candidate.params),))
        for t in run("random", space, 16)
    ]
    start = [told(space, t.candidate, full=full(name)) for t in run("random", space, 4, seed=9)]
    with_them = proposed(name, space, start, 4, prior=prior)
    assert (with_them == proposed(name, space, start, 4)) is (not name.startswith("genetic"))
    space.check(with_them.params)


@every_adaptive_method
def test_the_order_of_telling_does_not_matter_and_the_window_bounds_what_is_under_way(name):
    def drive(pick):
        """Ask until the window is full, then tell the trial that `pick` chooses among those that wait."""
        search = Search(SPACES["logs"], name.removesuffix(OVER_ROUNDS), seed=1, window=4, full=full(name))
        waiting, most = [], 0
        while len(search.trials) < 16:
            try:
                waiting.append(search.ask())
                most = max(most, len(waiting))
            except InputError:
                trial = waiting.pop(pick(waiting))
                search.tell(trial, -score(SPACES["logs"], trial.params))
        return [(t.params, t.fidelity) for t in search.trials], most

    first, last = drive(lambda waiting: 0), drive(lambda waiting: -1)
    assert first == last
    assert first[1] == 4
    assert len({str(asked) for asked in first[0]}) == 16  # what is under way is not asked for again


@every_method
def test_a_search_that_is_saved_after_any_trial_goes_on_as_if_it_had_never_stopped(name, tmp_path):
    space, path = SPACES["conditional"], tmp_path / "search.json"

    def search():
        return Search(space, name.removesuffix(OVER_ROUNDS), seed=3, window=2, full=full(name))

    def step(search):
        trial = search.ask()
        search.tell(trial, None if trial.index % 5 == 3 else float(trial.index % 7))

    straight, stopped = search(), search()
    for _ in range(14):
        step(straight)
        stopped.save(path)
        stopped = Search.load(path)
        step(stopped)
    assert stopped.trials == straight.trials


def test_a_manual_search_has_nothing_beyond_its_list():
    with pytest.raises(SpaceExhausted, match="enqueue more"):
        run("manual", TINY, 1)


@pytest.mark.parametrize(("name", "package"), [("cmaes", "cmaes"), ("gp", "torch")])
def test_a_package_that_is_missing_is_named_with_what_to_install(monkeypatch, name, package):
    monkeypatch.setitem(sys.modules, package, None)
    for ask in (lambda: get_method(name), lambda: Search(SPACES["plain"], name)):
        with pytest.raises(InputError) as caught:
            ask()
        assert str(caught.value) == (
            f"the method '{name}' must have the package {package}; it is not installed; "
            f"pip install 'finetooth[{name}]'."
        )


def test_the_choices_of_a_configuration_are_the_methods():
    assert [choice.value for choice in tune.Method] == list(METHODS)


def test_an_unknown_method_is_named_with_the_nearest_one():
    with pytest.raises(InputError, match="Did you mean 'genetic'"):
        get_method("genetics")
    with pytest.raises(InputError, match=r"method 'sobel' must exist in the choices of 'coarse.method'.*'sobol'\?"):
        load_tune({"coarse": {"method": "sobel"}})


def test_a_grid_is_held_against_its_budget_before_any_trial():
    with pytest.raises(InputError, match="25 points for 24 trials"):
        check_method("grid", SPACES["plain"], window=8, budget=24)
    check_method("grid", SPACES["plain"], window=8, budget=25)


def test_constraints_that_leave_nothing_end_the_search():
    space = SPACES["constrained"]
    never = type(space)(space.domains, constraints=(ordered, lambda params: False), name="never")
    with pytest.raises(SpaceExhausted, match="loosen"):
        run("random", never, 1)

"""The search as a user drives it."""

import doctest
import json
import math

import pytest

import finetooth.search
from finetooth.domains.domains import Choice, Float, Int
from finetooth.domains.space import Space
from finetooth.errors import InputError
from finetooth.records import Fidelity
from finetooth.search import ask_tell
from finetooth.search.ask_tell import AskedTrial, Search
from finetooth.search.candidates import SpaceExhausted
from tests.search.small import CONDITIONAL, CONSTRAINED, PLAIN, SPACES, TINY, TINY_SIZE

METHODS = ["random", "genetic", "tpe"]


def loss(params) -> float:
    return (params["x"] - 0.3) ** 2 + (params["y"] - 1.0) ** 2


def drive(search: Search, count: int, order=lambda waiting: waiting[0]):
    """Keep the window full and tell trials in the order that `order` picks among those that may be told."""
    waiting: list[AskedTrial] = []
    while len(search.trials) < count:
        try:
            waiting.append(search.ask())
        except InputError:
            told = order(waiting)
            waiting.remove(told)
            search.tell(told, loss(told.params))
    for trial in waiting:
        search.tell(trial, loss(trial.params))
    return search


@pytest.mark.parametrize("method", METHODS)
def test_the_order_of_telling_does_not_matter(method):
    first = drive(Search(PLAIN, method, window=4), 16)
    last = drive(Search(PLAIN, method, window=4), 16, order=lambda waiting: waiting[-1])
    assert first.trials == last.trials


def test_minimize_and_maximize_are_mirror_images():
    down = drive(Search(PLAIN, window=2), 14)
    up = Search(PLAIN, window=2, direction="maximize")
    for trial in down.trials:
        asked = up.ask()
        assert asked.params == trial.params
        up.tell(asked.index, -trial.value)
    assert up.best.index == down.best.index
    assert up.best.value == -down.best.value
    assert down.best.value == min(t.value for t in down.trials)


def test_a_full_window_says_what_to_tell_first():
    search = Search(PLAIN, window=3)
    asked = [search.ask() for _ in range(3)]
    search.tell(asked[1], 1.0)
    with pytest.raises(InputError, match="tell trial 0 first"):
        search.ask()
    search.tell(asked[0], 1.0)
    search.ask()
    search.ask()
    with pytest.raises(InputError, match="tell trial 2 first"):
        search.ask()


def test_a_search_that_ignores_scores_needs_no_telling():
    search = Search(PLAIN, "sobol", window=1)
    assert [search.ask().index for _ in range(20)] == list(range(20))


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, "good", [1.0]])
def test_a_value_that_is_not_finite_is_refused_with_what_to_do_and_may_be_told_right(value):
    search = Search(PLAIN)
    trial = search.ask()
    with pytest.raises(InputError, match=r"the value of trial 0 must be a finite number.*tell None for a failed trial"):
        search.tell(trial, value)
    search.tell(trial, 1.0)
    assert search.best.value == 1.0


def test_a_failed_trial_is_told_as_none_and_is_never_the_best():
    search = Search(PLAIN, window=1)
    search.tell(search.ask(), None)
    assert search.best is None
    assert search.trials[0].state == "failed"
    search.tell(search.ask(), 5.0)
    assert search.best.index == 1


def test_a_trial_is_told_once_and_only_after_it_was_asked():
    search = Search(PLAIN)
    for index in (0, -1, 7):
        with pytest.raises(InputError, match=f"asked before it is told; 0 are asked; got {index}"):
            search.tell(index, 1.0)
    search.tell(search.ask(), 1.0)
    with pytest.raises(InputError, match="told already"):
        search.tell(0, 1.0)


def test_known_and_enqueued_points_come_first_in_their_order():
    points = [{"x": 0.1, "y": 0.1}, {"x": 0.2, "y": 0.2}, {"x": 0.3, "y": 0.3}]
    search = Search(PLAIN, known=points[:2])
    search.enqueue(points[2])
    assert [search.ask().params for _ in range(3)] == points


@pytest.mark.parametrize(
    ("space", "point", "message"),
    [
        (PLAIN, {"x": 3.0, "y": 0.1}, "must lie in its domain"),
        (PLAIN, {"x": 0.5, "z": 0.1}, "parameter 'z' must exist"),
        (CONSTRAINED, {"low": 0.9, "high": 0.1, "k": 1}, "must meet the constraints"),
        (CONDITIONAL, {"layers": 1, "width1": 4, "width2": 4}, "must be absent"),
    ],
)
def test_an_enqueued_point_must_belong_to_the_space(space, point, message):
    with pytest.raises(InputError, match=message):
        Search(space).enqueue(point)


def test_an_enqueued_point_must_be_new():
    search = Search(PLAIN, known=[{"x": 0.1, "y": 0.1}])
    with pytest.raises(InputError, match="must be new"):
        search.enqueue({"x": 0.1, "y": 0.1})
    tried = search.ask().params
    with pytest.raises(InputError, match="must be new"):
        search.enqueue(tried)


@pytest.mark.parametrize("name", [name for name in SPACES if name not in {"constrained", "tiny"}])
def test_a_saved_search_goes_on_as_if_it_had_never_stopped(tmp_path, name):
    def play(search, count):
        while len(search.trials) < count:
            search.tell(search.ask(), float(len(search.trials) % 5))
        return search

    whole = play(Search(SPACES[name], window=2, seed=3), 16)
    half = play(Search(SPACES[name], window=2, seed=3), 10)
    pending = half.ask()
    half.save(tmp_path / "search.json")
    again = Search.load(tmp_path / "search.json")
    assert again.trials == half.trials
    again.tell(pending.index, float(len(again.trials) % 5))
    assert play(again, 16).trials == whole.trials


def test_points_that_wait_are_saved_too(tmp_path):
    search = Search(PLAIN, known=[{"x": 0.1, "y": 0.1}])
    search.save(tmp_path / "search.json")
    assert Search.load(tmp_path / "search.json").ask().params == {"x": 0.1, "y": 0.1}


def test_a_space_with_constraints_must_be_given_again(tmp_path):
    search = Search(CONSTRAINED)
    search.ask()
    search.save(tmp_path / "search.json")
    with pytest.raises(InputError, match=r"ordered.*must be given again"):
        Search.load(tmp_path / "search.json")
    with pytest.raises(InputError, match="its parameters differ"):
        Search.load(tmp_path / "search.json", PLAIN)
    assert Search.load(tmp_path / "search.json", CONSTRAINED).trials == search.trials


@pytest.mark.parametrize(
    "text", ["", "{}", "[1]", json.dumps({"space": {}, "trials": [{}], "options": {}, "queue": []})]
)
def test_a_file_that_is_no_search_is_refused(tmp_path, text):
    (tmp_path / "search.json").write_text(text)
    with pytest.raises(InputError, match=r"a file that Search\.save wrote"):
        Search.load(tmp_path / "search.json")


def test_a_space_that_is_used_up_ends_the_search():
    search = Search(TINY, window=1)
    for _ in range(TINY_SIZE):
        search.tell(search.ask(), 1.0)
    with pytest.raises(SpaceExhausted):
        search.ask()


def test_a_grid_that_is_larger_than_its_budget_is_refused():
    with pytest.raises(InputError, match="25 points for 20 trials"):
        Search(PLAIN, "grid", budget=20)
    Search(PLAIN, "grid", budget=25)
    with pytest.raises(InputError, match="at most 10000 points"):
        Search(Space([Float(f"x{k}", 0.0, 1.0) for k in range(9)]), "grid", budget=10)


def test_a_grid_holds_the_ends_and_every_option():
    search = Search(Space([Float("x", 0.01, 100.0, log=True), Int("k", 1, 3), Choice("c", ["a", "b"])]), "grid")
    asked = [search.ask().params for _ in range(30)]
    assert sorted({p["x"] for p in asked}) == pytest.approx([0.01, 0.1, 1.0, 10.0, 100.0])
    assert {(p["k"], p["c"]) for p in asked} == {(k, c) for k in (1, 2, 3) for c in "ab"}
    with pytest.raises(SpaceExhausted, match="grid"):
        search.ask()


@pytest.mark.parametrize(("options", "message"), [({"window": 0}, "at least 1"), ({"direction": "up"}, "minimize")])
def test_options_are_checked(options, message):
    with pytest.raises(InputError, match=message):
        Search(PLAIN, **options)


def test_the_package_offers_the_search():
    assert finetooth.search.Search is Search
    with pytest.raises(AttributeError, match="Searchh"):
        finetooth.search.Searchh  # noqa: B018


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Space([]), "at least one parameter to search"),
        (lambda: Space([Float("x", 2.0, 1.0)]), "'x' must have low < high, both finite; got low=2.0, high=1.0"),
        (lambda: Space([Int("k", 5, 4)]), "'k' must have low < high"),
        (lambda: Space([Float("x", 0.0, 1.0, log=True)]), "'x' must have low > 0 on a log scale; got low=0.0"),
        (lambda: Space([Int("k", 0, 4, log=True)]), "'k' must have low > 0 on a log scale"),
        (lambda: Space([Float("x", 0.0, math.nan)]), "both finite"),
        (lambda: Space([Float("x", 0.0, 1.0, when={"kindd": ["a"]})]), "parameter 'kindd' must exist"),
        (
            lambda: Space([Int("a", 1, 2, when={"b": [1]}), Int("b", 1, 2, when={"a": [1]})]),
            "conditions must not run in a circle",
        ),
        (lambda: Space([Int("a", 1, 2, when={"a": [1]})]), "conditions must not run in a circle"),
        (lambda: Space([Int("a", 1, 2), Int("b", 1, 2, when={"a": [3]})]), "values that 'a' can have"),
        (lambda: Search(PLAIN, known=[{"x": 9.0, "y": 1.0}]), "'x' must lie in its domain"),
        (lambda: Search(PLAIN, "population", window=11), "as many members as the window"),
        (lambda: Search(PLAIN, "halving", full=Fidelity(rounds=4)), "at least 6 rounds"),
    ],
)
def test_what_cannot_be_searched_is_refused_where_it_is_said(make, message):
    with pytest.raises(InputError, match=message) as caught:
        make()
    assert "\n" not in str(caught.value)


def test_halving_by_hand_spends_more_on_the_best_and_the_best_is_one_of_those_that_saw_the_most(tmp_path):
    search = Search(PLAIN, "halving", window=1, full=Fidelity(rounds=27))
    for _ in range(30):
        trial = search.ask()
        search.tell(trial, loss(trial.params) + 10 * trial.fidelity.rounds)  # more rounds look worse here
        full = [t for t in search.trials if t.fidelity.rounds == max(t.fidelity.rounds for t in search.trials)]
        assert search.best == min(full, key=lambda t: t.value)
    rounds = [t.fidelity.rounds for t in search.trials]
    assert rounds.count(9) > rounds.count(27) > 0
    assert search.best.fidelity.rounds == 27
    search.save(tmp_path / "search.json")
    again = Search.load(tmp_path / "search.json")
    assert again.trials == search.trials
    assert again.ask() == search.ask()


def test_a_population_by_hand_says_which_model_goes_on_for_how_many_rounds_in_all():
    search = Search(PLAIN, "population", window=2, full=Fidelity(rounds=100), known=[{"x": 0.3, "y": 1.0}])
    rounds = {}
    for _ in range(60):
        trial = search.ask()
        before = rounds[trial.parents[0]] if trial.parents else 0
        assert before < trial.fidelity.rounds <= 100
        rounds[trial.index] = trial.fidelity.rounds
        search.tell(trial, loss(trial.params))
    assert [rounds[index] for index in range(0, 60, 10)] == [10, 20, 30, 40, 50, 60]
    assert search.best.fidelity.rounds == 60


def test_a_search_of_full_trials_asks_for_them(tmp_path):
    search = Search(PLAIN, "genetic", full=Fidelity(rows=0.5, folds=2, rounds=40))
    assert search.ask().fidelity == Fidelity(rows=0.5, folds=2, rounds=40)
    search.save(tmp_path / "search.json")
    assert Search.load(tmp_path / "search.json").ask().fidelity == Fidelity(rows=0.5, folds=2, rounds=40)
    assert Search(PLAIN).ask().fidelity.rows == 1.0


def test_the_example_of_the_documentation_runs():
    assert doctest.testmod(ask_tell, extraglobs={"Space": Space, "Float": Float}) == doctest.TestResults(0, 4)

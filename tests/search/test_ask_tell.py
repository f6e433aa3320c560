"""The search as a user drives it."""

import json
import math

import pytest

import finetooth.search
from finetooth.errors import InputError
from finetooth.search.ask_tell import AskedTrial, Search
from finetooth.search.draw import SpaceExhausted
from finetooth.space import Choice, Float, Int, Space
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


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_value_that_is_not_finite_is_refused_with_what_to_do(value):
    search = Search(PLAIN)
    with pytest.raises(InputError, match="tell None for a failed trial"):
        search.tell(search.ask(), value)


def test_a_failed_trial_is_told_as_none_and_is_never_the_best():
    search = Search(PLAIN, window=1)
    search.tell(search.ask(), None)
    assert search.best is None
    assert search.trials[0].state == "failed"
    search.tell(search.ask(), 5.0)
    assert search.best.index == 1


def test_a_trial_is_told_once_and_only_after_it_was_asked():
    search = Search(PLAIN)
    with pytest.raises(InputError, match="asked before it is told"):
        search.tell(0, 1.0)
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

"""Spaces: domains know their scales, conditions switch parameters on, and points of the unit cube come back."""

import math
from collections import Counter

import numpy as np
import pytest

from finetooth.domains.domains import Choice, Float, Int
from finetooth.domains.space import Space
from finetooth.errors import InputError

DEEP = [
    Int("width_2", 8, 64, log=True, when={"layers": (2, 3)}),
    Int("layers", 1, 3, when={"model": ("net",)}),
    Choice("model", ["net", "tree"]),
    Float("rate", 1e-4, 1.0, log=True),
    Choice("depth", [3, 5, None], when={"model": ["tree"]}),
]


def deep(**changes):
    return Space(**{"domains": DEEP, "constants": {"seedless": True}} | changes)


@pytest.mark.parametrize(
    ("domain", "low", "middle", "high"),
    [
        (Float("x", -2.0, 4.0), -2.0, 1.0, 4.0),
        (Float("x", 1e-4, 1.0, log=True), 1e-4, 1e-2, 1.0),
        (Int("n", 0, 4), 0, 2, 4),
        (Int("n", 1, 100, log=True), 1, 7, 100),
        (Choice("c", ["a", "b", "c"]), "a", "b", "c"),
        (Choice("c", [None, True, 1, 1.0]), None, 1, 1.0),
    ],
)
def test_the_unit_interval_runs_over_the_whole_domain(domain, low, middle, high):
    values = [domain.from_unit(unit) for unit in (0.0, 0.5, 1.0)]
    assert values == pytest.approx([low, middle, high]) if isinstance(domain, Float) else values == [low, middle, high]
    assert [type(value) for value in values] == [type(value) for value in (low, middle, high)]
    assert all(domain.contains(value) for value in values)
    for unit in np.linspace(0, 1, 41):
        value = domain.from_unit(unit)
        assert (
            domain.from_unit(domain.to_unit(value)) == pytest.approx(value)
            if isinstance(value, float)
            else (domain.from_unit(domain.to_unit(value)) == value)
        )


def test_every_integer_and_option_is_as_likely_as_the_others():
    units = (np.arange(9000) + 0.5) / 9000
    for domain in (Int("n", -1, 1), Choice("c", ["a", "b", "c"])):
        assert set(Counter(map(domain.from_unit, units)).values()) == {3000}


def test_values_outside_a_range_are_clipped_and_are_not_contained():
    for domain, value, unit in [(Float("x", 0.0, 1.0), 7.0, 1.0), (Float("x", 0.5, 1.0, log=True), 0.0, 0.0)]:
        assert (domain.to_unit(value), domain.contains(value)) == (unit, False)
    assert not Int("n", 0, 1).contains(True)
    assert not Int("n", 0, 1).contains(1.0)
    assert not Choice("c", [1]).contains(1.0)
    assert Choice("c", ["a", "b"]).to_unit("unknown") == 0.25


def test_sizes_are_counted():
    assert [d.size for d in (Float("x", 0, 1), Int("n", 2, 5), Choice("c", "abc"))] == [math.inf, 4, 3]
    assert Space([Int("n", 0, 4), Choice("c", "ab")]).size == 10


def test_parents_come_before_their_children():
    assert deep().names == ("model", "layers", "width_2", "rate", "depth")


@pytest.mark.parametrize(
    ("unit", "params"),
    [
        ([0.2, 0.9, 1.0, 0.5, 0.9], {"model": "net", "layers": 3, "width_2": 64, "rate": pytest.approx(0.01)}),
        ([0.2, 0.1, 1.0, 0.5, 0.9], {"model": "net", "layers": 1, "rate": pytest.approx(0.01)}),
        ([0.9, 0.9, 1.0, 1.0, 0.9], {"model": "tree", "rate": 1.0, "depth": None}),
    ],
)
def test_only_active_parameters_are_there_and_constants_always_are(unit, params):
    found = deep().from_unit(np.array(unit))
    assert found == params | {"seedless": True}
    deep().check(found)
    genes = deep().to_unit(found)
    assert [math.isnan(gene) for gene in genes] == [name not in found for name in deep().names]
    assert deep().from_unit(genes) == found


def test_random_points_come_back():
    space = deep()
    for unit in np.random.default_rng(0).random((200, 5)):
        params = space.from_unit(unit)
        space.check(params)
        again = space.from_unit(space.to_unit(params))
        assert again == {k: pytest.approx(v) if isinstance(v, float) else v for k, v in params.items()}


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"modle": "net"}, "parameter 'modle' must exist in the space 'space'; it has: model, "),
        ({"rate": 0.1}, "'model' must be given; got "),
        (
            {"model": "tree", "rate": 0.1, "depth": 3, "layers": 1},
            "'layers' must be absent, since its condition does not",
        ),
        ({"model": "tree", "rate": 0.1, "depth": 4}, "'depth' must lie in its domain Choice("),
        ({"model": "tree", "rate": 2.0, "depth": 3}, "'rate' must lie in its domain Float("),
    ],
)
def test_what_is_no_candidate_of_the_space_gives_one_line(params, said):
    with pytest.raises(InputError) as caught:
        deep().check(params)
    assert str(caught.value).startswith(said)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Float("x", 1.0, 1.0), "'x' must have low < high, both finite; got low=1.0, high=1.0."),
        (lambda: Float("x", 0.0, math.inf), "'x' must have low < high, both finite; got low=0.0, high=inf."),
        (
            lambda: Int("n", 0, 5, log=True),
            "'n' must have low > 0 on a log scale; got low=0; raise it or set log to false.",
        ),
        (lambda: Choice("c", []), "'c' must have different options; got []."),
        (lambda: Choice("c", ["a", "a"]), "'c' must have different options; got ['a', 'a']."),
        (lambda: Space([], name="none"), "the space 'none' must have at least one parameter to search; it has none."),
        (lambda: Space([Int("n", 0, 1), Int("n", 0, 2)]), "each parameter must be named once; 'n' is named twice."),
        (
            lambda: deep(constants={"rate": 1}),
            "'rate' must be either searched or constant; the space names it as both.",
        ),
        (
            lambda: Space([Int("n", 0, 1, when={"m": (1,)})]),
            "parameter 'm' must exist in the space, since 'n' depends on it; it has: n.",
        ),
        (
            lambda: Space([Choice("m", ["a"]), Int("n", 0, 1, when={"m": ("b",)})]),
            "the condition of 'n' must name values that 'm' can have; got ['b'].",
        ),
        (
            lambda: Space([Int("a", 0, 1, when={"b": (1,)}), Int("b", 0, 1, when={"a": (1,)})]),
            "conditions must not run in a circle; 'a' depends on itself.",
        ),
    ],
)
def test_a_space_that_cannot_be_gives_one_line(make, said):
    with pytest.raises(InputError) as caught:
        make()
    assert str(caught.value).startswith(said)


def small(params):
    return params["a"] + params["b"] <= 3


def test_constraints_join_parameters():
    space = Space([Int("a", 0, 3), Int("b", 0, 3)], constraints=(small,))
    assert [space.allows({"a": a, "b": 2}) for a in range(4)] == [True, True, False, False]


def test_a_space_is_known_by_what_can_be_proposed():
    base = deep().digest
    assert deep(name="other").digest == base
    said = [Float("rate", 1e-4, 1.0, log=True, why="because"), *(d for d in DEEP if d.name != "rate")]
    assert Space([*(d for d in DEEP if d.name != "rate"), said[0]]).digest != base  # another order, other genes
    assert Space([said[0] if d.name == "rate" else d for d in DEEP], {"seedless": True}).digest == base
    changed = [deep(constants={}), deep(constraints=(small,)), Space(DEEP[1:4], {"seedless": True})]
    assert len({base, *(space.digest for space in changed)}) == 4

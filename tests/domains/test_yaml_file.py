"""A user's own space: what the format says, and one clear line for each mistake."""

import numpy as np
import optuna
import pytest
from scipy import stats

from finetooth.domains.domains import Choice, Float, Int
from finetooth.domains.expressions import Expression
from finetooth.domains.objects import from_object
from finetooth.domains.space import Space
from finetooth.domains.yaml_file import from_yaml, to_yaml
from finetooth.errors import InputError

TEXT = """
name: my-space
parameters:
  learning_rate: {low: 1e-3, high: 0.3, log: true}
  max_depth: {low: 2, high: 12}
  weight: {low: 1, high: 5, type: float, why: Because.}
  leaves: {low: 2.0, high: 8.0, type: int}
  booster: [gbtree, dart]
  rate_drop: {low: 0.0, high: 0.5, when: {booster: dart}}
  policy: {options: [a, b], when: {max_depth: [2, 3]}}
  subsample: 0.8
constraints: ["max_depth <= leaves * 2", "rate_drop < 0.4 or booster == 'gbtree'"]
"""
SPACE = Space(
    (
        Float("learning_rate", 1e-3, 0.3, log=True),
        Int("max_depth", 2, 12),
        Float("weight", 1.0, 5.0, why="Because."),
        Int("leaves", 2, 8),
        Choice("booster", ("gbtree", "dart")),
        Float("rate_drop", 0.0, 0.5, when={"booster": ("dart",)}),
        Choice("policy", ("a", "b"), when={"max_depth": (2, 3)}),
    ),
    {"subsample": 0.8},
    (Expression("max_depth <= leaves * 2"), Expression("rate_drop < 0.4 or booster == 'gbtree'")),
    "my-space",
)


def test_the_format_says_what_it_seems_to_say():
    assert from_yaml(TEXT) == SPACE


def test_a_file_and_its_text_give_the_same_space(tmp_path):
    (tmp_path / "space.yaml").write_text(TEXT)
    assert from_yaml(tmp_path / "space.yaml") == from_yaml(str(tmp_path / "space.yaml")) == SPACE


def test_a_space_survives_the_way_to_yaml_and_back():
    assert from_yaml(to_yaml(SPACE)) == SPACE
    assert from_yaml(to_yaml(SPACE)).digest == SPACE.digest


def test_constraints_hold_where_their_parameters_are_inactive():
    inside = {"max_depth": 4, "leaves": 2, "booster": "gbtree"}
    assert SPACE.allows(inside)
    assert not SPACE.allows(inside | {"max_depth": 5})
    assert not SPACE.allows(inside | {"booster": "dart", "rate_drop": 0.45})
    assert SPACE.allows(inside | {"booster": "dart", "rate_drop": 0.3})
    assert Expression("a < b").names == ("a", "b")
    assert Expression("a < b")({"a": 1})


@pytest.mark.parametrize(
    ("text", "value"),
    [("1 < a <= 3", True), ("not a == 2", False), ("-a + 2 * 3 // 4 % 5 >= -1 / 2", False), ("a and None", False)],
)
def test_expressions_are_computed_as_python_does(text, value):
    assert Expression(text)({"a": 2}) is value


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('x')",
        "a.b < 1",
        "[1][0]",
        "a ** 9",
        "(lambda: 1)()",
        "a := 1",
        "f'{a}'",
        "a if b else c",
    ],
)
def test_expressions_can_do_nothing_but_compare(text):
    with pytest.raises(InputError, match="a constraint m"):
        Expression(text)


def test_an_expression_that_cannot_be_computed_says_for_which_candidate():
    with pytest.raises(
        InputError, match=r"'a < b' must be computable for every candidate; got .* for \{'a': 1, 'b': 'x'\}"
    ):
        Expression("a < b")({"a": 1, "b": "x"})


P = "parameters:\n  "
MISTAKES = {
    "nothing\n": "the space must hold 'parameters:' with a name a line; got 'nothing'",
    "\n": "the space must hold 'parameters:' with a name a line; got nothing",
    "parameters:\n": "'parameters' in the space must map names to ranges; got nothing",
    "parameters: [a]\n": "'parameters' in the space must map names to ranges; got ['a']",
    "parametres:\n  a: 1\n": "key 'parametres' must exist in the space; it has: name, parameters, constraints. Did you mean 'parameters'?",
    P + "a: [1, 2\n": "the space must be YAML; ",
    P
    + "a: {low: 1, hihg: 2}\n": "key 'hihg' must exist in the parameter 'a'; it has: low, high, log, type, when, why. Did you mean 'high'?",
    P + "a: {low: 1}\n": "'a' must have a number as 'high'; got nothing.",
    P + "a: {low: x, high: 2}\n": "'a' must have a number as 'low'; got 'x'.",
    P + "a: {low: 3, high: 2}\n": "'a' must have low < high, both finite; got low=3, high=2.",
    P
    + "a: {low: 0, high: 2, log: true}\n": "'a' must have low > 0 on a log scale; got low=0; raise it or set log to false.",
    P + "a: {low: 1, high: 2, log: maybe}\n": "'log' of 'a' must be true or false; got 'maybe'.",
    P
    + "a: {low: 1, high: 2, type: choice}\n": "'type' of 'a' must be int or float; got 'choice'; for a choice write a list.",
    P + "a: {low: 1.5, high: 3, type: int}\n": "'a' must have whole low and high for type int; got low=1.5, high=3.",
    P
    + "a: {low: 1, high: 2, when: b}\n": "'when' of 'a' must map a parameter to its values, as in {booster: [dart]}; got 'b'.",
    P
    + "a: {low: 1, high: 2, when: {b: [1]}}\n": "parameter 'b' must exist in the space, since 'a' depends on it; it has: a.",
    P
    + "a: {low: 1, high: 2, when: {b: 1}}\n  b: {low: 1, high: 2, when: {a: 1}}\n": "conditions must not run in a circle; 'a' depends on itself.",
    P
    + "a: {options: [1], when: {b: z}}\n  b: [x, y]\n": "the condition of 'a' must name values that 'b' can have; got ['z'].",
    P + "a: [1, 1]\n": "'a' must have different options; got [1, 1].",
    P + "a: []\n": "'a' must have different options; got [].",
    P + "a: [[1], [2]]\n": "'a' must have numbers, text, true, false or null as values; got [1] (list).",
    P + "a: 1\n": "the space 'space' must have at least one parameter to search; it has none.",
    P + "1: [1, 2]\n": "a parameter's name must be text; got 1 in the space; put it in quotes.",
    P + "a: [1, 2]\n  a: [3, 4]\n": "each key must be written once; 'a' is written 2 times.",
    P
    + "a: [1, 2]\nconstraints: a < 1\n": "'constraints' in the space must be a list of expressions in quotes; got 'a < 1'.",
    P
    + "a: [1, 2]\nconstraints: ['a < ']\n": "a constraint must be one expression such as min_leaf <= max_leaf; got 'a < '.",
    P
    + "ab: [1, 2]\nconstraints: ['aa < 2']\n": "parameter 'aa' must exist in the space, since the constraint 'aa < 2' needs it; it has: ab. Did you mean 'ab'?",
}


@pytest.mark.parametrize("text", MISTAKES)
def test_each_mistake_gets_one_line_that_says_what_to_do(text):
    with pytest.raises(InputError) as caught:
        from_yaml(text)
    assert str(caught.value).startswith(MISTAKES[text])
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_named():
    with pytest.raises(InputError, match=r"the space must be a YAML file; there is no file nowhere\.yaml"):
        from_yaml("nowhere.yaml")


def test_distributions_of_scipy_and_optuna_and_plain_lists_say_the_same():
    scipy = {
        "tree__depth": stats.randint(2, 9),
        "tree__share": stats.uniform(0.5, 0.25),
        "rate": stats.loguniform(1e-3, 1.0),
        "kind": ["a", "b"],
        "fixed": 3,
    }
    bridged = {
        "tree__depth": optuna.distributions.IntDistribution(2, 8),
        "tree__share": optuna.distributions.FloatDistribution(0.5, 0.75),
        "rate": optuna.distributions.FloatDistribution(1e-3, 1.0, log=True),
        "kind": optuna.distributions.CategoricalDistribution(("a", "b")),
        "fixed": 3,
    }
    domains = [
        Int("tree__depth", 2, 8),
        Float("tree__share", 0.5, 0.75),
        Float("rate", 1e-3, 1.0, log=True),
        Choice("kind", ["a", "b"]),
    ]
    expected = Space(domains, {"fixed": 3})
    assert from_object(scipy) == from_object(bridged) == from_object(expected) == expected
    assert from_object(domains) == Space(domains)


def test_distributions_and_ranges_can_depend_on_each_other():
    mixed = {"a": {"low": 0.0, "high": 1.0, "when": {"b": ["x"]}}, "b": Choice("b", ["x", "y"]), "c": np.array([1, 2])}
    assert from_object(mixed).domains == (
        Choice("b", ["x", "y"]),
        Float("a", 0.0, 1.0, when={"b": ("x",)}),
        Choice("c", [1, 2]),
    )


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (3, "a space must be a Space, a YAML file, a list of domains"),
        ({}, "must map names to ranges; got nothing"),
        (
            {"a": stats.norm(0, 1)},
            "'a' must be randint, uniform or loguniform if it comes from scipy.stats; got norm; ",
        ),
        (
            {"a": optuna.distributions.IntDistribution(2, 8, step=2)},
            "'a' must have no step; got step=2; write the values",
        ),
        ({"a": Float("b", 0.0, 1.0)}, "a domain must stand under its own name; 'b' stands under 'a'"),
        ({"a": [object(), 1]}, "'a' must have numbers, text, true, false or null as values; got <object"),
    ],
)
def test_objects_that_are_no_space_are_refused_in_one_line(given, message):
    with pytest.raises(InputError) as caught:
        from_object(given)
    assert message in str(caught.value)

"""A leak is found in any unit of the target."""

import numpy as np
import pandas as pd
import pytest

from finetooth.leakage import encoding, groups, single_feature, target_function

UNITS = [1.0, 1e-12, 1e12]


@pytest.mark.parametrize("unit", [*UNITS, 1e-15])
def test_a_sum_of_two_columns_is_found(table, seen, unit):
    a, b, noise = np.random.default_rng(0).normal(size=(3, 200))
    frame = pd.DataFrame({"a": a * unit, "b": b * unit, "noise": noise, "y": (a + b) * unit})
    assert seen(target_function.check(table(frame, "regression"))) == [("target_function", "error", ("a", "b"))]


@pytest.mark.parametrize("unit", UNITS)
def test_means_of_the_target_by_a_category_are_found(table, seen, unit):
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"shop": rng.choice(list("pqrstu"), 300), "y": (rng.normal(size=300) + 5) * unit})
    frame["mean"] = frame.groupby("shop")["y"].transform("mean")
    assert seen(encoding.check(table(frame, "regression"))) == [("target_encoding", "error", ("mean",))]


@pytest.mark.parametrize("unit", UNITS)
def test_a_column_that_tells_the_target_in_no_order_is_found(table, unit):
    """Only a tree sees it: its order says nothing."""
    rng = np.random.default_rng(2)
    x = rng.normal(size=600)
    frame = pd.DataFrame({"x": x, "noise": rng.normal(size=600), "y": (x**2 + 0.01 * rng.normal(size=600)) * unit})
    (found,) = single_feature.check(table(frame, "regression"))
    assert found.columns[0] == "x"
    assert "concordance of 0.9" in found.message


@pytest.mark.parametrize("unit", UNITS)
def test_rows_of_one_group_on_both_sides_are_found(table, seen, unit):
    rng = np.random.default_rng(3)
    group = np.repeat(np.arange(40), 10)
    mark, effect = rng.normal(size=(2, 40))
    frame = pd.DataFrame({"group": [f"g{number}" for number in group], "mark": mark[group]})
    frame["y"] = (effect[group] + 0.1 * rng.normal(size=400)) * unit
    assert ("undeclared_group", "error", ("group",)) in seen(groups.check(table(frame, "regression")))

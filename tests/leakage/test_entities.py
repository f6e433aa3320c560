"""Rows of one entity are found whatever names it, and columns that explain themselves are none."""

import numpy as np
import pandas as pd
import pytest

from finetooth.leakage import groups, paired


def _people(rng, people=120, each=10, effect=2.0):
    """Features that change from row to row, an outcome that its person decides, and whose row it is."""
    owner = np.repeat(np.arange(people), each)
    frame = pd.DataFrame(rng.normal(size=(len(owner), 4)), columns=list("abcd"))
    level = effect * rng.normal(size=people)[owner]
    return frame.assign(y=(0.5 * frame["a"] + level + rng.logistic(size=len(owner)) > 0).astype(int)), owner


def _prints(rng, owner, noise):
    values = rng.normal(size=(owner.max() + 1, 4))[owner] + noise * rng.normal(size=(len(owner), 4))
    return {f"print{k}": values[:, k] for k in range(4)}


def _named_together(rng, owner, _):
    people = owner.max() + 1
    born = pd.Timestamp("1960-01-01") + pd.to_timedelta(91 * rng.integers(0, 60, people), unit="D")
    return {"birth": born[owner], "postcode": rng.integers(0, 30, people)[owner]}


@pytest.mark.parametrize(
    ("columns", "noise"), [(_prints, 0.0), (_prints, 0.02), (_named_together, 0.0)], ids=["equal", "near", "together"]
)
@pytest.mark.parametrize("effect", [2.0, 0.0])
def test_entities_are_found_by_floats_and_by_several_columns_if_they_have_an_effect(table, columns, noise, effect):
    rng = np.random.default_rng(0)
    frame, owner = _people(rng, effect=effect)
    named = columns(rng, owner, noise)
    found = groups.check(table(frame.assign(**named)))
    assert [one.severity for one in found] == (["error"] if effect else [])
    assert all(set(one.columns) <= set(named) for one in found)


def test_a_panel_under_noise_is_an_error_and_a_category_of_uneven_levels_is_not(table, seen):
    """Nothing but the id gives its rows away; each has twelve, while a category has as many as come."""
    rng = np.random.default_rng(0)
    owner = np.repeat(np.arange(100), 12)
    frame = pd.DataFrame(rng.normal(size=(1_200, 4)), columns=list("abcd"))
    noisy = frame.assign(unit=owner + 300, y=0.4 * frame["a"] + rng.normal(size=100)[owner] + rng.normal(size=1_200))
    assert seen(groups.check(table(noisy, "regression"))) == [("undeclared_group", "error", ("unit",))]
    trade = np.sort(rng.integers(0, 100, 1_200) ** 2 // 100)
    honest = frame.assign(trade=trade, y=0.4 * frame["a"] + rng.normal(size=100)[trade] + rng.normal(size=1_200))
    assert groups.check(table(honest, "regression")) == ()


def test_a_measurement_of_few_values_explains_itself(table):
    """New sizes are predicted from those around them; a column that follows from the size gives it away."""
    rng = np.random.default_rng(0)
    size = rng.choice(np.arange(10, 90), 1_500)
    frame = pd.DataFrame({"size": size, "weight": 2.0 * size + rng.normal(size=1_500), "c": rng.normal(size=1_500)})
    frame["y"] = np.sqrt(size) + 0.3 * rng.normal(size=1_500)
    assert groups.check(table(frame, "regression")) == ()


def test_the_paired_comparison_is_of_the_same_rows(table):
    """Without an effect of the entity its rows tell nothing; with one they tell nearly all."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(600, 3)).astype(np.float32)
    entity = np.repeat(np.arange(60), 10)
    level = rng.normal(size=60)[entity]
    with_effect = paired.of_residuals("regression", X, (level + 0.1 * rng.normal(size=600))[:, None], entity, 0)
    without = paired.of_residuals("regression", X, rng.normal(size=(600, 1)), entity, 0)
    assert (with_effect.rows, with_effect.entities, with_effect.p < 1e-6) == (600, 60, True)
    assert with_effect.known > 0.9
    assert with_effect.new < 0.1
    assert without.gap < 0.02
    assert paired.of_residuals("regression", X, rng.normal(size=(600, 1)), entity // 20, 0) is None

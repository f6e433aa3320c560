"""Targets that are computed from columns: exact, rounded, cut off, almost exact, and those that are not."""

import numpy as np
import pandas as pd
import pytest

from finetooth.leakage import target_function
from finetooth.leakage.exact_fit import written_unit

ROWS = 600


def _columns(seed=0):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({f"p{i}": rng.lognormal(2, 0.5, ROWS).round(2) for i in range(12)})
    frame["z0"], frame["z1"], frame["z2"] = rng.normal(size=(3, ROWS))
    frame["quantity"], frame["discount"] = rng.poisson(4, ROWS) + 1, rng.choice([0, 0.05, 0.1, 0.2], ROWS)
    frame["loan"], frame["rate"] = rng.uniform(1e3, 5e4, ROWS).round(-2), rng.uniform(0.02, 0.2, ROWS).round(4)
    frame["months"], frame["zone"] = rng.choice(np.arange(6, 85, 6), ROWS), rng.choice(list("abcd"), ROWS)
    return frame, rng


def _parts(*numbers):
    return tuple(f"p{number}" for number in numbers)


FORMULAS = {
    "sum of four": (lambda f: f["p0"] + f["p1"] + f["p2"] + f["p3"], _parts(0, 1, 2, 3)),
    "sum of twelve": (lambda f: f[list(_parts(*range(12)))].sum(axis=1), _parts(*range(12))),
    "weighted and rounded": (lambda f: (2 * f["z0"] - f["z1"] + 3 * f["p0"] + 7).round(1), ("z0", "z1", "p0")),
    "mean, rounded": (lambda f: ((f["p0"] + f["p1"] + f["p2"]) / 3).round(), _parts(0, 1, 2)),
    "ratio, rounded": (lambda f: (f["p0"] / f["p1"]).round(2), ("p0", "p1")),
    "product of any sign": (lambda f: f["z0"] * f["z1"] * f["z2"], ("z0", "z1", "z2")),
    "difference over a third": (lambda f: (f["p0"] - f["p1"]) / f["p2"], ("p0", "p1", "p2")),
    "invoice": (lambda f: (f["quantity"] * f["p0"] * (1 - f["discount"])).round(2), ("quantity", "p0", "discount")),
    "product and fee": (lambda f: f["quantity"] * f["p0"] + f["p1"], ("quantity", "p0", "p1")),
    "rate by zone": (lambda f: f["zone"].map({"a": 1, "b": 2, "c": 3, "d": 5}) * f["p0"] + 5, ("zone", "p0")),
    "cut off at zero": (lambda f: (f["p0"] - f["p1"]).clip(lower=0), ("p0", "p1")),
    "distance": (lambda f: np.hypot(f["z0"], f["z1"]), ("z0", "z1")),
    "absolute difference": (lambda f: (f["p0"] - f["p1"]).abs(), ("p0", "p1")),
    "resistors": (lambda f: 1 / (1 / f["p0"] + 1 / f["p1"]), ("p0", "p1")),
    "annuity": (
        lambda f: (f["loan"] * f["rate"] / 12 / (1 - (1 + f["rate"] / 12) ** -f["months"])).round(),
        ("loan", "rate", "months"),
    ),
}


@pytest.mark.parametrize("name", FORMULAS)
def test_a_formula_is_an_error_that_names_its_columns(table, name):
    """Of any number of terms, rounded, with a constant, cut off, or as a power, a fraction or a rate by category."""
    formula, columns = FORMULAS[name]
    frame, _ = _columns()
    (found,) = target_function.check(table(frame.assign(y=formula), "regression"))
    assert (found.severity, set(columns) <= set(found.columns)) == ("error", True)


@pytest.mark.parametrize(("noise", "severity"), [(1e-3, "error"), (0.05, "warning")])
def test_a_sum_with_a_little_noise_is_an_error_or_a_warning_by_how_little(table, noise, severity):
    """A hundred-thousandth of the variance is no prediction, a thousandth hardly."""
    frame, rng = _columns()
    y = frame["p0"] + frame["p1"] + frame["p2"] + noise * rng.normal(size=ROWS)
    (found,) = target_function.check(table(frame.assign(y=y), "regression"))
    assert (found.severity, set(found.columns)) == (severity, {"p0", "p1", "p2"})


@pytest.mark.parametrize("seed", range(3))
def test_a_sum_with_noise_a_part_of_it_and_totals_of_features_are_no_formulas(table, seed):
    """Columns that depend on each other, and shares that add to a hundred, are the features' own matter."""
    frame, rng = _columns(seed)
    frame["total"] = frame["p0"] + frame["p1"] + frame["p2"]
    frame["share"], frame["rest"] = 100 * frame["p0"] / frame["total"], 100 - 100 * frame["p0"] / frame["total"]
    noisy = frame.assign(y=frame["total"] + 0.5 * rng.normal(size=ROWS))
    partly = frame.assign(y=frame["p0"] + frame["p1"] + 3 * rng.exponential(size=ROWS).round(2))
    assert target_function.check(table(noisy, "regression")) == ()
    assert target_function.check(table(partly, "regression")) == ()


def test_one_large_value_does_not_make_a_formula(table):
    """What fits the largest values alone, of a target with a heavy tail, says nothing of the others."""
    frame, rng = _columns()
    y = rng.standard_t(1.2, ROWS).round(3)
    frame["near"] = np.where(np.abs(y) > 50, y, y + rng.normal(size=ROWS))
    assert target_function.check(table(frame.assign(y=y), "regression")) == ()


@pytest.mark.parametrize(
    ("values", "unit"),
    [([1.25, 3.5, 7.01], 0.01), ([15.0, 35.0, 20.0], 5.0), ([1e6, 3e6], 1e6), ([0.1234567891234], 0.0)],
)
def test_the_unit_is_the_step_in_which_numbers_were_written(values, unit):
    """Rounding errors are judged by it."""
    assert written_unit(np.array(values)) == pytest.approx(unit)


def test_ranges_of_a_number_and_groups_of_classes_are_errors(table, seen):
    """A label by decile, and the group that each class belongs to, hold the target in fewer words."""
    frame, rng = _columns()
    y = frame["z0"] + rng.normal(size=ROWS)
    decile = pd.qcut(y, 10, labels=list("KCFABHGDJE")).astype(str)
    assert ("target_function", "error", ("decile",)) in seen(
        target_function.check(table(frame.assign(y=y, decile=decile), "regression"))
    )
    tree = rng.choice(["ash", "birch", "cedar", "elm"], ROWS)
    coarse = np.where(np.isin(tree, ["ash", "cedar"]), "x", "z")
    assert seen(target_function.check(table(frame.assign(y=tree, coarse=coarse), "multiclass"))) == [
        ("target_function", "error", ("coarse",))
    ]
    moved = np.where(rng.random(ROWS) < 0.1, "x", coarse)
    assert target_function.check(table(frame.assign(y=tree, coarse=moved), "multiclass")) == ()

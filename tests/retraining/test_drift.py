"""Drift: what moved is found and named, and what did not move stays silent in small samples and in wide tables."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2

from finetooth.data.schema import infer
from finetooth.retraining import drift, drift_statistics


def table(seed, rows=600, columns=6, **changes):
    rng = np.random.default_rng(seed)
    made = pd.DataFrame({f"x{i}": rng.normal(size=rows) for i in range(columns)})
    made["color"] = rng.choice(["red", "green", "blue"], rows, p=[0.6, 0.3, 0.1])
    made["target"] = rng.choice(["yes", "no"], rows)
    return made.assign(**changes)


def compared(before, now, *, regression=False):
    schema = infer((name, before[name]) for name in before.columns if name != "target")
    return drift.measure_drift(before, now, schema, "target", regression=regression, seed=0)


def named(found):
    return {(shift.measure, shift.column, shift.level) for shift in found.shifts}


def test_the_same_world_is_silent_for_small_and_large_arrivals():
    levels = [
        compared(table(seed), table(seed + 1000, rows)).level for seed, rows in enumerate([60, 150, 600, 2000] * 6)
    ]
    assert levels.count("none") >= 23  # one table in a hundred, a measure
    assert "severe" not in levels


def test_a_column_that_moved_is_named_by_psi_and_ks_with_its_size():
    found = compared(table(0), table(1, x2=np.random.default_rng(5).normal(1.0, size=600)))
    assert {("psi", "x2", "severe"), ("ks", "x2", "warning")} <= named(found)
    assert {shift.column for shift in found.shifts} <= {"x2", ""}
    assert found.level == "severe"
    assert found.auc > 0.65


def test_another_world_calls_for_a_person():
    moved = {f"x{i}": np.random.default_rng(i).normal(1.5, size=600) for i in range(3)}
    found = compared(table(0), table(1, **moved))
    assert found.calls_for_a_person
    assert ("separable", "", "severe") in named(found)


def test_missing_values_new_categories_and_the_target_are_seen():
    now = table(1)
    now.loc[:120, "x0"] = np.nan
    now.loc[:30, "color"] = "mauve"
    now["target"] = np.where(np.arange(600) < 500, "yes", "no")
    assert {
        ("missing", "x0", "warning"),
        ("new categories", "color", "warning"),
        ("target", "target", "severe"),
    } <= named(compared(table(0), now))


def test_a_numeric_target_that_moved_is_seen():
    rng = np.random.default_rng(0)
    before, now = table(0, target=rng.normal(size=600)), table(1, target=rng.normal(1, size=600))
    assert ("target", "target", "severe") in named(compared(before, now, regression=True))
    assert compared(before, table(1, target=rng.normal(size=600)), regression=True).level == "none"


def test_dates_move_by_nature_and_are_left_out():
    day = pd.date_range("2024-01-01", periods=600)
    assert compared(table(0, day=day), table(1, day=day + pd.Timedelta("600D"))).level == "none"


def test_too_few_rows_say_so_and_claim_nothing():
    found = compared(table(0), table(1, 20))
    assert found.level == "none"
    assert "Too few rows" in found.sentence


def test_psi_of_equal_counts_is_zero_and_its_noise_shrinks_with_rows():
    counts = np.full(10, 100.0)
    assert drift_statistics.psi(counts, counts) == 0
    noise = drift_statistics.psi_noise(counts, counts, 0.01)
    assert noise == pytest.approx(chi2.ppf(0.99, 9) * 2 / 1000)
    assert drift_statistics.psi_noise(10 * counts, 10 * counts, 0.01) == pytest.approx(noise / 10)


def test_psi_of_an_empty_bin_is_large_and_finite():
    value = drift_statistics.psi(np.array([50.0, 50.0]), np.array([100.0, 0.0]))
    assert 0.25 < value < np.inf


def test_missing_values_have_a_bin_of_their_own():
    before, now = np.arange(100.0), np.where(np.arange(100) < 50, np.nan, np.arange(100.0))
    a, b = drift_statistics.binned_counts(before, now)
    assert (a[-1], b[-1]) == (0, 50)

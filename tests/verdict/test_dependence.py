"""What may be drawn as if it were independent: rows, groups, periods."""

import math

import numpy as np
import pytest
from scipy.signal import lfilter

from finetooth.metrics import METRICS
from finetooth.verdict.bootstrap import two_way
from finetooth.verdict.dependence import Units, correlation_time, units_of

MAE = METRICS["mae"]


def autoregression(rho, count, seed=0):
    return lfilter([1.0], [1.0, -rho], np.random.default_rng(seed).normal(size=count + 500))[500:]


def units(gain, **how):
    """The units of rows whose gain in absolute error is given."""
    gain = np.asarray(gain, dtype=float)
    return units_of(MAE, np.zeros(len(gain)), (10 - gain / 2)[None], (10 + gain / 2)[None], **how)


@pytest.mark.parametrize(("rho", "expected"), [(0.0, 1.0), (0.5, 3.0), (0.9, 19.0)])
def test_the_correlation_time_of_an_autoregression_is_the_textbook_one(rho, expected):
    found = np.median([correlation_time(autoregression(rho, 2000, seed)) for seed in range(20)])
    assert found == pytest.approx(expected, rel=0.15)


def test_a_series_that_swings_to_and_fro_is_not_worth_more_than_its_length():
    """A negative correlation would shorten the interval below that of independent rows; it is not trusted."""
    assert correlation_time(autoregression(-0.9, 500)) == 1
    assert correlation_time(np.ones(50)) == 1


def test_rows_without_blocks_or_time_are_their_own_units():
    assert units(np.arange(30)) == Units(None, 30, 30.0)


def test_independent_times_are_drawn_one_by_one_and_rows_of_one_time_together():
    """60 dates of 20 rows with a shock each: 60 units, not 1,200."""
    rng = np.random.default_rng(1)
    date = np.repeat(np.arange(60), 20)
    found = units(rng.normal(size=60)[date] + rng.normal(size=1200), time=date.astype(float))
    assert (found.count, found.name, found.reason) == (60, "period", None)
    assert (np.diff(found.code) == np.diff(date)).all()


def test_periods_are_longer_the_longer_gains_last():
    slow, fast = (units(autoregression(rho, 2000), time=np.arange(2000.0)) for rho in (0.9, 0.5))
    assert 20 <= slow.count <= 50
    assert 150 <= fast.count <= 300
    for found in (slow, fast):
        assert (np.bincount(found.code).max(), found.reason) == (math.ceil(2000 / found.count), None)
        assert 1 < found.stretch < 1.2


def test_the_order_of_rows_in_the_file_does_not_matter():
    gain, order = autoregression(0.8, 500), np.random.default_rng(0).permutation(500)
    plain = units(gain, time=np.arange(500.0))
    mixed = units(gain[order], time=np.arange(500.0)[order])
    assert (mixed.count, mixed.code.tolist()) == (plain.count, plain.code[order].tolist())


@pytest.mark.parametrize("times", [1, 4, 9])
def test_a_handful_of_times_has_no_interval(times):
    found = units(np.random.default_rng(0).normal(size=400), time=np.arange(400) % times)
    assert found.reason.startswith(f"{times} sealed time")


def test_intervals_of_an_autocorrelated_series_cover():
    """Blocks of a fortieth of the rows covered .87 of AR(1) with .95, 2,000 rows; rows alone .28."""
    covered = []
    for seed in range(60):
        gain = autoregression(0.9, 1000, seed) * math.sqrt(1 - 0.81)
        sides = (10 - gain / 2)[None], (10 + gain / 2)[None]
        found = two_way(MAE, np.zeros(1000), *sides, time=np.arange(1000.0), draws=200, rng=np.random.default_rng(seed))
        covered.append(found.low <= 0 <= found.high)
    assert np.mean(covered) >= 0.9


def test_uneven_groups_are_worth_fewer():
    """One group of 100 and ten of 10 are worth between 11 and four, which is (sum of sizes)^2 / sum of squares."""
    sizes = [100, *[10] * 10]
    found = units(np.random.default_rng(0).normal(size=200), blocks=np.repeat(np.arange(11), sizes))
    assert (found.count, found.effective, found.name) == (11, pytest.approx(np.sqrt(11 * 200**2 / 11_000)), "group")


def test_one_group_that_is_nearly_all_is_no_ground_for_an_interval():
    found = units(np.random.default_rng(0).normal(size=400), blocks=np.repeat(np.arange(6), [350, *[10] * 5]))
    assert found.reason == "one group has 88 % of the sealed rows"


def test_new_groups_at_later_times_have_the_variance_of_both():
    """Shocks of a date and of a group: either alone would leave out the other."""
    rng = np.random.default_rng(0)
    group, date = (a.ravel() for a in np.meshgrid(np.arange(40), np.arange(50), indexing="ij"))
    gain = rng.normal(size=40)[group] + rng.normal(size=50)[date] + rng.normal(size=2000)
    found = units(gain, blocks=group, time=date.astype(float))
    larger = group if found.name == "group" else date
    alone = np.bincount(larger, gain - gain.mean())
    error = math.sqrt((alone**2).sum()) / 2000 * found.stretch
    assert error == pytest.approx(math.sqrt(1 / 40 + 1 / 50), rel=0.2)


def test_a_score_that_is_not_defined_has_a_reason_and_no_error():
    """One class alone has no AUC: what looks at a part of the rows meets that."""
    score = np.random.default_rng(0).random((1, 60))
    found = units_of(METRICS["roc_auc"], np.zeros(60), score, None, time=np.arange(60.0))
    assert found.reason == "AUC is not defined on these rows"

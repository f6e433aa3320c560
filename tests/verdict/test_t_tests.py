import math

import numpy as np
import pytest
from scipy import stats

from finetooth.data.splitters import Rows, folds
from finetooth.verdict.t_tests import Corrected, FoldDependence, Posterior, bayesian_t, forward, nadeau_bengio, shuffled


def test_nadeau_bengio_follows_its_formula():
    d = np.array([0.01, 0.03, 0.02, 0.00, 0.04])
    found = nadeau_bengio(d, shuffled(5, 1))
    error = math.sqrt(d.var(ddof=1) * (1 / 5 + 1 / 4))
    reach = stats.t.ppf(0.975, 4) * error
    assert found.t == pytest.approx(0.02 / error)
    assert found.p == pytest.approx(2 * stats.t.sf(0.02 / error, 4))
    assert (found.low, found.difference, found.high) == pytest.approx((0.02 - reach, 0.02, 0.02 + reach))


def test_without_the_correction_it_is_the_paired_t_test():
    d = np.random.default_rng(0).normal(0.1, 1, 12)
    expected = stats.ttest_1samp(d, 0)
    found = nadeau_bengio(d, FoldDependence(0.0, 11))
    assert (found.t, found.p) == pytest.approx((expected.statistic, expected.pvalue))
    assert (found.low, found.high) == pytest.approx(tuple(expected.confidence_interval()))


def test_the_posterior_follows_its_formula_and_sums_to_one():
    d = np.array([0.010, 0.030, 0.020, 0.000, 0.040, 0.015, 0.025, 0.005, 0.035, 0.020])
    found = bayesian_t(d, shuffled(5, 2), 0.002)
    student = stats.t(9, d.mean(), math.sqrt(d.var(ddof=1) * (1 / 10 + 0.2 / 0.8)))
    assert found.worse == pytest.approx(student.cdf(-0.002))
    assert found.better == pytest.approx(student.sf(0.002))
    assert found.worse + found.equivalent + found.better == pytest.approx(1)


@pytest.mark.parametrize(
    ("value", "corrected", "posterior"),
    [
        (0.0, Corrected(0.0, 0.0, 1.0, 0.0, 0.0), Posterior(0.0, 1.0, 0.0)),
        (0.5, Corrected(0.5, math.inf, 0.0, 0.5, 0.5), Posterior(0.0, 0.0, 1.0)),
        (-0.5, Corrected(-0.5, -math.inf, 0.0, -0.5, -0.5), Posterior(1.0, 0.0, 0.0)),
    ],
)
def test_folds_that_all_agree_give_a_certain_answer_instead_of_a_division_by_zero(value, corrected, posterior):
    assert nadeau_bengio(np.full(4, value), shuffled(5, 1)) == corrected
    assert bayesian_t(np.full(4, value), shuffled(5, 1), 0.002) == posterior


def test_one_fold_is_not_enough():
    with pytest.raises(ValueError, match="at least two"):
        nadeau_bengio(np.array([0.1]), shuffled(5, 1))


def test_false_positives_of_repeated_folds_are_near_five_percent():
    """Two equal models; the plain t-test over 4 x 5 dependent folds is wrong far more often."""
    rng = np.random.default_rng(0)
    shared = rng.normal(size=(2000, 1)) * math.sqrt(0.2)  # folds of one table correlate by about 1 / folds
    d = shared + rng.normal(size=(2000, 20)) * math.sqrt(0.8)
    corrected = np.mean([nadeau_bengio(row, shuffled(5, 4)).p < 0.05 for row in d])
    plain = np.mean([nadeau_bengio(row, FoldDependence(0.0, 19)).p < 0.05 for row in d])
    assert corrected < 0.07
    assert plain > 0.25


def test_forward_folds_without_overlap_depend_as_shuffled_ones_of_their_size():
    """Equally large folds that test different rows once: the formula of Nadeau and Bengio, to the letter."""
    once = [[(np.arange(40), np.arange(start, start + 10)) for start in (40, 50, 60, 70, 80)]]
    found = forward(once)
    assert (found.correlation, found.freedom) == pytest.approx((0.2, 4))
    assert found.test_share == pytest.approx(0.25)


def test_repeats_of_the_same_forward_folds_are_no_new_evidence():
    once = [(np.arange(40), np.arange(start, start + 10)) for start in (40, 50, 60, 70, 80)]
    one, four = forward([once]), forward([once] * 4)
    d = np.array([0.01, 0.03, 0.02, 0.00, 0.04])
    alone, repeated = nadeau_bengio(d, one), nadeau_bengio(np.tile(d, 4), four)
    assert four.freedom == pytest.approx(4)
    assert repeated.p == pytest.approx(alone.p, rel=0.05)
    assert nadeau_bengio(np.tile(d, 4), shuffled(5, 4)).p < alone.p / 2


def test_two_equal_models_rarely_differ_over_repeated_forward_folds():
    """Scores of rows that follow a common noise: the folds that a run draws, 4 x 5, on rows in time."""
    rng = np.random.default_rng(0)
    rows = Rows(np.zeros(600), np.arange(600), np.arange(600.0))
    repeats = [folds(rows, 5, np.random.default_rng(repeat)) for repeat in range(4)]
    dependence = forward(repeats)
    losses = rng.normal(size=(600, 600))
    learned = rng.normal(size=(600, 1)) * 0.06  # what the shared training rows do to all folds alike
    d = np.stack([losses[:, test].mean(axis=1) for folds_ in repeats for _, test in folds_], axis=1) + learned
    assert np.mean([nadeau_bengio(row, dependence).p < 0.05 for row in d]) < 0.06
    assert np.mean([nadeau_bengio(row, shuffled(5, 4)).p < 0.05 for row in d]) > 0.1

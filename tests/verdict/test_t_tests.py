import math

import numpy as np
import pytest
from scipy import stats

from finetooth.verdict.t_tests import Corrected, Posterior, bayesian_t, nadeau_bengio


def test_nadeau_bengio_follows_its_formula():
    d = np.array([0.01, 0.03, 0.02, 0.00, 0.04])
    found = nadeau_bengio(d, 1 / 4)
    error = math.sqrt(d.var(ddof=1) * (1 / 5 + 1 / 4))
    reach = stats.t.ppf(0.975, 4) * error
    assert found.t == pytest.approx(0.02 / error)
    assert found.p == pytest.approx(2 * stats.t.sf(0.02 / error, 4))
    assert (found.low, found.difference, found.high) == pytest.approx((0.02 - reach, 0.02, 0.02 + reach))


def test_without_the_correction_it_is_the_paired_t_test():
    d = np.random.default_rng(0).normal(0.1, 1, 12)
    expected = stats.ttest_1samp(d, 0)
    found = nadeau_bengio(d, 0.0)
    assert (found.t, found.p) == pytest.approx((expected.statistic, expected.pvalue))
    assert (found.low, found.high) == pytest.approx(tuple(expected.confidence_interval()))


def test_the_posterior_follows_its_formula_and_sums_to_one():
    d = np.array([0.010, 0.030, 0.020, 0.000, 0.040, 0.015, 0.025, 0.005, 0.035, 0.020])
    found = bayesian_t(d, 5, 0.002)
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
    assert nadeau_bengio(np.full(4, value), 0.25) == corrected
    assert bayesian_t(np.full(4, value), 5, 0.002) == posterior


def test_one_fold_is_not_enough():
    with pytest.raises(ValueError, match="at least two"):
        nadeau_bengio(np.array([0.1]), 0.25)


def test_false_positives_of_repeated_folds_are_near_five_percent():
    """Two equal models; the plain t-test over 4 x 5 dependent folds is wrong far more often."""
    rng = np.random.default_rng(0)
    shared = rng.normal(size=(2000, 1)) * math.sqrt(0.2)  # folds of one table correlate by about 1 / folds
    d = shared + rng.normal(size=(2000, 20)) * math.sqrt(0.8)
    corrected = np.mean([nadeau_bengio(row, 1 / 4).p < 0.05 for row in d])
    plain = np.mean([nadeau_bengio(row, 0.0).p < 0.05 for row in d])
    assert corrected < 0.07
    assert plain > 0.25

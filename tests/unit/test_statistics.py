"""Errors of cross-validated means, multiple tests, and how alpha is spent."""

import math

import numpy as np
import pytest

from finetooth.statistics import comparison_alpha, corrected_error, corrected_lower, holm, opening_alpha


def test_each_further_comparison_with_one_champion_spends_less():
    assert comparison_alpha(1) == pytest.approx(0.05)
    assert comparison_alpha(2) == pytest.approx(0.10 / 6)
    assert sum(comparison_alpha(k) for k in range(1, 10)) < 0.10
    assert comparison_alpha(52) == 0.001
    with pytest.raises(ValueError, match="counted from 1"):
        comparison_alpha(0)


def test_all_openings_of_a_vault_together_spend_no_more_than_a_tenth():
    assert [opening_alpha(1), opening_alpha(2), opening_alpha(3)] == [0.05, 0.025, 0.0125]
    with pytest.raises(ValueError, match="counted from 1"):
        opening_alpha(0)


def test_the_error_of_a_mean_over_folds_allows_for_the_rows_that_they_share():
    """s = 1 for three folds of -1, 0, 1: sqrt(1/3 + 1/2)."""
    assert corrected_error([-1.0, 0.0, 1.0], 1 / 2) == pytest.approx(math.sqrt(5 / 6))
    assert math.isnan(corrected_error([1.0], 1.0))


def test_the_lower_bound_is_a_t_quantile_of_corrected_errors_below_the_mean():
    """Two degrees of freedom: t(.95) = 2.920."""
    assert corrected_lower(np.array([9.0, 10.0, 11.0]), 1 / 2) == pytest.approx(10 - 2.919986 * math.sqrt(5 / 6))
    assert corrected_lower(np.array([9.0, 10.0, 11.0]), 0.0) == pytest.approx(10 - 2.919986 * math.sqrt(1 / 3))


def test_holm_multiplies_the_smallest_p_by_the_number_of_tests():
    assert holm(np.array([0.01, 0.04, 0.03])) == pytest.approx([0.03, 0.06, 0.06])

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from finetooth.leakage.association import association, auc, concordance


def test_auc_is_that_of_scikit_learn_with_ties():
    rng = np.random.default_rng(0)
    y, score = rng.integers(0, 2, 200) == 1, rng.integers(0, 5, 200).astype(float)
    assert auc(y, score).value == pytest.approx(roc_auc_score(y, score))


def test_concordance_counts_pairs_in_order_and_ties_as_half():
    y, score = np.array([1.0, 2, 3, 4]), np.array([1.0, 1, 2, 0])
    # pairs of y: (1,2) tie, (1,3) right, (1,4) wrong, (2,3) right, (2,4) wrong, (3,4) wrong
    assert concordance(y, score).value == pytest.approx((0.5 + 1 + 0 + 1 + 0 + 0) / 6)


def test_a_constant_says_nothing():
    for kind in ("binary", "multiclass", "regression"):
        found = association(kind, np.array([0.0, 1, 0, 1]), np.zeros(4))
        assert (found.value, found.z) == (0.5, 0.0)

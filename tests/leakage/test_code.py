"""Checks of the user's own code."""

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

from finetooth.errors import InputError
from finetooth.leakage import scramble, structure


def test_rows_that_fit_stop_and_score_must_differ():
    assert structure.disjoint(np.arange(5), np.arange(5, 8), np.arange(8, 10)) == ()
    (found,) = structure.disjoint(np.arange(5), np.arange(5, 8), np.arange(6, 10))
    assert (found.check, found.evidence["stop_and_score"], found.strict) == ("early_stopping", 2, True)


def test_a_subset_must_lie_within_the_development_rows():
    assert structure.subset_within(np.arange(10), np.array([3, 1])) == ()
    (found,) = structure.subset_within(np.arange(10), np.array([3, 12]))
    assert (found.check, found.evidence["foreign"], found.strict) == ("subset", 1, True)


def test_confirmation_folds_must_be_new():
    assert structure.fresh_folds(["a", "b"], ["c", "d"]) == ()
    (found,) = structure.fresh_folds(["a", "b"], ["b", "c"])
    assert (found.check, found.evidence["reused"], found.strict) == ("fold_reuse", 1, True)


@pytest.fixture
def noise():
    rng = np.random.default_rng(0)
    return rng.normal(size=(200, 500)), rng.integers(0, 2, 200)


def test_selection_outside_the_folds_is_found_and_inside_is_not(noise):
    def outside(X, y):
        chosen = SelectKBest(f_classif, k=10).fit_transform(X, y)
        return cross_val_score(LogisticRegression(), chosen, y, cv=5, scoring="roc_auc").mean()

    def inside():
        return make_pipeline(SelectKBest(f_classif, k=10), LogisticRegression())

    (found,) = scramble(outside, *noise, "binary")
    assert (found.check, found.severity, found.strict) == ("scramble", "error", True)
    assert scramble(inside, *noise, "binary") == ()


def test_folds_that_tear_groups_are_found_and_grouped_ones_are_not():
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(40), 5)
    X = pd.DataFrame(rng.normal(size=(40, 3))[groups] + 0.01 * rng.normal(size=(200, 3)))
    y = rng.integers(0, 2, 40)[groups]

    def tearing(X, y):
        return cross_val_score(KNeighborsClassifier(1), X, y, cv=5, scoring="roc_auc").mean()

    order = rng.permutation(200)
    X, y, groups = X.iloc[order], y[order], groups[order]
    assert len(scramble(tearing, X, y, "binary", groups)) == 1
    assert scramble(lambda: KNeighborsClassifier(1), X, y, "binary", groups) == ()


def test_chance_of_a_regression_is_the_mean(noise):
    assert scramble(LinearRegression, noise[0][:, :3], np.random.default_rng(1).normal(size=200), "regression") == ()


@pytest.mark.parametrize(
    ("scores", "fires"),
    [
        ((0.529, 0.531), True),  # .030 above chance, and certain
        ((0.514, 0.516), False),  # .015 above chance: certain, and too little to matter
        ((0.51, 0.69), True),  # .10 above chance, three standard errors are .09
        ((0.48, 0.72), False),  # .10 above chance, three standard errors are .12
    ],
)
def test_a_scrambled_score_must_be_above_chance_by_enough_and_certainly(noise, scores, fires):
    told = iter(scores * 5)
    assert bool(scramble(lambda X, y: next(told), *noise, "binary")) is fires


def test_rows_that_do_not_match_are_refused(noise):
    with pytest.raises(InputError, match="X and y must have as many rows; got 200 and 3"):
        scramble(LogisticRegression, noise[0], np.arange(3), "binary")

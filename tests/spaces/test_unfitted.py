"""A model that has learnt is refused wherever in it that hides; one that has not is taken."""

import numpy as np
import pytest
from scipy import stats
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from finetooth.errors import InputError
from finetooth.spaces.unfitted import check_unfitted

X, Y = np.random.default_rng(0).normal(size=(20, 2)), np.arange(20) % 2
SCALER = StandardScaler().fit(X)
COLUMNS = make_pipeline(
    FunctionTransformer(), ColumnTransformer([("scale", StandardScaler(), [0])]), LogisticRegression()
)


class Centre:
    """A transformer that is not one of scikit-learn's."""

    def fit(self, X):
        self.mean_ = X.mean(0)
        return self


class Remembering:
    """One that says itself whether it was fitted."""

    rows = 0

    def fit(self, X):
        self.rows = len(X)
        return self

    def __sklearn_is_fitted__(self):
        return self.rows > 0


@pytest.mark.parametrize(
    "model",
    [
        COLUMNS,
        LogisticRegression,
        Centre(),
        Remembering(),
        make_pipeline(make_pipeline(FunctionTransformer()), LogisticRegression()),
        make_pipeline(make_union(FunctionTransformer(), FunctionTransformer()), LogisticRegression()),
        stats.norm,
        np,
        0.5,
    ],
)
def test_what_has_not_learnt_is_taken(model):
    check_unfitted("own:model", model)


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (LogisticRegression().fit(X, Y), "LogisticRegression has "),
        (make_pipeline(SCALER, LogisticRegression()), "StandardScaler has "),
        (clone(COLUMNS).fit(X, Y), " has "),
        (Centre().fit(X), "Centre has 'mean_'"),
        (Remembering().fit(X), "Remembering says that it is fitted"),
        (make_pipeline(Remembering().fit(X), LogisticRegression()), "Remembering says that it is fitted"),
    ],
)
def test_what_has_learnt_is_refused_wherever_it_hides(model, said):
    with pytest.raises(InputError, match=f"own:model must be unfitted.*{said}.*sklearn.base.clone"):
        check_unfitted("own:model", model)


def test_a_function_answers_for_what_it_reaches():
    def build(C=1.0):
        return make_pipeline(SCALER, LogisticRegression(C=C))

    with pytest.raises(InputError, match="StandardScaler, which it uses, has"):
        check_unfitted("own:build", build)

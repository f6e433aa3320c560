"""The unit of a regression's target: standard scores inside, the unit itself outside."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.linear_model import GammaRegressor, PoissonRegressor, Ridge, TweedieRegressor
from sklearn.pipeline import make_pipeline

from finetooth.models.target_scale import (
    AS_IT_IS,
    StandardisedRegressor,
    TargetScale,
    takes_standard_scores,
    target_scale,
)

Y = np.array([1.0, 2.0, 3.0, 6.0])


@pytest.mark.parametrize("unit", [1.0, 1e-12, 1e12])
def test_standard_scores_are_the_same_in_every_unit(unit):
    scale = target_scale(Y * unit)
    assert scale.centre == pytest.approx(3 * unit)
    assert scale.scale == pytest.approx(3.5**0.5 * unit)
    assert scale.standardised(Y * unit).tolist() == target_scale(Y).standardised(Y).tolist()
    assert scale.restored(scale.standardised(Y * unit)) == pytest.approx(Y * unit)


def test_a_constant_target_is_only_centred_and_a_target_taken_as_it_is_stays_so():
    assert target_scale(np.full(3, 4.0)) == TargetScale(4.0, 1.0)
    assert AS_IT_IS.standardised(Y) is Y
    assert AS_IT_IS.restored(Y) is Y


class Single(RegressorMixin, BaseEstimator):
    """A regressor that answers in float32, as networks and ridge do for a table of float32."""

    def fit(self, X, y):
        self.y_ = y
        return self

    def predict(self, X):
        return self.y_.astype(np.float32)


def test_predictions_around_a_large_mean_keep_their_digits():
    """A float32 has steps of 64 at 1e9."""
    fitted = StandardisedRegressor(Single()).fit(Y[:, None], Y + 1e9)
    assert fitted.predict(Y[:, None]) == pytest.approx(Y + 1e9, rel=0, abs=1e-5)


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (Ridge(), True),
        (HistGradientBoostingRegressor(), True),
        (TweedieRegressor(), True),
        (HistGradientBoostingRegressor(loss="poisson"), False),
        (RandomForestRegressor(criterion="poisson"), False),
        (PoissonRegressor(), False),
        (GammaRegressor(), False),
        (TweedieRegressor(power=1.5), False),
        (make_pipeline(PoissonRegressor()), False),
        (TransformedTargetRegressor(Ridge()), False),
    ],
)
def test_models_of_positive_numbers_get_the_target_as_it_is(model, expected):
    assert takes_standard_scores(model) is expected

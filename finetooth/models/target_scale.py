"""The unit of a regression's target: models are fitted to its standard scores, and answer in the unit itself.

The least gain of a split, penalties and tolerances are absolute numbers in the libraries, and labels are float32 in
some: without this, another unit or a large mean would be another task.
"""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags
from sklearn.utils.validation import check_is_fitted

Floats = NDArray[np.float64]

POSITIVE_LOSSES = frozenset({"poisson", "gamma", "tweedie"})  # of scikit-learn, which take no negative numbers


@dataclass(frozen=True, slots=True)
class TargetScale:
    """The mean and the standard deviation of a training target; 0 and 1 where a target is taken as it is."""

    centre: float = 0.0
    scale: float = 1.0

    def standardised(self, y: Floats) -> Floats:
        """Values in the target's unit as standard scores (n,), with nine decimals.

        Where two splits are equally good, the last digits would choose, and these differ between units.
        """
        return y if self == AS_IT_IS else np.round((y - self.centre) / self.scale, 9)

    def restored(self, predicted: Floats) -> Floats:
        """Standard scores (n,) as values in the target's unit."""
        return predicted if self == AS_IT_IS else predicted * self.scale + self.centre


AS_IT_IS = TargetScale()


def target_scale(y: Floats) -> TargetScale:
    """The scale of a training target (n,); a constant one is only centred."""
    centre = float(np.mean(y))
    spread = float(np.sqrt(np.mean((y - centre) ** 2)))
    return TargetScale(centre, spread or 1.0)


class StandardisedRegressor(RegressorMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """A regressor that is fitted to the standard scores of the target and predicts in its unit.

    `regressor` is unfitted; after `fit`, `regressor_` is the fitted one, `centre_` and `scale_` the target's mean and
    standard deviation. As scikit-learn's `TransformedTargetRegressor`, but in float64 whatever the regressor returns.
    """

    def __init__(self, regressor: Any) -> None:
        self.regressor = regressor

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Fit a clone of the regressor to standard scores; raises what that raises."""
        target = np.asarray(y, dtype=np.float64)
        scale = target_scale(target)
        self.centre_, self.scale_ = scale.centre, scale.scale
        self.regressor_ = clone(self.regressor).fit(X, scale.standardised(target))
        return self

    def predict(self, X: ArrayLike) -> Floats:
        """Values (rows,) in the unit of the target."""
        check_is_fitted(self)
        predicted = np.asarray(self.regressor_.predict(X), dtype=np.float64)
        return TargetScale(self.centre_, self.scale_).restored(predicted)


def takes_standard_scores(model: Any) -> bool:
    """Whether a regressor may be fitted to standard scores: not one of positive numbers, or one that scales."""
    if isinstance(model, Pipeline):
        return takes_standard_scores(model[-1])
    if isinstance(model, TransformedTargetRegressor) or get_tags(model).target_tags.positive_only:
        return False
    values = model.get_params(deep=False)
    losses = {values.get(name) for name in ("loss", "criterion") if isinstance(values.get(name), str)}
    # The power of a Tweedie deviance: 1 is Poisson's, 2 is gamma's.
    return not losses & POSITIVE_LOSSES and not ("power" in values and "link" in values and values["power"] >= 1)

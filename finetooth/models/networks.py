"""Multilayer perceptrons whose learning rate follows a schedule: scikit-learn's networks, trained epoch by epoch."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, clone
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, column_or_1d

from finetooth.models.schedules import CONSTANT, DECAY, PERIOD, RESTARTS, rate


class _Scheduled(BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """What classifiers and regressors share.

    `network` is an unfitted network, whose `learning_rate_init` is the rate of the first epoch and whose `max_iter`
    bounds the epochs; the others are those of `finetooth.models.schedules`, whose rounds are epochs here. Training ends
    early when the training loss has not fallen by `tol` in `n_iter_no_change` epochs, as in scikit-learn; with
    restarts, after which the loss rises for a while, it does not. After `fit`, `network_` is the trained network.
    """

    def __init__(
        self, network: Any, schedule: str = CONSTANT, schedule_decay: float = DECAY, schedule_period: int = PERIOD
    ) -> None:
        self.network = network
        self.schedule = schedule
        self.schedule_decay = schedule_decay
        self.schedule_period = schedule_period

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Train from the beginning; raises `InputError` for a schedule that cannot be."""
        # Each call of partial_fit starts a generator anew from a number, but goes on with one that it is handed.
        network = clone(self.network).set_params(random_state=check_random_state(self.network.random_state))
        for epoch in range(network.max_iter):
            set_rate(network, self._rate(epoch))
            self._train(network, X, y)
            if self.schedule != RESTARTS and is_flat(network.loss_curve_, network.n_iter_no_change, network.tol):
                break
        self.network_ = network.set_params(random_state=self.network.random_state)
        self.n_iter_ = len(network.loss_curve_)
        self.n_features_in_ = network.n_features_in_
        return self

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True  # as the networks
        return tags

    def _rate(self, epoch: int) -> float | None:
        given = self.get_params(deep=False)
        return rate({"learning_rate": self.network.learning_rate_init, **given}, epoch)

    def _train(self, network: Any, X: ArrayLike, y: ArrayLike) -> None:
        network.partial_fit(X, y)

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Labels or values (rows,)."""
        check_is_fitted(self)
        return np.asarray(self.network_.predict(X))


class ScheduledRegressor(RegressorMixin, _Scheduled):  # type: ignore[misc]
    """A regressor whose learning rate follows a schedule."""


class ScheduledClassifier(ClassifierMixin, _Scheduled):  # type: ignore[misc]
    """A classifier whose learning rate follows a schedule."""

    @property
    def classes_(self) -> NDArray[Any]:
        """The labels, in the order of the probabilities."""
        return np.asarray(self.network_.classes_)

    def _train(self, network: Any, X: ArrayLike, y: ArrayLike) -> None:
        network.partial_fit(X, y, classes=np.unique(column_or_1d(y)))

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """Probabilities (rows, classes)."""
        check_is_fitted(self)
        return np.asarray(self.network_.predict_proba(X), float)


def with_schedule(network: MLPClassifier | MLPRegressor, schedule: str, **settings: Any) -> Any:
    """The network with a schedule, or as it is where its rate is constant.

    `settings` may hold `schedule_decay` and `schedule_period`.
    """
    if schedule == CONSTANT:
        return network
    kind = ScheduledClassifier if isinstance(network, MLPClassifier) else ScheduledRegressor
    return kind(network, schedule, **settings)


def set_rate(network: Any, new: float | None) -> None:
    """Set the learning rate of a network's next epoch; None leaves it, and before the first epoch it is a parameter."""
    optimizer = getattr(network, "_optimizer", None)
    if new is None or optimizer is None:
        return
    # Adam derives the rate of each step from the first of the two; plain gradient descent takes the second.
    optimizer.learning_rate_init = optimizer.learning_rate = new


def is_flat(losses: Sequence[float], wait: int, tol: float) -> bool:
    """Whether the least of `losses` (epochs,) has not fallen by `tol` in the last `wait` epochs."""
    return len(losses) > wait and min(losses[:-wait]) - min(losses) < tol

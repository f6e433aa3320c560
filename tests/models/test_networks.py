"""Networks whose learning rate follows a schedule: the rate of each epoch, when training ends, and what is kept."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.utils.estimator_checks import parametrize_with_checks

from finetooth.errors import InputError
from finetooth.models import networks
from finetooth.models.networks import ScheduledClassifier, ScheduledRegressor, is_flat
from finetooth.spaces.mlp import mlp_classifier, mlp_regressor

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(60, 3)).astype(np.float32)
Y = {"classifier": (X[:, 0] > 0).astype(int), "regressor": X[:, 0].astype(float)}
SMALL = {"width_1": 4, "random_state": 3, "batch_size": 20}
FALLING = {"schedule_decay": 0.25, "schedule_period": 2}


def rates(monkeypatch, made, y, name):
    """The rate by which the optimizer steps, in each epoch of a fit but the first."""
    seen = []

    def spy(network, new, real=networks.set_rate):
        real(network, new)
        if hasattr(network, "_optimizer"):  # the first epoch makes it
            seen.append(getattr(network._optimizer, name))

    monkeypatch.setattr(networks, "set_rate", spy)
    made.fit(X, y)
    return seen


@pytest.mark.parametrize(("solver", "name"), [("adam", "learning_rate_init"), ("sgd", "learning_rate")])
def test_each_epoch_is_trained_at_the_rate_of_its_schedule(monkeypatch, solver, name):
    made = mlp_classifier(
        schedule="step", **FALLING, **SMALL, solver=solver, max_iter=5, learning_rate_init=0.4, n_iter_no_change=9
    )
    assert rates(monkeypatch, made, Y["classifier"], name) == pytest.approx([0.4, 0.1, 0.1, 0.025])


def test_a_rate_of_nearly_nothing_leaves_the_network_where_it_was():
    still = {"schedule": "step", "schedule_decay": 1e-12, "schedule_period": 3, "n_iter_no_change": 99}
    short, long = (
        mlp_regressor(**SMALL, **still, max_iter=epochs).fit(X, Y["regressor"]).predict(X) for epochs in (3, 12)
    )
    assert long == pytest.approx(short, abs=1e-6)
    moved = mlp_regressor(**SMALL, **still | {"schedule_decay": 1.0}, max_iter=12).fit(X, Y["regressor"]).predict(X)
    assert np.abs(moved - short).max() > 0.001


def test_epochs_meet_the_rows_in_new_orders(monkeypatch):
    # One number given to each epoch would shuffle all of them alike.
    orders = []
    real = MLPRegressor._backprop

    def spy(self, batch, *rest):
        orders.append(batch[:, 0].tolist())
        return real(self, batch, *rest)

    monkeypatch.setattr(MLPRegressor, "_backprop", spy)
    mlp_regressor(schedule="cosine", **SMALL, max_iter=3).fit(X, Y["regressor"])
    epochs = [orders[first : first + 3] for first in range(0, len(orders), 3)]
    assert len(epochs) == 3
    assert epochs[0] != epochs[1] != epochs[2]


def test_a_constant_rate_is_scikit_learns_own_network():
    assert type(mlp_classifier(**SMALL)) is MLPClassifier
    assert type(mlp_regressor(schedule="constant", schedule_period=5, **SMALL)) is MLPRegressor


@pytest.mark.parametrize("build", [mlp_classifier, mlp_regressor])
def test_a_seed_gives_the_same_network_each_time_and_a_fit_leaves_the_parameters_alone(build):
    y = Y["classifier" if build is mlp_classifier else "regressor"]
    made = build(schedule="restarts", **FALLING, **SMALL, max_iter=6)
    before = {name: repr(value) for name, value in made.get_params().items()}
    first = made.fit(X, y).predict(X)
    again = made.fit(X, y).predict(X)
    copied = clone(made).fit(X, y)
    assert {name: repr(value) for name, value in made.get_params().items()} == before
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(first, copied.predict(X))
    assert copied.network_.random_state == 3
    other = clone(made).set_params(network__random_state=4).fit(X, y)
    assert not np.array_equal(other.network_.coefs_[0], copied.network_.coefs_[0])


def test_training_ends_when_the_loss_is_flat_but_not_between_restarts():
    assert not is_flat([1.0, 0.5], 2, 0.1)
    assert not is_flat([1.0, 0.5, 0.6, 0.39], 2, 0.1)
    assert is_flat([1.0, 0.5, 0.6, 0.45], 2, 0.1)
    quick = {"tol": 10.0, "n_iter_no_change": 2, "max_iter": 7, **FALLING, **SMALL}
    ends = [mlp_regressor(schedule=s, **quick).fit(X, Y["regressor"]).n_iter_ for s in ("cosine", "restarts")]
    assert ends == [3, 7]


def test_a_schedule_that_cannot_be_is_refused():
    with pytest.raises(InputError, match="Did you mean 'cosine'"):
        mlp_classifier(schedule="cosin", **SMALL).fit(X, Y["classifier"])


@parametrize_with_checks(
    [
        ScheduledClassifier(
            MLPClassifier(hidden_layer_sizes=(50,), max_iter=20, learning_rate_init=0.02, random_state=0), "cosine"
        ),
        ScheduledRegressor(
            MLPRegressor(hidden_layer_sizes=(50,), max_iter=20, learning_rate_init=0.02, random_state=0), "step"
        ),
    ]
)
@pytest.mark.filterwarnings("ignore")
def test_scikit_learns_own_checks_pass(estimator, check):
    check(estimator)

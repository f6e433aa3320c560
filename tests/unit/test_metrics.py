"""Metrics: what the field means by them, larger is better inside, and one line for what does not fit."""

import numpy as np
import pytest
from sklearn import metrics as sk

from finetooth.config.tune import MetricName as Named
from finetooth.errors import InputError
from finetooth.metrics import DEFAULTS, METRICS, metric

RNG = np.random.default_rng(0)
Y = np.repeat([0.0, 1.0], 20)
P = np.clip(0.3 * Y + RNG.random(40) * 0.7, 0, 1)
Y3 = np.tile([0.0, 1.0, 2.0], 10)
P3 = RNG.dirichlet([1, 1, 1], 30)
Y1 = RNG.normal(size=30)
P1 = Y1 + RNG.normal(size=30)
BINARY = "roc_auc, average_precision, log_loss, brier, accuracy, balanced_accuracy, f1"
GUESS, GUESS3 = P >= 0.5, P3.argmax(axis=1)


@pytest.mark.parametrize(
    ("name", "y", "predicted", "expected"),
    [
        ("roc_auc", Y, P, sk.roc_auc_score(Y, P)),
        ("average_precision", Y, P, sk.average_precision_score(Y, P)),
        ("log_loss", Y, P, sk.log_loss(Y, P)),
        ("log_loss", Y3, P3, sk.log_loss(Y3, P3)),
        ("brier", Y, P, ((P - Y) ** 2).mean()),
        ("accuracy", Y, P, (GUESS == Y).mean()),
        ("accuracy", Y3, P3, (GUESS3 == Y3).mean()),
        ("balanced_accuracy", Y3, P3, sk.balanced_accuracy_score(Y3, GUESS3)),
        ("f1", Y, P, sk.f1_score(Y, GUESS)),
        ("f1", Y3, P3, sk.f1_score(Y3, GUESS3, average="macro")),
        ("roc_auc_ovr", Y3, P3, sk.roc_auc_score(Y3, P3, multi_class="ovr")),
        ("rmse", Y1, P1, ((P1 - Y1) ** 2).mean() ** 0.5),
        ("mae", Y1, P1, abs(P1 - Y1).mean()),
        ("r2", Y1, P1, sk.r2_score(Y1, P1)),
    ],
)
def test_a_metric_is_what_the_field_means_and_larger_is_better_inside(name, y, predicted, expected):
    found = METRICS[name]
    assert found.natural(y, predicted) == pytest.approx(expected)
    assert found.score(y, predicted) == pytest.approx(expected if found.greater_is_better else -expected)


def test_every_metric_prefers_the_truth():
    truths = {"binary": (Y, Y), "multiclass": (Y3, np.eye(3)[Y3.astype(int)]), "regression": (Y1, Y1)}
    worse = {"binary": P, "multiclass": P3, "regression": P1}
    for found in METRICS.values():
        for kind in found.kinds:
            y, perfect = truths[kind]
            assert found.score(y, perfect) > found.score(y, worse[kind])


def test_single_precision_probabilities_that_miss_a_sum_of_one_are_scored():
    shares = P3.astype(np.float32).astype(float) * 1.00001
    assert METRICS["log_loss"].natural(Y3, shares) == pytest.approx(sk.log_loss(Y3, P3), rel=1e-4)


def test_a_class_that_the_rows_lack_does_not_stop_a_loss():
    assert METRICS["log_loss"].natural(np.array([0.0, 1.0]), P3[:2]) > 0


def test_every_task_has_a_usual_metric_that_fits_and_a_curve():
    for kind, name in DEFAULTS.items():
        assert metric(None, kind) is METRICS[name]
    for found in METRICS.values():
        assert set(found.kinds) <= set(found.curve)


def test_the_form_offers_every_metric():
    assert {named.value for named in Named} == {"auto", *METRICS}


def test_the_least_gain_is_a_number_for_bounded_scores_and_a_share_for_losses():
    assert metric("roc_auc", "binary").min_gain(0.9) == 0.002
    assert metric("rmse", "regression").min_gain(200.0) == 1.0


@pytest.mark.parametrize(
    ("name", "kind", "said"),
    [
        ("roc_acu", "binary", "metric 'roc_acu' must exist in the list of metrics; it has: roc_auc, "),
        (
            "rmse",
            "binary",
            f"the metric must fit a binary target; got 'rmse', which is for regression targets; choose one of: {BINARY}.",
        ),
    ],
)
def test_a_metric_that_does_not_fit_gives_one_line(name, kind, said):
    with pytest.raises(InputError) as caught:
        metric(name, kind)
    assert str(caught.value).startswith(said)

"""The metrics under weights equal those of scikit-learn, and with weights of one those that are tuned for."""

import warnings

import numpy as np
import pytest
from sklearn import metrics as sk

from finetooth.metrics import METRICS
from finetooth.verdict.weighted_metrics import weighted_scores


def hard(p):
    return (p >= 0.5).astype(float) if p.ndim == 1 else p.argmax(axis=1).astype(float)


REFERENCE = {
    "roc_auc": sk.roc_auc_score,
    "average_precision": sk.average_precision_score,
    "log_loss": lambda y, p, sample_weight: sk.log_loss(
        y, p, labels=np.arange(2 if p.ndim == 1 else p.shape[1]), sample_weight=sample_weight
    ),
    "brier": sk.brier_score_loss,
    "accuracy": lambda y, p, sample_weight: sk.accuracy_score(y, hard(p), sample_weight=sample_weight),
    "balanced_accuracy": lambda y, p, sample_weight: sk.balanced_accuracy_score(
        y, hard(p), sample_weight=sample_weight
    ),
    "f1": lambda y, p, sample_weight: sk.f1_score(
        y, hard(p), sample_weight=sample_weight, average="binary" if p.ndim == 1 else "macro"
    ),
    "roc_auc_ovr": lambda y, p, sample_weight: sk.roc_auc_score(y, p, sample_weight=sample_weight, multi_class="ovr"),
    "rmse": sk.root_mean_squared_error,
    "mae": sk.mean_absolute_error,
    "r2": sk.r2_score,
}
CASES = [(m.name, kind) for m in METRICS.values() for kind in m.kinds]


def table(kind, rows, rng, *, ties):
    """A target and predictions; with ties, only a few distinct values are predicted."""
    if kind == "regression":
        y = 1e4 + rng.normal(size=rows)
        p = y + rng.normal(size=rows)
        return y, np.round(p, 0) if ties else p
    if kind == "binary":
        y = np.r_[0.0, 1.0, rng.integers(0, 2, rows - 2)]
        p = np.clip(0.3 * y + 0.7 * rng.random(rows), 0, 1)
        return y, np.round(p, 1) if ties else p
    y = np.r_[0.0, 1.0, 2.0, rng.integers(0, 3, rows - 3)]
    p = rng.integers(1, 4, (rows, 3)).astype(float) if ties else rng.random((rows, 3))
    p[np.arange(rows), y.astype(int)] += 1
    return y, p / p.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize(("name", "kind"), CASES)
def test_weighted_scores_equal_those_of_scikit_learn(name, kind, ties):
    rng = np.random.default_rng(hash_free(name, kind, ties))
    for rows in (7, 40, 200):
        y, p = table(kind, rows, rng, ties=ties)
        weights = np.vstack([np.ones(rows), rng.random((4, rows)), rng.integers(0, 4, (4, rows))])
        weights[:, :3] += 1  # every class keeps some weight
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            expected = [REFERENCE[name](y, p, sample_weight=w) for w in weights]
        np.testing.assert_allclose(weighted_scores(METRICS[name], y, p, weights), expected, rtol=1e-9, atol=1e-9)


def hash_free(*parts):
    return sum(map(ord, "".join(map(str, parts))))


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_unit_weights_give_the_metric_that_is_tuned_for(name, kind):
    y, p = table(kind, 60, np.random.default_rng(3), ties=True)
    found = weighted_scores(METRICS[name], y, p, np.ones((1, 60)))
    np.testing.assert_allclose(found, [METRICS[name].natural(y, p)], rtol=1e-9)


@pytest.mark.parametrize("name", ["roc_auc", "average_precision"])
def test_a_draw_without_positives_has_no_score(name):
    y = np.array([0.0, 0.0, 1.0, 1.0])
    found = weighted_scores(METRICS[name], y, np.array([0.1, 0.9, 0.4, 0.6]), np.array([[1.0, 1, 0, 0], [1, 1, 1, 1]]))
    assert np.isnan(found).tolist() == [True, False]


def test_a_class_without_weight_is_left_out_of_balanced_accuracy_as_in_scikit_learn():
    y, p = np.array([0.0, 0.0, 1.0, 2.0]), np.eye(3)[[0, 1, 1, 2]]
    found = weighted_scores(METRICS["balanced_accuracy"], y, p, np.array([[1.0, 1, 1, 0]]))
    assert found.tolist() == [0.75]


def test_certain_and_wrong_float32_probabilities_stay_finite_as_in_scikit_learn():
    y, p = np.array([1.0, 0.0, 1.0]), np.array([0.0, 1.0, 0.5], dtype=np.float32)
    expected = sk.log_loss(y, p, labels=[0, 1])
    assert weighted_scores(METRICS["log_loss"], y, p, np.ones((1, 3)))[0] == pytest.approx(expected, rel=1e-6)

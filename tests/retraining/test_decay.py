"""Whether the champion still does as well as when it was promoted."""

import numpy as np
import pytest

from finetooth.data.store import open_development
from finetooth.metrics import METRICS
from finetooth.retraining.challenge import fit_challenger
from finetooth.retraining.decay import Decay, decay_of

STRONG = {"learning_rate": 0.3, "max_depth": 3, "n_estimators": 20}


def test_decay_is_the_loss_on_new_rows(tables, study):
    model = fit_challenger(study(), STRONG, 0)
    development = open_development(tables["binary"].data)
    X, y = np.asarray(development.X), np.asarray(development.y)
    metric = METRICS["roc_auc"]
    assert not decay_of(metric, model, X, y, 0.9, 0.0, 0).significant
    broken = decay_of(metric, model, X, 1 - y, 0.9, 0.0, 0)
    assert broken.significant
    assert broken.now == pytest.approx(1 - metric.natural(y, model.scores(X)))


def test_decay_needs_more_than_noise():
    assert not Decay("roc_auc", 0.9, 0.885, 0.01, 0.002).significant
    assert Decay("roc_auc", 0.9, 0.87, 0.01, 0.002).significant
    assert Decay("rmse", 1.0, 1.3, 0.1, 0.005).significant  # a loss grows
    assert not Decay("rmse", 1.0, 0.7, 0.1, 0.005).significant

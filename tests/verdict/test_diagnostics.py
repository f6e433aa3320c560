from dataclasses import asdict

import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

from finetooth.details import Calibration, CalibrationBin, StageScores
from finetooth.metrics import METRICS
from finetooth.verdict.bootstrap import two_way
from finetooth.verdict.diagnostics import by_slice, calibration, score_error, stage_scores
from finetooth.verdict.evidence import overtuning

AUC = METRICS["roc_auc"]


def test_each_stage_is_compared_with_the_search():
    search, fresh = np.array([0.90, 0.92]), np.array([0.88, 0.90])
    scores = stage_scores(np.array([0.97, 0.99]), search, fresh, 0.85, 0.01)
    folds = 0.01  # the standard error of two folds that differ by .02
    expected = StageScores(0.98, 0.91, 0.89, 0.85, 0.09, 0.02, np.hypot(folds, folds), 0.06, np.hypot(folds, 0.01))
    assert asdict(scores) == pytest.approx(asdict(expected))
    (finding,) = overtuning(AUC, scores)
    assert finding.message.count("standard errors") == 1
    assert "the sealed rows gave 0.85 (0.06 worse, 4.2 standard errors)" in finding.message


def test_the_standard_error_of_a_mean_loss_is_the_textbook_one():
    rng = np.random.default_rng(0)
    y = rng.normal(size=400)
    p = y + rng.normal(size=400)
    found = score_error(METRICS["mae"], y, p, draws=1000, rng=rng)
    assert found == pytest.approx(np.abs(y - p).std() / 20, rel=0.1)


def test_the_standard_error_of_groups_is_that_of_their_means():
    """100 groups of 20 rows with one error each: the error of 100 values, not of 2,000."""
    rng = np.random.default_rng(0)
    group = np.repeat(np.arange(100), 20)
    error = 3 + rng.normal(size=100)[group]
    found = score_error(METRICS["mae"], np.zeros(2000), error, blocks=group, draws=1000, rng=rng)
    assert found == pytest.approx(error[::20].std() / 10, rel=0.1)
    in_time = score_error(METRICS["mae"], np.zeros(2000), error, time=np.arange(2000.0), draws=1000, rng=rng)
    assert in_time == pytest.approx(found, rel=0.4)
    once = score_error(METRICS["mae"], np.zeros(2000), error, time=np.zeros(2000), draws=1000, rng=rng)
    assert np.isnan(once)


def test_the_calibration_curve_is_that_of_scikit_learn():
    rng = np.random.default_rng(0)
    p = rng.random(1000)
    y = (rng.random(1000) < p**2).astype(float)
    found = calibration(y, p)
    observed, predicted = calibration_curve(y, p, n_bins=10, strategy="quantile")
    assert [b.observed for b in found.curve] == pytest.approx(observed)
    assert [b.predicted for b in found.curve] == pytest.approx(predicted)
    assert found.brier == pytest.approx(brier_score_loss(y, p))
    assert found.expected_error == pytest.approx(np.abs(observed - predicted).mean())
    assert found.expected_error > 0.1


def test_equal_probabilities_share_a_bin():
    found = calibration(np.array([0.0, 1.0, 1.0, 1.0]), np.array([0.5, 0.5, 0.5, 1.0]))
    bins = (CalibrationBin(0.5, pytest.approx(2 / 3), 3), CalibrationBin(1.0, 1.0, 1))
    assert found == Calibration(pytest.approx(3 / 16), pytest.approx(0.125), bins)


def test_several_classes_are_judged_by_the_most_probable_one():
    p = np.array([[0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8], [0.8, 0.1, 0.1], [0.8, 0.1, 0.1]])
    found = calibration(np.array([0.0, 1.0, 2.0, 0.0, 1.0]), p)
    assert found.curve == (CalibrationBin(pytest.approx(0.8), 0.8, 5),)
    assert found.expected_error == pytest.approx(0)


def scored(rows=900):
    rng = np.random.default_rng(0)
    y = (rng.random(rows) < 0.5).astype(float)
    return y, y + rng.normal(size=(2, rows)), 0.3 * y + rng.normal(size=(2, rows))


def test_slices_with_enough_rows_of_each_class_get_an_interval_and_the_rest_are_counted():
    y, tuned, default = scored()
    region = np.repeat(["south", "north", "island"], [300, 550, 50])
    found = by_slice(AUC, y, tuned, default, {"region": region, "class": y}, draws=200, rng=np.random.default_rng(1))
    assert [(s.column, s.value, s.rows) for s in found.scored] == [("region", "north", 550), ("region", "south", 300)]
    assert found.left_out == 3  # the island is too small, and each class alone has no AUC
    north = region == "north"
    alone = two_way(AUC, y[north], tuned[:, north], default[:, north], draws=200, rng=np.random.default_rng(1))
    assert found.scored[0].interval == alone
    assert found.scored[0].tuned - found.scored[0].default == pytest.approx(alone.difference)


def test_slices_keep_blocks_together():
    y, tuned, default = scored()
    blocks = np.arange(900) // 30
    part = {"all": np.zeros(900)}
    found = by_slice(AUC, y, tuned, default, part, blocks=blocks, draws=200, rng=np.random.default_rng(1))
    assert found.scored[0].interval.units == 30

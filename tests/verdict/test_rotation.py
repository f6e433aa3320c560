"""The interval over outer folds: the mean of their gains, and as wide as rows, seeds and searches make it."""

import numpy as np
import pytest

from finetooth.errors import InputError
from finetooth.metrics import METRICS
from finetooth.verdict.bootstrap import two_way
from finetooth.verdict.rotation import rotated

MAE = METRICS["mae"]


def predictions(gains, rows=60, noise=0.0, seed=0):
    """Rows in folds of one size whose absolute errors are 1 by default, and less by the fold's gain when tuned."""
    rng = np.random.default_rng(seed)
    folds = np.repeat(np.arange(len(gains)), rows)
    y = np.zeros(len(folds))
    default = np.ones(len(folds))
    tuned = default - np.array(gains)[folds] + noise * rng.normal(size=len(folds))
    return y, tuned[None], default[None], folds


def interval(y, tuned, default, folds, metric=MAE, **more):
    return rotated(metric, y, tuned, default, folds, rng=np.random.default_rng(1), draws=2_000, **more)


def test_folds_that_all_gain_the_same_leave_nothing_open():
    found = interval(*predictions([0.25, 0.25, 0.25]))
    assert (found.difference, found.low, found.high, found.support) == (0.25, 0.25, 0.25, 1.0)
    assert (found.rows, found.units, found.seeds) == (180, 180, 1)


def test_folds_without_a_spread_of_their_searches_are_as_sure_as_one_holdout_of_all_rows():
    """Rotation is for the power of all rows: only what searches add may widen the interval."""
    given = predictions([0.1] * 5, noise=0.5)
    found = interval(*given)
    pooled = two_way(MAE, *given[:3], rng=np.random.default_rng(1))
    assert found.difference == pytest.approx(pooled.difference)
    assert found.high - found.low == pytest.approx(pooled.high - pooled.low, rel=0.1)


def test_searches_that_differ_widen_the_interval_by_their_variance():
    """Gains of .5 and -.5 by turns are no proof of a gain, however many rows each fold has."""
    found = interval(*predictions([0.6, -0.4, 0.6, -0.4, 0.6], rows=400, noise=0.1))
    assert found.low < 0 < found.difference < found.high
    # Student's quantile for four degrees of freedom; two of five folds share three quarters of their training rows.
    reach = 2.776 * np.std([0.6, -0.4, 0.6, -0.4, 0.6], ddof=1) * np.sqrt(0.2 + 0.75 * 0.8)
    assert (found.high - found.low) / 2 == pytest.approx(reach, rel=0.15)


def test_scores_are_averaged_over_folds_and_not_pooled():
    """Each fold's AUC is of one model; scores of different models have no common order."""
    y = np.tile([0.0, 1.0], 40)
    folds = np.repeat([0, 1], 40)
    tuned = (y + np.where(folds == 0, 0.0, 10.0))[None]
    found = interval(y, tuned, (1 - y)[None], folds, METRICS["roc_auc"])
    assert found.difference == 1.0


def test_seeds_are_resampled_within_each_fold():
    y, tuned, default, folds = predictions([0.1] * 4)
    spread = np.stack([tuned[0] - 0.2, tuned[0] + 0.2])
    found = interval(y, spread, np.repeat(default, 2, axis=0), folds)
    assert found.seed_sd == pytest.approx(0.2 * np.sqrt(2))
    assert found.low < found.difference < found.high


def test_a_fold_without_a_score_is_named_in_one_line():
    y, tuned, default, folds = np.zeros(40), np.zeros((1, 40)), np.zeros((1, 40)), np.repeat([0, 1], 20)
    y[:20] = np.tile([0, 1], 10)
    with pytest.raises(
        InputError, match=r"each outer fold must have a score of AUC in its resamples; one with 20 sealed rows"
    ):
        interval(y, tuned, default, folds, METRICS["roc_auc"])


def test_the_same_generator_gives_the_same_interval():
    given = predictions([0.1, 0.3, 0.2], noise=0.5)
    assert interval(*given) == interval(*given)

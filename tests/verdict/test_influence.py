"""Influence values against what leaving a little weight out does, and the standard errors that follow."""

import numpy as np
import pytest

from finetooth.metrics import METRICS
from finetooth.verdict.influence import gain_scorer, influence, moments
from finetooth.verdict.studentised import studentised


def predictions(metric, rows=120, seed=0):
    """A target and what two models with two seeds each predict."""
    rng = np.random.default_rng(seed)
    if "regression" in metric.kinds:
        y, of_seed = 3 + rng.normal(size=rows), 0.05 * rng.normal(size=(2, 2, rows))
        return y, y + rng.normal(size=rows) + of_seed[0], y + 1.5 * rng.normal(size=rows) + of_seed[1]
    if "binary" not in metric.kinds:
        y, p = rng.integers(0, 3, rows).astype(float), rng.dirichlet(np.ones(3), size=(2, 2, rows))
        return y, p[0], p[1]
    y = (rng.random(rows) < 0.3).astype(float)
    return y, *np.clip(0.3 * y + 0.7 * rng.random((2, 2, rows)), 0.01, 0.99)


@pytest.mark.parametrize("name", sorted(METRICS))
def test_the_influence_of_a_cell_is_what_a_little_more_of_it_does(name):
    """In closed form and numerically: one more unit of weight on a cell, a thousandth at a time."""
    metric = METRICS[name]
    y, tuned, default = predictions(metric)
    cell = np.arange(120) % 12
    found = influence(metric, y, tuned, default, cell)
    gains = gain_scorer(metric, y, tuned, default)
    up, down = (np.array([gains(1 + step * (cell == c)[None]).mean() for c in range(12)]) for step in (1e-4, -1e-4))
    assert found == pytest.approx((up - down) / 2e-4, abs=2e-3 * np.abs(found).max())
    assert found.sum() == pytest.approx(0, abs=1e-6)


def test_without_a_default_it_is_the_influence_on_a_score():
    y, tuned, _ = predictions(METRICS["mae"])
    losses = -np.abs(y - tuned).mean(axis=0)
    found = influence(METRICS["mae"], y, tuned, None)
    assert found == pytest.approx((losses - losses.mean()) / 120)


def test_scores_of_pairs_have_no_moments_and_means_of_losses_do():
    by_kind = {name: moments(METRICS[name], *predictions(METRICS[name])) is not None for name in METRICS}
    assert [name for name, known in by_kind.items() if known] == ["log_loss", "brier", "accuracy", "rmse", "mae", "r2"]


@pytest.mark.parametrize("name", ["log_loss", "rmse", "mae", "r2"])
def test_the_standard_error_of_a_gain_is_the_spread_of_its_bootstrap(name):
    metric = METRICS[name]
    y, tuned, default = predictions(metric, rows=400)
    found = studentised(metric, y, tuned[:1], default[:1], None)
    weights = np.random.default_rng(1).multinomial(400, np.full(400, 1 / 400), size=2000).astype(float)
    drawn = gain_scorer(metric, y, tuned[:1], default[:1])(weights)[:, 0]
    assert found.gain == pytest.approx(metric.score(y, tuned[0]) - metric.score(y, default[0]))
    assert found.error == pytest.approx(drawn.std(), rel=0.1)
    assert found.statistics(weights).std() == pytest.approx(1, rel=0.15)


def test_the_standard_error_of_groups_is_that_of_their_sums():
    y, tuned, default = predictions(METRICS["mae"])
    code = np.arange(120) // 10
    found = studentised(METRICS["mae"], y, tuned, default, code)
    gain = (np.abs(y - default) - np.abs(y - tuned)).mean(axis=0)
    sums = np.bincount(code, gain - gain.mean())
    assert found.error == pytest.approx(np.sqrt((sums**2).sum()) / 120)

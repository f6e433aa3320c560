import warnings

import numpy as np
import pytest
from sklearn import metrics as sk

from finetooth.errors import InputError
from finetooth.metrics import METRICS
from finetooth.verdict import bootstrap
from finetooth.verdict.bootstrap import Interval, check_holdout, two_way, weighted_scores


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


def pair(rows=300, seeds=4, gain=0.5, seed=0):
    rng = np.random.default_rng(seed)
    y = (rng.random(rows) < 0.4).astype(float)
    return y, y * (1 + gain) + rng.normal(size=(seeds, rows)), y + rng.normal(size=(seeds, rows))


def test_the_difference_is_the_mean_gain_over_seeds_and_the_interval_holds_it():
    y, tuned, default = pair()
    auc = METRICS["roc_auc"]
    found = two_way(auc, y, tuned, default, draws=500, rng=np.random.default_rng(1))
    gains = [auc.score(y, t) - auc.score(y, d) for t, d in zip(tuned, default, strict=True)]
    assert found.difference == pytest.approx(np.mean(gains), abs=1e-12)
    assert found.seed_sd == pytest.approx(np.std(gains, ddof=1))
    assert found.low < found.difference < found.high
    assert (found.seeds, found.rows, found.units, found.draws) == (4, 300, 300, 500)


def test_a_lower_loss_is_a_gain():
    rng = np.random.default_rng(0)
    y = rng.normal(size=100)
    found = two_way(METRICS["rmse"], y, y + 0.1 * rng.normal(size=(2, 100)), y + rng.normal(size=(2, 100)), rng=rng)
    assert found.low > 0
    assert found.support == 1.0


def test_the_same_model_twice_gives_exactly_zero():
    y, tuned, _ = pair()
    found = two_way(METRICS["roc_auc"], y, tuned, tuned, draws=200, rng=np.random.default_rng(0))
    assert found == Interval(0.0, 0.0, 0.0, 0.0, 200, 0, 0.0, 0.0, 4, 300, 300)


def test_the_interval_depends_on_the_seed_alone_and_not_on_the_size_of_a_chunk(monkeypatch):
    y, tuned, default = pair()
    auc = METRICS["roc_auc"]
    first = two_way(auc, y, tuned, default, draws=300, rng=np.random.default_rng(1))
    assert two_way(auc, y, tuned, default, draws=300, rng=np.random.default_rng(1)) == first
    assert two_way(auc, y, tuned, default, draws=300, rng=np.random.default_rng(2)) != first
    monkeypatch.setattr(bootstrap, "CELLS", 900)
    small = two_way(auc, y, tuned, default, draws=300, rng=np.random.default_rng(1))
    assert (small.low, small.high) == pytest.approx((first.low, first.high), abs=0.03)


def test_whole_blocks_are_resampled():
    """Rows that repeat within a block bring no information: blocks must give a wider interval than rows."""
    y, tuned, default = pair(rows=40, seeds=1)
    repeated = [np.repeat(a, 10, axis=-1) for a in (y, tuned, default)]
    blocks = np.repeat(np.arange(40), 10)
    auc = METRICS["roc_auc"]
    by_row = two_way(auc, *repeated, draws=1000, rng=np.random.default_rng(0))
    by_block = two_way(auc, *repeated, blocks=blocks, draws=1000, rng=np.random.default_rng(0))
    plain = two_way(auc, y, tuned, default, draws=1000, rng=np.random.default_rng(0))
    assert by_block.units == 40
    assert by_block.high - by_block.low > 1.5 * (by_row.high - by_row.low)
    assert (by_block.low, by_block.high) == pytest.approx((plain.low, plain.high), abs=0.03)


def test_the_spread_over_seeds_widens_the_interval():
    """An interval over rows alone would miss that another seed gives another model."""
    y, tuned, default = pair(rows=2000, seeds=1)
    same = two_way(METRICS["roc_auc"], y, tuned[[0] * 5], default[[0] * 5], rng=np.random.default_rng(0))
    shifted = tuned[[0] * 5] + np.linspace(-1, 1, 5)[:, None] * y
    varied = two_way(METRICS["roc_auc"], y, shifted, default[[0] * 5], rng=np.random.default_rng(0))
    assert varied.high - varied.low > 2 * (same.high - same.low)
    assert same.seed_share == pytest.approx(0, abs=1e-12)
    assert varied.seed_share > 0.3


def test_a_gain_that_hangs_on_a_few_seeds_has_the_wide_tails_of_a_few_seeds():
    rows = np.random.default_rng(0).normal(0, 0.01, (4000, 1))
    shared = np.repeat(rows, 5, axis=1)  # all seeds meet the rows alike
    calm = bootstrap._freedom(0.0, shared, float(rows.var()), 1000)
    restless = bootstrap._freedom(1.0, shared, 0.2, 1000)
    assert calm == pytest.approx(999)
    assert restless == pytest.approx(4, abs=0.1)
    assert bootstrap._percentiles(0.95, 1000, calm)[0] == pytest.approx(0.0248, abs=3e-4)
    assert bootstrap._percentiles(0.95, 1000, restless)[0] < 0.004


def test_draws_without_a_class_are_drawn_again_and_counted():
    rng = np.random.default_rng(0)
    y = np.r_[np.ones(5), np.zeros(35)]
    found = two_way(METRICS["roc_auc"], y, rng.random((2, 40)), rng.random((2, 40)), draws=2000, rng=rng)
    assert found.redrawn > 0
    assert found.draws == 2000
    assert all(map(np.isfinite, (found.low, found.high, found.support)))


def test_a_higher_level_widens_the_interval():
    y, tuned, default = pair()
    wide = two_way(METRICS["roc_auc"], y, tuned, default, rng=np.random.default_rng(0), level=0.99)
    usual = two_way(METRICS["roc_auc"], y, tuned, default, rng=np.random.default_rng(0))
    assert wide.low < usual.low < usual.high < wide.high


@pytest.mark.parametrize(
    ("y", "blocks", "words"),
    [
        (np.r_[np.zeros(9), np.ones(9)], None, "at least 20 rows .* has 18"),
        (np.r_[np.zeros(98), np.ones(2)], None, r"at least 5 rows of each class for AUC \(about 250 rows\); it has 2"),
        (np.zeros(100), None, "it has 0 of another class in 100 rows"),
        (np.tile([0.0, 1.0], 30), np.repeat([0, 1, 2], 20), r"at least 5 groups .*\(about 100 rows\); it has 3"),
    ],
)
def test_a_holdout_that_is_too_small_says_how_many_rows_are_needed(y, blocks, words):
    with pytest.raises(InputError, match=words):
        check_holdout(METRICS["roc_auc"], y, blocks)
    with pytest.raises(InputError, match=words):
        two_way(METRICS["roc_auc"], y, y[None], y[None], blocks=blocks, rng=np.random.default_rng(0))


def test_losses_of_rows_need_no_rare_class():
    check_holdout(METRICS["log_loss"], np.r_[np.zeros(98), np.ones(2)])


def test_a_class_in_too_few_groups_ends_instead_of_looping():
    y = np.zeros(2000)
    y[:10] = 1  # all in one of 400 groups of one class each
    y[10:] = np.arange(1990) % 40 + 2
    blocks = np.where(y == 1, 0, y).astype(int)
    p = np.full((1, 2000, 42), 1 / 42)
    with pytest.raises(InputError, match="several groups"):
        two_way(METRICS["balanced_accuracy"], y, p, p, blocks=blocks, draws=50, rng=np.random.default_rng(0))


def test_shapes_that_do_not_pair_are_refused():
    y, tuned, default = pair()
    with pytest.raises(ValueError, match="must be"):
        two_way(METRICS["roc_auc"], y, tuned, default[:2], rng=np.random.default_rng(0))

import numpy as np
import pytest

from finetooth.errors import InputError
from finetooth.metrics import METRICS
from finetooth.verdict import bootstrap
from finetooth.verdict.bootstrap import Interval, check_holdout, two_way
from finetooth.verdict.dependence import Units


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
    assert found == Interval(0.0, 0.0, 0.0, 0.0, 200, 0, 0.0, 0.0, 4, 300, 300, effective=300)


def test_the_same_loss_twice_gives_exactly_zero():
    """The bootstrap-t divides by a standard error that is zero here."""
    y, tuned, _ = pair()
    found = two_way(METRICS["rmse"], y, tuned, tuned, draws=200, rng=np.random.default_rng(0))
    assert (found.difference, found.low, found.high, found.heaviest_share) == (0, 0, 0, None)


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


def test_the_interval_is_that_of_one_fit_and_not_of_the_mean_over_seeds():
    """One of the fits ships: where seeds decide, the interval must reach to the best and the worst of them."""
    y = np.r_[np.zeros(500), np.ones(500)]
    base = np.random.default_rng(0).normal(size=1000) + y
    tuned = np.stack([base + shift * y for shift in (-0.4, -0.2, 0.0, 0.2, 0.4)])
    found = two_way(
        METRICS["roc_auc"], y, tuned, base[None].repeat(5, axis=0), draws=1000, rng=np.random.default_rng(1)
    )
    gains = [METRICS["roc_auc"].score(y, of_seed) - METRICS["roc_auc"].score(y, base) for of_seed in tuned]
    assert found.low < min(gains) < max(gains) < found.high


@pytest.mark.parametrize(("effective", "reach"), [(1e9, 1.95996), (5.0, 2.77645 * np.sqrt(5 / 4))])
def test_few_units_are_widened_by_students_quantile(effective, reach):
    """Drawing 5 of 5 units gives 4/5 of their variance, and a variance of 5 units is itself uncertain."""
    assert bootstrap._reach(0.95, effective) == pytest.approx(reach, rel=1e-4)


def test_the_ends_leave_their_share_of_draws_beyond_them():
    """Of 1,999 draws, the 2.5 % percentile is the fiftieth: (draws + 1) x .025."""
    drawn = np.random.default_rng(0).permutation(np.arange(1.0, 2000))
    assert bootstrap._ends(1000.0, drawn, Units(None, 10**9, 1e9), 0.95) == pytest.approx((50, 1950))


def test_ends_beyond_the_draws_are_stretched_from_those_that_can_be_read_off():
    drawn = np.random.default_rng(0).normal(size=20_000)
    low, high = bootstrap._ends(0.0, drawn, Units(None, 3, 3.0), 0.95)
    assert (low, high) == pytest.approx((-bootstrap._reach(0.95, 3.0), bootstrap._reach(0.95, 3.0)), rel=0.1)
    low, high = bootstrap._ends(0.0, drawn, Units(None, 10**9, 1e9, stretch=2.0), 0.95)
    assert (low, high) == pytest.approx((-3.92, 3.92), rel=0.03)


def test_few_large_losses_do_not_make_the_interval_short_on_the_flattering_side():
    """A model that is better on all rows but the largest looks better wherever the largest are rare."""
    covered = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        known = np.exp(0.5 * rng.normal(size=300))
        y = known * np.exp(rng.normal(size=300))
        centre = np.exp(0.5)
        guess = (centre + 1) / 2
        variance = (np.exp(1) - 1) * np.exp(1)
        gain = (np.sqrt(variance) - np.sqrt(variance + (centre - guess) ** 2)) * np.exp(0.25)
        found = two_way(METRICS["rmse"], y, guess * known[None], centre * known[None], draws=400, rng=rng)
        covered.append(found.low <= gain <= found.high)
    assert np.mean(covered) >= 0.9  # percentiles alone: .85


def test_the_row_that_decides_is_measured():
    rng = np.random.default_rng(0)
    y = np.r_[rng.normal(size=199), 60.0]
    tuned, default = np.zeros((2, 2, 200))
    tuned = tuned + 0.2
    assert two_way(METRICS["rmse"], y, tuned, default, draws=200, rng=rng).heaviest_share > 0.8
    assert two_way(METRICS["rmse"], y[:199], tuned[:, :199], default[:, :199], draws=200, rng=rng).heaviest_share < 0.2


def test_where_too_few_times_are_independent_there_is_no_interval_and_a_reason():
    """One row a day, and gains that last for weeks: 60 days are worth three."""
    rng = np.random.default_rng(0)
    gain = np.repeat(rng.normal(size=3), 20) + 0.1 * rng.normal(size=60)
    tuned, default = (10 + side * gain / 2 for side in (-1, 1))
    found = two_way(METRICS["mae"], np.zeros(60), tuned[None], default[None], time=np.arange(60.0), rng=rng)
    assert np.isnan([found.low, found.high, found.support]).all()
    assert found.difference == pytest.approx(gain.mean())
    assert found.reason.startswith("60 sealed times are worth ")
    assert (found.unit_name, found.draws, found.rows) == ("period", 0, 60)


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
        (
            np.tile([0.0, 1.0], 30),
            np.repeat([0, 1, 2], 20),
            r"at least 5 groups, different rows or times .*\(about 100 rows\); it has 3",
        ),
    ],
)
def test_a_holdout_that_is_too_small_says_how_many_rows_are_needed(y, blocks, words):
    with pytest.raises(InputError, match=words):
        check_holdout(METRICS["roc_auc"], y, blocks)
    with pytest.raises(InputError, match=words):
        two_way(METRICS["roc_auc"], y, y[None], y[None], blocks=blocks, rng=np.random.default_rng(0))


def test_losses_of_rows_need_no_rare_class():
    rng = np.random.default_rng(0)
    y = np.r_[np.zeros(98), np.ones(2)]
    tuned, default = 0.4 * y + rng.uniform(0, 0.1, (2, 1, 100))
    found = two_way(METRICS["log_loss"], y, tuned, default, draws=200, rng=rng)
    assert (found.rows, found.redrawn) == (100, 0)
    assert np.isfinite([found.difference, found.low, found.high]).all()
    with pytest.raises(InputError, match="at least 5 rows of each class for AUC"):
        check_holdout(METRICS["roc_auc"], y)


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

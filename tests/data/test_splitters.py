"""Which rows may meet: shares by class, units that are never torn, and time that never runs backwards."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from finetooth import seeds
from finetooth.data.splitters import Rows, deal, equal_rows, folds, holdout, subset
from finetooth.errors import InputError

SEEDS = range(12)


def plain(rows=200, positive=0.3, **changes):
    """Rows that are all different, of two classes."""
    y = (np.arange(rows) % 10 < 10 * positive).astype(float)
    return replace(Rows(y, np.arange(rows), classes=2), **changes)


def timed(rows=200, purge=0.0, **changes):
    """Rows in a random order of time, a few at each moment."""
    rng = np.random.default_rng(1)
    return plain(rows, time=rng.permutation(rows) // 3 * 1.0, purge=purge, **changes)


def clustered(units=40, **changes):
    """Units of one to nine rows; a unit's rows mostly share their class."""
    rng = np.random.default_rng(2)
    unit = np.repeat(np.arange(units), rng.integers(1, 10, units))
    y = (rng.random(len(unit)) < np.where(unit % 3 == 0, 0.9, 0.1)).astype(float)
    return replace(Rows(y, unit, classes=2, grouped=True), **changes)


def parts_of(pairs, rows):
    """Every split must be complete: its two sides are disjoint, sorted, and hold every row."""
    for train, test in pairs:
        assert sorted([*train, *test]) == list(range(rows))
        assert (np.diff(train) > 0).all()
        assert (np.diff(test) > 0).all()
    return pairs


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("rows", "positive"), [(200, 0.3), (203, 0.1), (57, 0.4)])
def test_both_sides_have_each_class_in_its_share(seed, rows, positive):
    told = plain(rows, positive)
    split = holdout(told, 0.2, seeds.stream(seed, "holdout"))
    pairs = folds(told, 5, seeds.stream(seed, "folds"))
    for _train, test in parts_of([split, *pairs], rows):
        for label in (0, 1):
            assert abs((told.y[test] == label).sum() - 0.2 * (told.y == label).sum()) <= 1


@pytest.mark.parametrize("seed", SEEDS)
def test_a_numeric_target_is_spread_evenly(seed):
    rng = np.random.default_rng(seed)
    y = rng.lognormal(size=300)
    stratified, loose = (Rows(y, np.arange(300), stratify=on) for on in (True, False))
    spread = [np.std([np.log(y[test]).mean() for _, test in folds(told, 5, rng)]) for told in (stratified, loose)]
    assert spread[0] < 0.04
    assert spread[0] < spread[1]


def test_without_strata_the_shares_of_rows_still_hold():
    for seed in SEEDS:
        _, test = holdout(plain(stratify=False), 0.2, seeds.stream(seed, "holdout"))
        assert abs(len(test) - 40) <= 1


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    "told", [clustered(), clustered(grouped=False), clustered(classes=0), clustered(stratify=False)]
)
def test_units_are_never_torn(seed, told):
    split = holdout(told, 0.25, seeds.stream(seed, "holdout"))
    for train, test in parts_of([split, *folds(told, 4, seeds.stream(seed, "folds"))], len(told.y)):
        assert not set(told.unit[train]) & set(told.unit[test])
        assert 0.1 < len(test) / len(told.y) < 0.4


def test_groups_are_dealt_by_their_share_of_positives():
    told = clustered(120)
    rate = told.y.mean()
    rates = [told.y[test].mean() for seed in SEEDS for _, test in folds(told, 4, seeds.stream(seed, "folds"))]
    assert max(abs(np.array(rates) - rate)) < 0.12


def test_each_row_is_tested_once_in_a_set_of_folds():
    tested = np.concatenate([test for _, test in folds(plain(), 7, seeds.stream(0, "folds"))])
    assert sorted(tested) == list(range(200))


@pytest.mark.parametrize("cut", [holdout, folds])
def test_the_same_seed_gives_the_same_rows_and_another_seed_others(cut):
    share = 0.2 if cut is holdout else 5
    first, same, other = (np.concatenate([np.ravel(f[-1]) for f in pairs(cut, share, seed)]) for seed in (0, 0, 1))
    assert first.tolist() == same.tolist()
    assert first.tolist() != other.tolist()


def pairs(cut, share, seed):
    made = cut(plain(), share, seeds.stream(seed, "any"))
    return [made] if cut is holdout else made


@pytest.mark.parametrize("purge", [0.0, 4.0])
def test_training_rows_end_before_testing_rows_begin(purge):
    told = timed(purge=purge)
    split = holdout(told, 0.2, seeds.stream(0, "holdout"))
    for train, test in [split, *folds(told, 4, seeds.stream(0, "folds"))]:
        assert told.time[train].max() + purge <= told.time[test].min()
        left_out = np.setdiff1d(np.arange(200), np.concatenate([train, test]))
        gap = told.time[left_out]
        assert ((gap > told.time[test].min() - purge - 1e-9) | (gap > told.time[test].max())).all()


def test_the_newest_rows_are_held_out():
    told = timed()
    train, test = holdout(told, 0.2, seeds.stream(0, "holdout"))
    assert told.time[train].max() < told.time[test].min()
    assert abs(len(test) - 40) <= 3  # rows of one moment stay together


def test_folds_by_time_move_on_and_never_test_a_row_twice():
    told = timed()
    made = folds(told, 4, seeds.stream(0, "folds"))
    starts = [told.time[test].min() for _, test in made]
    assert starts == sorted(set(starts))
    tested = np.concatenate([test for _, test in made])
    assert len(tested) == len(set(tested))
    assert told.time[tested].max() == told.time.max()


def test_a_split_by_time_is_not_drawn():
    first, other = (holdout(timed(), 0.2, seeds.stream(seed, "holdout")) for seed in (0, 1))
    assert [side.tolist() for side in first] == [side.tolist() for side in other]


def test_groups_that_are_tested_later_do_not_train():
    told = timed(unit=np.arange(200) % 150, grouped=True)
    split = holdout(told, 0.2, seeds.stream(0, "holdout"))
    for train, test in [split, *folds(told, 3, seeds.stream(0, "folds"))]:
        assert told.time[train].max() <= told.time[test].min()
        assert not set(told.unit[train]) & set(told.unit[test])


def test_take_keeps_what_belongs_to_the_rows():
    told = timed(purge=2.0, grouped=True, stratify=False)
    rows = np.array([3, 1, 7])
    part = told.take(rows)
    assert (part.classes, part.purge, part.grouped, part.stratify) == (2, 2.0, True, False)
    for name in ("y", "unit", "time"):
        np.testing.assert_array_equal(getattr(part, name), getattr(told, name)[rows])
    assert plain().take(rows).time is None


@pytest.mark.parametrize("seed", SEEDS)
def test_a_subset_takes_whole_units_and_its_share(seed):
    told = clustered(80)
    chosen = subset(told, 0.5, seeds.stream(seed, "subset"))
    left = np.setdiff1d(np.arange(len(told.y)), chosen)
    assert not set(told.unit[chosen]) & set(told.unit[left])
    assert 0.4 < len(chosen) / len(told.y) < 0.6
    assert chosen.tolist() == subset(told, 0.5, seeds.stream(seed, "subset")).tolist()


def test_a_whole_subset_is_every_row():
    assert subset(plain(), 1.0, seeds.stream(0, "subset")).tolist() == list(range(200))


def test_rounding_favours_no_part():
    counts = np.zeros(5)
    for seed in range(200):
        part = deal(plain(12, 0.5), np.full(5, 0.2), seeds.stream(seed, "deal"))
        counts += np.bincount(part, minlength=5)
    assert (abs(counts / 200 - 12 / 5) < 0.25).all()


def test_rows_are_equal_when_every_value_is_equal_and_missing_equals_missing():
    frame = pd.DataFrame(
        {
            "n": [1.0, 1.0, np.nan, np.nan, 1.0, 2.0],
            "s": ["a", "a", None, None, "b", "a"],
            "d": pd.to_datetime(["2024-01-01", "2024-01-01", None, None, "2024-01-01", "2024-01-01"]),
            "o": [1, 1, "x", "x", 1, 1],
            "c": pd.Categorical(["u", "u", None, None, "u", "u"]),
        }
    )
    assert equal_rows([frame[name] for name in frame]).tolist() == [0, 0, 1, 1, 2, 3]


def test_rows_are_not_equal_when_values_stand_in_other_columns():
    assert equal_rows([pd.Series([1, 2]), pd.Series([2, 1])]).tolist() == [0, 1]
    assert equal_rows([pd.Series(["a", ""]), pd.Series(["", "a"])]).tolist() == [0, 1]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda rng: folds(clustered(3, classes=0), 5, rng),
            "to train and 0 to test, of 3 groups in all; ask for fewer folds, declare a finer group or add rows.",
        ),
        (
            lambda rng: holdout(plain(4, unit=np.zeros(4, dtype=int)), 0.2, rng),
            "of 1 different row in all; ask for fewer folds, a shorter embargo or add rows.",
        ),
        (
            lambda rng: folds(plain(40, y=np.eye(40)[0] + np.eye(40)[1]), 5, rng),
            "one side has a single class (the rarer class has 2 rows); ask for fewer folds or add rows.",
        ),
        (
            lambda rng: folds(plain(40, y=np.zeros(40)), 5, rng),
            "one side has a single class (the rarer class has 0 rows); ask for fewer folds or add rows.",
        ),
        (
            lambda rng: folds(plain(40, y=np.eye(40)[0]), 5, rng),
            "(the rarer class has 1 row); ask",
        ),
        (
            lambda rng: holdout(timed(purge=1e9), 0.2, rng),
            "the holdout must have rows on both sides; it has 0 to train and ",
        ),
        (
            lambda rng: folds(plain(time=np.repeat([1.0, 2.0], 100)), 3, rng),
            "3 folds by time must have different times; the column has too few; ask for fewer folds.",
        ),
        (
            lambda rng: holdout(timed(unit=np.arange(200) % 4, grouped=True), 0.2, rng),
            "new groups at later times must leave rows to train on; of 1",
        ),
    ],
)
def test_a_split_that_cannot_be_made_gives_one_line(make, message):
    with pytest.raises(InputError) as caught:
        make(seeds.stream(0, "split"))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_equal_rows_are_kept_together_only_where_most_rows_differ():
    few = pd.Series([0, 1, 2, 3] * 5)
    assert equal_rows([few]).tolist() == list(range(20))  # 4 combinations of 20 rows: the nature of the table
    assert equal_rows([pd.Series([0, 1, 2, 2])]).tolist() == [0, 1, 2, 2]


def test_folds_by_time_move_from_one_shuffle_to_the_next():
    rows = Rows(np.zeros(200), np.arange(200), np.arange(200.0))
    first, again, other = (folds(rows, 4, np.random.default_rng(seed)) for seed in (0, 0, 1))
    assert [test.tolist() for _, test in first] == [test.tolist() for _, test in again]
    assert all(one.tolist() != two.tolist() for (_, one), (_, two) in zip(first, other, strict=True))

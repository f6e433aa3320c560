"""Outer folds: each row is sealed once, and there are as many as the table can bear."""

import numpy as np
import pytest

from finetooth.data import outer_folds
from finetooth.data.outer_folds import OuterFold, outer_count, outer_fold, outer_seed
from finetooth.data.splitters import Rows
from finetooth.errors import InputError
from tests.data.sealing import config_of, rng


@pytest.fixture(autouse=True)
def _small_tables_rotate(monkeypatch):
    monkeypatch.setattr(outer_folds, "BELOW", 2_000)


def rows_of(count, positives=None, **more):
    y = np.zeros(count) if positives is None else (np.arange(count) < positives).astype(float)
    return Rows(y, np.arange(count), classes=0 if positives is None else 2, **more)


def asking(outer, **split):
    return config_of("table.csv", validation={"outer": outer}, split=split)


@pytest.mark.parametrize(
    ("outer", "rows", "count"),
    [
        (None, rows_of(1_999), 5),
        (None, rows_of(2_000), 1),
        (1, rows_of(500), 1),
        (3, rows_of(10_000), 3),
        (None, rows_of(70), 3),
        (None, rows_of(30), 1),
        (None, rows_of(500, positives=16), 3),
        (None, rows_of(500, positives=9), 1),
        (None, Rows(np.zeros(500), np.arange(500) // 100, grouped=True), 2),
        (None, rows_of(500, time=np.arange(500.0)), 1),
    ],
)
def test_there_are_five_for_a_small_table_or_as_many_as_leave_enough_in_each(outer, rows, count):
    """A fold without a score, or with too few rows for one, must never come of the default."""
    assert outer_count(asking(outer), rows) == count


def test_more_than_the_rows_allow_are_refused_in_one_line():
    with pytest.raises(InputError, match=r"outer=10 would not leave as many; ask for 3 at most\.$"):
        outer_count(asking(10), rows_of(500, positives=16))


def test_a_split_by_time_seals_its_newest_rows_once():
    with pytest.raises(InputError, match=r"validation.outer must be 1 where rows are split by time.*got 5"):
        outer_count(asking(5, time="day"), rows_of(500, time=np.arange(500.0)))


def test_each_row_is_sealed_in_one_fold_and_no_group_in_two():
    units = rng().integers(0, 40, 200)
    rows = Rows(rng().integers(0, 2, 200).astype(float), units, classes=2, grouped=True)
    folds = [outer_fold(rows, OuterFold(number, 4), seed=3) for number in range(1, 5)]
    sealed = [test for _, test in folds]
    assert sorted(np.concatenate(sealed).tolist()) == list(range(200))
    assert all(not set(units[train]) & set(units[test]) for train, test in folds)
    again = outer_fold(rows, OuterFold(2, 4), seed=3)
    np.testing.assert_array_equal(again[1], sealed[1])
    assert not np.array_equal(outer_fold(rows, OuterFold(2, 4), seed=4)[1], sealed[1])


def test_the_fold_zero_seals_nothing_and_has_the_seed_of_the_run():
    train, test = outer_fold(rows_of(50), OuterFold(0, 5), seed=0)
    assert (train.tolist(), test.tolist()) == (list(range(50)), [])
    seeds = [outer_seed(7, OuterFold(number, 5)) for number in range(6)]
    assert seeds[0] == 7
    assert len(set(seeds)) == 6

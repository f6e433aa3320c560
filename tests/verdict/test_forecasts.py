"""The last value and the last season are what the calendar alone tells, from the training rows alone."""

import numpy as np
import pytest

from finetooth.verdict.forecasts import Past, last_season, last_value, season

DAY = 86_400.0
WEEK = np.array([0.0, 1.0, 4.0, 2.0, 9.0, 12.0, 7.0])


def weekly(weeks=12, *, noise=0.5, trend=0.0, keep=1.0):
    """A daily series with a week in it; `keep` is the share of days that are there."""
    rng = np.random.default_rng(0)
    days = np.sort(rng.permutation(7 * weeks)[: round(keep * 7 * weeks)])
    y = WEEK[days % 7] + trend * days + noise * rng.normal(size=len(days))
    return Past(1.7e9 + DAY * days, y, dates=True)


def walk(count=400, correlation=0.95):
    """An autoregression, which has no season."""
    rng = np.random.default_rng(1)
    y = np.zeros(count)
    for at in range(1, count):
        y[at] = correlation * y[at - 1] + rng.normal()
    return y


def test_the_last_value_is_that_of_the_last_time_of_its_own_group():
    """A group that is new has the last value of all."""
    past = Past(np.array([1.0, 2.0, 2.0, 3.0, 3.0]), np.array([5.0, 1.0, 3.0, 10.0, 20.0]), np.array([0, 0, 0, 1, 1]))
    assert last_value(past, 3, np.array([0, 1, 7])).tolist() == [2.0, 15.0, 15.0]
    assert last_value(past, 2, None).tolist() == [15.0, 15.0]


@pytest.mark.parametrize("past", [weekly(), weekly(trend=0.3), weekly(weeks=40, keep=0.7), weekly(weeks=4, noise=0.1)])
def test_a_week_in_a_daily_series_is_evident(past):
    """Also with a trend, with three days in ten missing, and after four weeks."""
    assert season(past) == 7


@pytest.mark.parametrize(
    "past",
    [
        Past(DAY * np.arange(400.0), walk(), dates=True),
        Past(np.arange(400.0), walk(), dates=False),
        Past(DAY * np.arange(400.0), np.random.default_rng(2).normal(size=400), dates=True),
        Past(DAY * np.arange(400.0), np.ones(400), dates=True),
        Past(DAY * np.arange(10.0), WEEK[np.arange(10) % 7], dates=True),
        Past(DAY * (np.arange(400) + 0.3 * (np.arange(400) % 3)), WEEK[np.arange(400) % 7], dates=True),
        Past(np.sort(np.random.default_rng(3).uniform(0, 400 * DAY, 400)), walk(), dates=True),
    ],
    ids=[
        "autoregression",
        "the same by number",
        "noise",
        "constant",
        "too short",
        "at other hours each day",
        "irregular",
    ],
)
def test_no_season_is_seen_where_there_is_none(past):
    """A series that only remembers yesterday has no week."""
    assert season(past) is None


def test_a_season_of_numbers_is_found_by_its_lag():
    """Where time is a number, nobody knows what a week is."""
    rng = np.random.default_rng(4)
    at = np.arange(120)
    past = Past(at.astype(float), WEEK[:5][at % 5] + 0.2 * rng.normal(size=120))
    assert season(past) in {5, 10}


def test_months_are_regular_enough_for_a_year():
    """Months differ by a tenth in length."""
    months = np.arange(np.datetime64("2015-01"), np.datetime64("2021-01"))
    time = months.astype("datetime64[s]").astype(float)
    at = np.arange(len(months))
    past = Past(time, np.sin(2 * np.pi * at / 12) + 0.05 * np.random.default_rng(5).normal(size=len(at)), dates=True)
    assert season(past) == 12
    later = np.arange(np.datetime64("2021-01"), np.datetime64("2022-01")).astype("datetime64[s]").astype(float)
    assert last_season(past, 12, later, None).tolist() == past.y[-12:].tolist()


def test_the_last_season_is_repeated_at_the_same_point():
    """Monday has the value of the last Monday, however far ahead."""
    past = weekly(noise=0.0)
    ahead = past.time[-1] + DAY * np.arange(1, 16)
    assert last_season(past, 7, ahead, None).tolist() == WEEK[(7 * 12 + np.arange(15)) % 7].tolist()


def test_a_group_repeats_its_own_season_and_a_new_one_that_of_all():
    """Two shops have the same week on different levels."""
    one, days = weekly(noise=0.0), np.arange(84)
    time, group = np.tile(one.time, 2), np.repeat([0, 1], 84)
    past = Past(time, np.concatenate([one.y, one.y + 100]), group, dates=True)
    ahead = np.repeat(one.time[-1] + DAY, 3)
    first = WEEK[(days[-1] + 1) % 7]
    assert last_season(past, 7, ahead, np.array([0, 1, 5])).tolist() == [first, first + 100, first + 50]

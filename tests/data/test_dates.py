"""Dates written as text: the order of day and month comes from the whole column, and one bad value is missing."""

import datetime as dt
import warnings

import numpy as np
import pandas as pd
import pytest

from finetooth.data import time_column
from finetooth.data.dates import as_dates, day_first, parse_dates
from finetooth.errors import InputError

EUROPEAN = ["01/02/2020", "13/01/2020", "25/03/2020", "01/12/2019"]
AMERICAN = ["02/01/2020", "01/13/2020", "03/25/2020", "12/01/2019"]
MEANT = ["2020-02-01", "2020-01-13", "2020-03-25", "2019-12-01"]


@pytest.mark.parametrize("texts", [EUROPEAN, AMERICAN])
@pytest.mark.parametrize("order", [[0, 1, 2, 3], [3, 2, 1, 0], [1, 0, 3, 2]])
def test_day_and_month_do_not_depend_on_the_first_row(texts, order):
    values = pd.Series(texts).iloc[order]
    assert as_dates(values).dt.strftime("%Y-%m-%d").tolist() == [MEANT[i] for i in order]


def test_a_learned_order_reads_rows_that_could_be_read_both_ways():
    assert [day_first(pd.Series(texts)) for texts in (EUROPEAN, AMERICAN)] == [True, False]
    alone = pd.Series(["01/02/2020"])
    assert [str(parse_dates(alone, day_first=first)[0].date()) for first in (True, False)] == [
        "2020-02-01",
        "2020-01-02",
    ]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2020-02-01", "2020-02-01 00:00:00"),
        ("2020/2/1", "2020-02-01 00:00:00"),
        ("2020-02-01T10:30:15", "2020-02-01 10:30:15"),
        ("2020-02-01 10:30 PM", "2020-02-01 22:30:00"),
        ("01.02.2020", "2020-02-01 00:00:00"),  # dots are written by people who name the day first
        ("01/02/2020", "2020-01-02 00:00:00"),
        ("1.2.69", "1969-02-01 00:00:00"),
        ("1.2.68", "2068-02-01 00:00:00"),
        ("2020-02-01T10:00:00Z", "2020-02-01 10:00:00"),
        ("2020-02-01T10:00:00+02:00", "2020-02-01 08:00:00"),
        ("9999-12-31", "9999-12-31 00:00:00"),
    ],
)
def test_the_usual_forms_are_read(text, meant):
    assert as_dates(pd.Series([text, None])).dt.strftime("%Y-%m-%d %H:%M:%S").tolist() == [meant, np.nan]


def test_forms_and_offsets_may_be_mixed_and_dates_may_be_objects():
    mixed = ["2020-02-01", "2020-02-01 10:30", "2020-02-01T10:30:00+01:00", dt.date(2020, 2, 1)]
    read_as = as_dates(pd.Series(mixed, dtype=object)).dt.strftime("%d %H:%M").tolist()
    assert read_as == ["01 00:00", "01 10:30", "01 09:30", "01 00:00"]


@pytest.mark.parametrize(
    "values", [["a", "b"], [1, 2], [True, False], [None, None], ["1.2.3", "4.5.6"], ["31/31/2020"], ["192.168.1.1"]]
)
def test_what_is_no_date_is_left_alone(values):
    assert as_dates(pd.Series(values)) is None


def test_a_few_bad_values_are_missing_wherever_they_stand_and_many_mean_no_dates():
    good = [f"2020-01-{day:02d}" for day in range(1, 29)]
    for place in (0, 14, 28):
        dates = as_dates(pd.Series([*good[:place], "unknown", *good[place:]]))
        assert np.flatnonzero(dates.isna()).tolist() == [place]
    assert as_dates(pd.Series([*good, "unknown", "none"])) is None


@pytest.mark.parametrize(
    ("values", "time", "dates"),
    [
        ([3, 1, 2], [3.0, 1.0, 2.0], False),
        (["1970-01-02", "1970-01-01"], [86_400.0, 0.0], True),
        (["02.01.1970", "01.01.1970"], [86_400.0, 0.0], True),
        (pd.to_datetime(["1970-01-02", "9999-12-31"]).as_unit("s"), [86_400.0, 253_402_214_400.0], True),
        (pd.to_datetime(["1970-01-01T00:00:01.5"]), [1.5], True),
    ],
)
def test_a_clock_reads_numbers_and_dates_in_seconds(values, time, dates):
    found, are_dates = time_column.read_time(pd.Series(values, name="when"))
    assert (found.tolist(), are_dates) == (time, dates)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (["early", "late"], "must hold dates or numbers; got values such as 'early': write them as 2024-01-31 "),
        ([*["2020-01-01"] * 5, "soon", None], "must hold dates or numbers; got values such as 'soon': write them"),
        ([1.0, None, 3.0], "must hold a date or a number in every row; 1 row without one"),
        ([1.0, np.inf], "must hold a date or a number in every row; 1 row without one"),
        ([None, None], "must hold a date or a number in every row; 2 rows without one"),
        (
            [*[f"2020-01-{day:02d}" for day in range(1, 31)], "soon"],
            "must hold a date or a number in every row; 1 row ",
        ),
    ],
)
def test_a_clock_that_cannot_be_read_gives_one_line(values, message):
    with pytest.raises(InputError) as caught:
        time_column.read_time(pd.Series(values, name="when"))
    assert str(caught.value).startswith(f"the time column 'when' {message}")


@pytest.mark.parametrize(
    ("horizon", "embargo", "gap"),
    [
        (None, None, 1.0),  # one per cent of the span
        ("3", None, 6.0),  # the label horizon, and as much again since it is longer than that
        ("0.5", None, 1.5),
        ("3", "0", 3.0),
        (None, "4", 4.0),
    ],
)
def test_the_gap_is_horizon_plus_embargo_and_the_embargo_has_a_default(horizon, embargo, gap):
    assert time_column.gap(np.array([0.0, 100.0]), False, horizon, embargo) == gap


def test_gaps_of_dates_are_times():
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # pandas is about to refuse a small d
        assert time_column.gap(np.array([0.0, 1.0]), True, "7d", "12h") == 7.5 * 86_400
        assert time_column.gap(np.array([0.0, 1.0]), True, "1d12h", "2 days") == 3.5 * 86_400


@pytest.mark.parametrize(
    ("horizon", "embargo", "dates", "message"),
    [
        ("7x", None, True, "the horizon must be a time such as 7d or 12h; got '7x'."),
        ("7d", None, False, "the horizon must be a number in the unit of the time column; got '7d'."),
        (None, "-1", False, "the embargo must not be negative; got '-1'."),
        (None, "nan", False, "the embargo must not be negative; got 'nan'."),
    ],
)
def test_a_gap_that_cannot_be_read_gives_one_line(horizon, embargo, dates, message):
    with pytest.raises(InputError) as caught:
        time_column.gap(np.array([0.0, 1.0]), dates, horizon, embargo)
    assert str(caught.value) == message

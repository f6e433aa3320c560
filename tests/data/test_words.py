"""What the words of a column stand for: decided from all of them, and read by that decision ever after."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from finetooth.data.reading_findings import sentence
from finetooth.data.words import Reading, decide, read, read_column

NAN = np.nan


def values(words, count=50):
    """The distinct words as they are read where each stands `count` times, and how they were read."""
    reading = decide(words, np.full(len(words), count))
    return read(pd.Series(words, dtype=object), reading), reading


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        (["1", "-2.5", "+3", "4.", ".5", "1e-3", "5E4"], [1, -2.5, 3, 4, 0.5, 1e-3, 5e4]),
        (["$2,980.96", "$1.20", "-$3", "$-4"], [2980.96, 1.2, -3, -4]),
        (["€ 5", "5 €", "EUR 7", "8 CHF"], [5, 5, 7, 8]),
        (["37%", "4.5 %"], [0.37, 0.045]),
        (["2.980,96", "1,5"], [2980.96, 1.5]),
        (["1,5", "2,25", "3"], [1.5, 2.25, 3]),
        (["1,234", "5,678,901"], [1234, 5678901]),
        (["1 234,5", "7", "1\u00a0000,0"], [1234.5, 7, 1000]),
        (["1'234.50", "7"], [1234.5, 7]),
        (["(1,234)", "5-", "\u22123"], [-1234, -5, -3]),
        ([" 7 ", "8"], [7, 8]),
        (["", "7"], [NAN, 7]),
        (["7", "n/a", "-", "<NA>", "missing", "#DIV/0!", "?"], [7, NAN, NAN, NAN, NAN, NAN, NAN]),
        (["12:30", "1:05", "23:59:30.5"], [45000, 3900, 86370.5]),
    ],
)
def test_numbers_in_any_dress_are_numbers(words, numbers):
    found, reading = values(words)
    assert reading.kind == "number"
    np.testing.assert_allclose(found, numbers)


@pytest.mark.parametrize(
    ("words", "dates"),
    [
        (["2020-01-05", "2021-12-31 10:30"], ["2020-01-05", "2021-12-31 10:30"]),
        (["01/02/2020", "25/12/2019"], ["2020-02-01", "2019-12-25"]),
        (["01/02/2020", "12/25/2019"], ["2020-01-02", "2019-12-25"]),
        (["05-Jan-2020", "31-Dec-19"], ["2020-01-05", "2019-12-31"]),
        (["January 05, 2020", "March 7th, 2021 10:30 PM"], ["2020-01-05", "2021-03-07 22:30"]),
        (["Sun, 05 Jan 2020 03:30:00 GMT"], ["2020-01-05 03:30"]),
        (["5. May 2021", "Sept 1 2020"], ["2021-05-05", "2020-09-01"]),
        (["2020-01", "2021-12"], ["2020-01-01", "2021-12-01"]),
        (["Jan 2020", "February 2021"], ["2020-01-01", "2021-02-01"]),
        (["2020-01-01T00:00:00+09:00", "2020-01-01T00:00:00Z"], ["2019-12-31 15:00", "2020-01-01"]),
        (["2020-01-05", "NA"], ["2020-01-05", None]),
    ],
)
def test_dates_of_any_face_are_dates(words, dates):
    found, reading = values(words)
    assert reading.kind == "date"
    assert found.tolist() == [pd.Timestamp(date) if date else pd.NaT for date in dates]


@pytest.mark.parametrize(
    "words",
    [
        ["00007", "12", "501"],
        ["1.10", "1.20", "x"],
        ["1", "2", "X"],
        ["NA", "EU", "AS"],
        ["None", "Garage"],
        ["192.168.0.1", "10.0.0.1"],
        ["1.2.3", "1.2.4"],
        ["May", "June"],
        ["A12", "B7"],
        ["555-1234", "555-9876"],
        ["(", ")"],
        ["12:30", "noon"],
    ],
)
def test_other_words_stay_the_words_that_they_are(words):
    found, reading = values(words)
    assert replace(reading, share=0.0, examples=()) == Reading()
    assert found.tolist() == words


def test_a_few_values_that_are_none_are_missing_and_counted():
    words = ["EUR", "n/a", *map(str, range(100))]
    found, reading = values(words, count=1)
    assert found.isna().tolist() == [True, True, *[False] * 100]
    assert (reading.odd, reading.gaps, reading.examples) == (1, 1, ("EUR", "n/a"))
    assert sentence("price", reading, 102) == (
        "column 'price' is read as numbers; 2 values (2.0%) read as missing: 'EUR', 'n/a'."
    )


def test_what_is_plain_needs_no_sentence():
    assert sentence("price", values(["1", "2", ""])[1], 150) == ""
    assert sentence("kind", values(["a", "b"])[1], 100) == ""
    assert sentence("price", values(["$1", "$2"])[1], 100) == (
        "column 'price' is read as numbers; written as text, such as '$1'."
    )


def test_a_column_is_read_as_an_earlier_one_was():
    """The later words alone would be read otherwise: as thousands, with the month first, as numbers."""
    for reading, words, expected in (
        (Reading("number", ","), ["1,234", "2,5"], [1.234, 2.5]),
        (Reading("date", day_first=True), ["01/02/2020"], [pd.Timestamp("2020-02-01")]),
        (Reading(), ["1", "2"], ["1", "2"]),
    ):
        column, kept = read_column(pa.chunked_array([words, []], pa.string()), reading)
        assert kept == reading
        assert column.to_pandas().tolist() == expected

"""One reading of a column: whatever it is written as, a value means what it meant in training."""

import numpy as np
import pandas as pd
import pytest

from finetooth.data.columns import MISSING, UNSEEN, Column, describe, level_codes, missing, numbers_of
from finetooth.data.words import Reading

NAN = np.nan


@pytest.mark.parametrize(
    ("levels", "given", "places"),
    [
        (("1", "2", "X"), [1.0, 2.0, NAN], [0, 1, MISSING]),
        (("1.10", "1.20", "x"), [1.1, 1.2, 1.3], [0, 1, UNSEEN]),
        (("00007", "00012"), [7, 12, 13], [0, 1, UNSEEN]),
        (("True", "False"), ["true", "FALSE", True, False], [0, 1, 0, 1]),
        (("1", "1.0"), ["1", "1.0", "1.00"], [0, 1, UNSEEN]),
        (("EU", "NA"), ["NA", "EU", "n/a", ""], [1, 0, MISSING, MISSING]),
        (("EU", "AS"), ["NA", "nan", None, "XX"], [MISSING, MISSING, MISSING, UNSEEN]),
        (("2020", "2021"), pd.Categorical([2020, 2021]), [0, 1]),
    ],
)
def test_a_value_is_the_level_that_it_means(levels, given, places):
    assert level_codes(Column("c", "category", levels), pd.Series(given)).tolist() == places


@pytest.mark.parametrize(
    ("column", "given", "numbers"),
    [
        (Column("c", "number"), ["1", "$2,000", "n/a", None], [1, 2000, NAN, NAN]),
        (Column("c", "number", decimal=","), ["1,5", "2.000,5"], [1.5, 2000.5]),
        (Column("c", "number", decimal=","), [1.5, 2], [1.5, 2]),
        (Column("c", "number", clock=True), ["12:30"], [45000]),
        (Column("c", "number"), pd.array([1, None], "Int64"), [1, NAN]),
        (Column("c", "boolean"), ["true", "False", "1", None, ""], [1, 0, 1, NAN, NAN]),
        (Column("c", "boolean"), [True, False, None], [1, 0, NAN]),
        (Column("c", "boolean"), [True, False], [1, 0]),
    ],
)
def test_numbers_and_booleans_read_alike_from_any_file(column, given, numbers):
    np.testing.assert_array_equal(numbers_of(column, pd.Series(given)), numbers)


def test_where_a_column_has_no_value():
    given = pd.Series(["a", "", " ", "n/a", None, "NA"])
    assert missing(given).tolist() == [False, True, True, True, True, True]
    assert missing(pd.Series([1.0, NAN])).tolist() == [False, True]


def test_categories_that_were_declared_stay_categories():
    assert describe("c", pd.Series(pd.Categorical([10, 20, 10]))) == Column("c", "category", ("10", "20"))


def test_words_of_the_whole_table_stay_words_where_some_rows_look_like_numbers():
    """The rows that are held out may have the only word that is none."""
    rows = pd.Series(["1.10", "1.20"] * 10)
    assert describe("c", rows).kind == "number"
    assert describe("c", rows, Reading()) == Column("c", "category", ("1.10", "1.20"))

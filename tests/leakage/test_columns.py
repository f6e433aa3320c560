import numpy as np
import pandas as pd
import pytest

from finetooth.leakage.columns import read


@pytest.mark.parametrize(
    ("values", "role"),
    [
        ([1, 2, 3], "number"),
        ([True, False, None], "number"),
        (["1", "2.5", None], "number"),
        (pd.array([1, None, 3], dtype="Int64"), "number"),
        (pd.to_datetime(["2024-01-01", None, "2024-01-03"]), "date"),
        (["2024-01-01", "2024-02-01", None], "date"),
        (["13/01/2024", "01/02/2024", "28/02/2024"], "date"),
        (["a", "b", None], "category"),
        (pd.Categorical(["x", "y", "x"]), "category"),
        (["one two three", "four five", "six seven eight"], "text"),
        ([[1], [2], None], "category"),
        ([None, None, None], "number"),
    ],
)
def test_roles_of_raw_columns(values, role):
    column = read(pd.Series(values))
    assert column.role == role
    assert len(column.numbers()) == len(column.labels()) == len(column.hashes()) == 3
    assert (column.missing() == np.isnan(column.numbers())).all()


def test_equal_values_have_equal_hashes_whatever_their_type():
    forms = [[1, 2], [1.0, 2.0], ["1", " 2.0"], pd.Categorical(["1", "2"]), np.array([1, 2], dtype=np.float32)]
    hashes = [read(pd.Series(form)).hashes() for form in forms]
    assert all((one == hashes[0]).all() for one in hashes)
    assert (read(pd.Series([True, False])).hashes() == read(pd.Series(["true", "False"])).hashes()).all()
    dates = ["2024-01-01", "2024-02-01"]
    assert (read(pd.Series(dates)).hashes() == read(pd.Series(pd.to_datetime(dates))).hashes()).all()


def test_codes_follow_the_values_and_missing_is_minus_one():
    assert read(pd.Series([2.5, np.nan, -1, 2.5])).labels().tolist() == [1, -1, 0, 1]
    assert read(pd.Series(["b", None, "a", "b"])).labels().tolist() == [1, -1, 0, 1]
    assert read(pd.Series(["10", None, "9", "10"])).numbers().tolist()[::2] == [10, 9]

"""The numbers of rows: they decide which rows stay together, and are kept beside models, so they never change."""

import numpy as np
import pandas as pd

from finetooth.data.row_hash import hash_numbers, hash_series, mix_columns


def test_rows_of_a_table_have_the_numbers_that_they_had():
    """As 0.1.0 gave them; missing equals missing."""
    frame = pd.DataFrame(
        {
            "a": [1.0, 1.0, np.nan, 2.5, np.nan],
            "b": ["x", "x", "y", None, "y"],
            "c": [True, True, False, True, False],
        }
    )
    assert mix_columns(hash_series(frame[name]) for name in frame).tolist() == [
        16628624523011194146,
        16628624523011194146,
        15387651498887606813,
        17688680486097208715,
        15387651498887606813,
    ]


def test_encoded_rows_have_the_numbers_that_are_kept_beside_models():
    """As 0.1.0 wrote them; -0 is 0."""
    X = np.array([[0.0, 1.5], [-0.0, 1.5], [np.nan, 2.0]], dtype=np.float32)
    assert mix_columns(map(hash_numbers, X.T)).tolist() == [
        10791150382856009070,
        10791150382856009070,
        14368346947456887064,
    ]


def test_the_order_of_the_columns_counts():
    first, second = (np.array([1, 2], dtype=np.uint64), np.array([2, 1], dtype=np.uint64))
    assert mix_columns([first, second]).tolist() != mix_columns([second, first]).tolist()

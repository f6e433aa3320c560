"""Tables of more columns than trees are grown for."""

import numpy as np
import pandas as pd

from finetooth.leakage import shift, single_feature


def _wide():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(200, 520)), columns=[f"x{i}" for i in range(520)])
    return frame.assign(y=rng.integers(0, 2, 200)), rng


def test_the_column_that_tells_is_among_those_that_trees_are_grown_for(table, seen):
    """It tells by its middle, not by its order."""
    frame, rng = _wide()
    frame["x519"] = np.where(frame["y"] == 1, 0.0, rng.choice([-3.0, 3.0], 200)) + 0.1 * rng.normal(size=200)
    assert seen(single_feature.check(table(frame))) == [("single_feature", "warning", ("x519",))]


def test_a_shift_of_one_column_of_many_is_found(table):
    """The columns that trees choose among are those that differ most."""
    frame, _ = _wide()
    moved = frame[100:].assign(x519=lambda rows: 4 * rows["x519"] + 6)
    (found,) = shift.check_across(table(frame[:100]), table(moved))
    assert found.columns[0] == "x519"

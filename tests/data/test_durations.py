"""Times of day and durations as words are seconds; what only looks like them is none."""

import numpy as np
import pandas as pd
import pytest

from finetooth.data.durations import seconds


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("12:30", 45_000),
        ("1:05:30.5", 3930.5),
        ("100:00", 360_000),
        ("10:30 PM", 81_000),
        ("12:05 am", 300),
        ("7 p.m.", 68_400),
        ("3 days", 259_200),
        ("1 week", 604_800),
        ("1h 30m", 5400),
        ("1h30m", 5400),
        ("90 min", 5400),
        ("45s", 45),
        ("250 ms", 0.25),
        ("2 days 03:04:05", 183_845),
        ("1 day, 2:03:04", 93_784),
        ("-5 s", -5),
        ("PT1H30M", 5400),
        ("P1DT2H", 93_600),
        ("P2W", 1_209_600),
        ("1.5 hours", 5400),
        ("5 m", np.nan),
        ("12", np.nan),
        ("P", np.nan),
        ("10 kg", np.nan),
        ("3 dogs", np.nan),
        ("25:99", np.nan),
        ("13 pm", np.nan),
        ("noon", np.nan),
        ("", np.nan),
    ],
)
def test_seconds(text, length):
    np.testing.assert_equal(seconds(pd.Series([text])).tolist(), [length])

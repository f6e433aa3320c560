import math

import pytest

from finetooth.records import Verdict, from_json, to_json
from finetooth.verdict.bootstrap import Interval
from finetooth.verdict.label import label, ships
from tests.verdict.test_sentence import SMALL


@pytest.mark.parametrize(
    ("low", "high", "name"),
    [
        (0.0021, 0.01, "IMPROVED"),
        (0.002, 0.01, "BETTER"),
        (0.0001, 0.0015, "BETTER"),
        (0.0019, 0.4, "BETTER"),
        (0.0, 0.002, "EQUIVALENT"),
        (-0.002, 0.002, "EQUIVALENT"),
        (0.0, 0.0, "EQUIVALENT"),
        (-0.0015, -0.0005, "EQUIVALENT"),
        (-0.002, 0.0021, "INCONCLUSIVE"),
        (-0.01, 0.0, "INCONCLUSIVE"),
        (-0.01, -0.0001, "WORSE"),
        (math.nan, math.nan, "INCONCLUSIVE"),
    ],
)
def test_each_interval_has_one_label(low, high, name):
    interval = Interval((low + high) / 2, low, high, 0.5, 2000)
    assert label(interval, 0.002, valid=True) == name
    assert label(interval, 0.002, valid=True, compared=False) == "NO-CANDIDATE"
    assert label(interval, 0.002, valid=False, compared=False) == label(interval, 0.002, valid=False) == "INVALID"


def test_only_a_gain_that_was_shown_ships():
    names = ("IMPROVED", "BETTER", "EQUIVALENT", "INCONCLUSIVE", "WORSE", "NO-CANDIDATE", "INVALID")
    assert [ships(name) for name in names] == ["tuned", "tuned", *["default"] * 5]


def test_a_label_of_an_earlier_version_is_read_under_its_new_name():
    """What was not shown to be large was called small, though it may be large."""
    text = to_json(SMALL).replace('"BETTER"', '"BETTER-BUT-SMALL"')
    assert from_json(Verdict, text) == SMALL

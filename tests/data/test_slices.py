"""Slices: cut on development rows, read alike on sealed ones, and named so that a person knows what they hold."""

import numpy as np
import pandas as pd
import pytest

from finetooth.data import slices
from finetooth.errors import InputError
from finetooth.records import from_json, to_json

FRAME = pd.DataFrame(
    {
        "age": np.arange(1.0, 41.0),
        "sex": ["f", "m", "m", None] * 10,
        "member": [True, False] * 20,
        "few": [1, None] * 20,
        "day": pd.date_range("2024-01-01", periods=40).astype(str),
        "same": [7.5] * 40,
        "none": [None] * 40,
    }
)


@pytest.fixture
def cuts():
    return slices.learn_rules((name, FRAME[name]) for name in FRAME)


def parts(cuts, frame, column):
    return slices.slice_names(cuts, slices.encode(cuts, frame), [column])[column].tolist()


def test_numbers_and_dates_are_cut_into_quarters_of_equal_size(cuts):
    names = ["age = up to 11", "age = above 11 to 21", "age = above 21 to 31", "age = above 31"]
    assert parts(cuts, FRAME, "age") == [
        name for name, count in zip(names, (11, 10, 10, 9), strict=True) for _ in range(count)
    ]
    assert sorted(set(parts(cuts, FRAME, "day"))) == [
        "day = above 2024-01-11 to 2024-01-21",
        "day = above 2024-01-21 to 2024-01-31",
        "day = above 2024-01-31",
        "day = up to 2024-01-11",
    ]


def test_words_truth_values_and_few_numbers_are_parts_of_their_own_and_gaps_are_missing(cuts):
    assert parts(cuts, FRAME, "sex")[:4] == ["sex = f", "sex = m", "sex = m", "sex = missing"]
    assert parts(cuts, FRAME, "member")[:2] == ["member = True", "member = False"]
    assert parts(cuts, FRAME, "few")[:2] == ["few = 1", "few = missing"]
    assert set(parts(cuts, FRAME, "same")) == {"same = 7.5"}
    assert set(parts(cuts, FRAME, "none")) == {"none = missing"}


def test_values_that_development_rows_do_not_have_are_other_or_fall_to_the_nearest_end(cuts):
    sealed = FRAME.head(3).assign(
        sex=["f", "x", None], age=[-5.0, np.nan, np.inf], few=[1, 2, 1], day=["2020-01-01", None, "2030-01-01"]
    )
    assert parts(cuts, sealed, "sex") == ["sex = f", "sex = other", "sex = missing"]
    assert parts(cuts, sealed, "age") == ["age = up to 11", "age = missing", "age = above 31"]
    assert parts(cuts, sealed, "few") == ["few = 1", "few = other", "few = 1"]
    assert parts(cuts, sealed, "day") == ["day = up to 2024-01-11", "day = missing", "day = above 2024-01-31"]


def test_rare_levels_share_a_part_and_the_order_of_rows_does_not_matter():
    words = pd.Series([f"w{i:02}" for i in range(30)] * 2)
    (cut,), (turned,) = (slices.learn_rules([("word", held)]) for held in (words, words[::-1]))
    assert cut == turned
    assert cut.levels == tuple(f"w{i:02}" for i in range(20))
    assert cut.names[-2:] == ("other", "missing")


def test_close_numbers_keep_names_that_tell_them_apart():
    (cut,) = slices.learn_rules([("x", pd.Series(1e6 + np.arange(100) / 100))])
    assert len(set(cut.names)) == len(cut.names)


def test_cuts_are_the_same_when_read_back(cuts, tmp_path):
    (tmp_path / slices.FILE).write_text(to_json(cuts))
    assert slices.read_rules(tmp_path) == cuts
    assert from_json(tuple[slices.SliceRule, ...], to_json(cuts)) == cuts
    with pytest.raises(InputError, match=r"the stored development rows must be there; .* is gone"):
        slices.read_rules(tmp_path / "nowhere")

import numpy as np
import pytest

from finetooth.errors import InputError
from finetooth.leakage import Declared, Table


def test_features_are_what_a_model_may_see(plain, table):
    made = table(plain(), drop=("a",), post_outcome=("b",), group="region", time="visits")
    assert made.features == ("c", "d", "e")
    assert made.left_out == ("a", "b")


def test_the_split_follows_from_what_is_declared():
    assert Declared().split == "random"
    assert Declared(group="g").split == "group"
    assert Declared(group="g", time="t").split == "time"
    assert Declared(time="t", split="random").split == "random"


def test_a_declared_column_that_is_not_there_is_named_with_the_nearest(plain):
    with pytest.raises(InputError, match=r"column 'visit' must exist in the table; .* Did you mean 'visits'"):
        Table(plain(), "y", "binary", Declared(drop=("visit",)))


def test_a_target_with_gaps_and_repeated_names_are_refused(plain):
    frame = plain()
    with pytest.raises(InputError, match="'d' misses"):
        Table(frame, "d", "regression")
    with pytest.raises(InputError, match="column names must be text and differ"):
        Table(frame.rename(columns={"a": "b"}), "y", "binary")


def test_subsets_repeat_keep_rare_classes_and_differ_by_purpose(plain, table):
    frame = plain(rows=2_000)
    frame["y"] = (np.arange(2_000) % 100 == 0).astype(int)
    made = table(frame)
    rows = made.subset(200, "one")
    assert (rows == made.subset(200, "one")).all()
    assert not np.array_equal(rows, made.subset(200, "two"))
    assert (frame["y"].to_numpy()[rows] == 1).sum() == 20
    assert (np.diff(rows) > 0).all()


def test_class_codes_follow_the_labels(plain):
    frame = plain(rows=4).assign(y=["no", "yes", "maybe", "no"])
    made = Table(frame, "y", "multiclass")
    assert made.y.tolist() == [1, 2, 0, 1]
    assert made.targets.tolist() == [[0, 1, 0], [0, 0, 1], [1, 0, 0], [0, 1, 0]]

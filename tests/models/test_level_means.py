"""Wide categories for XGBoost: the means of levels are scikit-learn's, and the file of a model holds them."""

import numpy as np
import pytest

from finetooth.models.level_means import NONE, LevelMeans, learn
from finetooth.models.preprocessing import target_encoder

CODES = np.array([[0], [0], [1], [1], [1], [3], [3], [0], [np.nan], [np.nan]] * 3, dtype=np.float32)
NEW = np.array([[7.0, 0], [7, 1], [7, 2], [7, 3], [7, np.nan]], dtype=np.float32)
Y = {
    "regression": np.arange(30.0),
    "binary": np.tile([0.0, 1, 1, 0, 1, 0], 5),
    "multiclass": np.tile([0.0, 1, 2, 0, 1, 2], 5),
}


@pytest.mark.parametrize("kind", ["regression", "binary", "multiclass"])
def test_levels_become_what_scikit_learn_makes_of_them(kind):
    """Code 2 was not there in training: it has the mean of all rows."""
    encoder = target_encoder(kind, 5)
    own = encoder.fit_transform(CODES, Y[kind] if kind == "regression" else Y[kind].astype(int))
    means, rows = learn(CODES, Y[kind], {1: 4}, kind, 5)
    np.testing.assert_array_equal(rows, own)
    expected = np.hstack([NEW[:, :1], encoder.transform(NEW[:, 1:])]).astype(np.float32)
    np.testing.assert_array_equal(means.encoded(NEW), expected)
    assert means.feature_types(["c", "c"]) == ["c"] + ["q"] * own.shape[1]
    assert means.encoded(NEW)[2, 1] == np.float32(Y[kind].mean() if kind != "multiclass" else 1 / 3)


def test_a_training_row_never_sees_its_own_target():
    codes = np.repeat(np.arange(10, dtype=np.float32), 3)[:, None]
    base, changed = np.zeros(30), np.zeros(30)
    changed[4] = 100.0
    rows = [learn(codes, y, {0: 10}, "regression", 0)[1][4, 0] for y in (base, changed)]
    assert rows[0] == rows[1] == 0.0


def test_a_fold_with_two_of_three_classes_has_one_mean_a_level():
    means, rows = learn(CODES, Y["binary"] + 1, {0: 4}, "multiclass", 0)
    assert rows.shape == (30, 1)
    assert means.means[0].shape == (5, 1)


def test_the_text_of_a_model_holds_every_digit():
    means, _ = learn(np.hstack([CODES, CODES[::-1]]), Y["regression"] / 7, {1: 4, 3: 4}, "regression", 1)
    again = LevelMeans.from_text(means.to_text())
    assert again.features == means.features == (1, 3)
    for mine, theirs in zip(again.means, means.means, strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_without_a_wide_category_a_table_stays_as_it_is():
    assert NONE.encoded(NEW) is NEW
    assert NONE.feature_types(["q", "c"]) == ["q", "c"]

"""What kind of task a target is, its codes, and the targets that cannot be tuned for."""

import numpy as np
import pandas as pd
import pytest

from finetooth.data.target import Target, rare_classes, read_target
from finetooth.errors import InputError

MERGE = "drop that row or merge the class into another."
RENAME = "is it an id or a text? Name another target, or set the task to regression for numbers."
LETTERS = [f"c{i:02d}" for i in range(25)]


@pytest.mark.parametrize(
    ("values", "kind", "classes"),
    [
        ([True, False] * 5, "binary", ("False", "True")),
        ([True, None, False, True, False], "binary", ("False", "True")),
        (["no", "yes"] * 5, "binary", ("no", "yes")),
        ([1, 0] * 5, "binary", ("0", "1")),
        ([2, 7] * 5, "binary", ("2", "7")),
        ([2, None, 7, 7, 2], "binary", ("2", "7")),
        ([0.5, 1.5] * 5, "binary", ("0.5", "1.5")),
        (["a", "b", "c"] * 5, "multiclass", ("a", "b", "c")),
        ([0, 1, 2] * 5, "multiclass", ("0", "1", "2")),
        ([10.0, 2.0, 1.0] * 5, "multiclass", ("1", "2", "10")),
        (LETTERS * 2, "multiclass", tuple(LETTERS)),
        (pd.Categorical(["low", "top", "low", "top"], ["top", "low", "never"]), "binary", ("top", "low")),
        ([0, 1, 2, 3] * 3 + [4, 4], "regression", ()),  # fewer than five rows a value: a count, not a class
        (list(range(21)) * 6, "regression", ()),
        ([0.5, 1.5, 2.5] * 20, "regression", ()),
        (np.linspace(0, 1, 30), "regression", ()),
    ],
)
def test_the_task_is_inferred_from_the_values(values, kind, classes):
    target = read_target(pd.Series(values, name="y"), None)
    assert (target.kind, target.classes) == (kind, classes)


@pytest.mark.parametrize(
    ("asked", "values", "expected"),
    [
        ("regression", [1, 0, 1, 0], Target("y", "regression", np.array([1.0, 0, 1, 0]), np.arange(4), ())),
        ("multiclass", [7.5, 2.5] * 2, Target("y", "binary", np.array([1.0, 0, 1, 0]), np.arange(4), ("2.5", "7.5"))),
        (
            "multiclass",
            list(range(30)) * 2,
            Target("y", "multiclass", np.tile(np.arange(30.0), 2), np.arange(60), tuple(map(str, range(30)))),
        ),
        ("regression", ["1", "2.5"], Target("y", "regression", np.array([1, 2.5]), np.arange(2), ())),
    ],
)
def test_a_declared_task_overrides_the_inference(asked, values, expected):
    assert_same(read_target(pd.Series(values, name="y"), asked), expected)


def test_rows_without_a_target_are_left_out_and_counted():
    column = pd.Series([None, "b", "a", None, "a", "b"], name="y")
    expected = Target("y", "binary", np.array([1.0, 0, 0, 1]), np.array([1, 2, 4, 5]), ("a", "b"), missing=2)
    assert_same(read_target(column, None), expected)


@pytest.mark.parametrize(
    ("asked", "values", "message"),
    [
        (None, [None, None], "the target 'y' must have values; all 2 are missing."),
        (None, [3, 3, None], "the target 'y' must vary; every row is 3.0."),
        (None, ["a", "a"], "the target 'y' must vary; every row is 'a'."),
        (
            None,
            ["a", "a", "b"],
            f"each class of the target 'y' must have at least 2 rows; 'b' has 1; {MERGE}",
        ),
        (
            None,
            [f"row {i // 2}" for i in range(202)],
            f"the target 'y' must have at most 100 classes; it has 101; {RENAME}",
        ),
        ("binary", ["a", "b", "c"] * 2, "the target 'y' must have two classes for a binary task; it has 3."),
        (
            "regression",
            ["tall", "small"],
            "the target 'y' must be numeric for regression; got values such as 'tall'.",
        ),
        (
            "regression",
            pd.to_datetime(["2024-01-01", "2024-01-02"]),
            "the target 'y' must be numeric for regression; got values such as Timestamp('2024-01-01 00:00:00').",
        ),
        (
            None,
            [1.5, 2.5, np.inf, -np.inf, 3.25],
            "the target 'y' must be finite; it is infinite in 2 rows: drop them.",
        ),
        (
            None,
            [1.5e30, 2.5e30, 3.25e80],
            "the target 'y' must be at most 1e+60 in size; got 3.25e+80; give it in a larger unit.",
        ),
        (
            "regression",
            [1e-80, 3e-80],
            "the target 'y' must have a standard deviation of 1e-60 at least; got 1e-80; give it in a smaller unit.",
        ),
    ],
)
def test_a_target_that_cannot_be_tuned_for_gives_one_line(asked, values, message):
    with pytest.raises(InputError) as caught:
        read_target(pd.Series(values, name="y"), asked)
    assert (str(caught.value), caught.value.exit_code) == (message, 2)


def assert_same(found, expected):
    assert (found.name, found.kind, found.classes, found.missing) == (
        expected.name,
        expected.kind,
        expected.classes,
        expected.missing,
    )
    np.testing.assert_array_equal(found.y, expected.y)
    np.testing.assert_array_equal(found.rows, expected.rows)


def test_a_class_that_some_folds_or_the_sealed_rows_lack_is_a_warning():
    """Its scores would be silently left out; numbers have no classes."""
    column = pd.Series(["common"] * 90 + ["few"] * 5 + ["enough"] * 6, name="y")
    target = read_target(column, None)
    kept, held = np.r_[0:70, 90:94, 95:100], np.r_[70:90, 94:95, 100:101]
    (found,) = rare_classes(target, kept, held)
    assert (found.check, found.severity, found.columns) == ("rare_class", "warning", ("y",))
    assert found.message == "too few rows of 'y' = 'few' (4 rows, 1 sealed) for 5 folds and the sealed rows."
    assert found.evidence == {"classes": 1, "fewest": 4, "sealed": 1}
    everything = np.arange(101)
    assert rare_classes(target, everything, everything) == ()
    assert rare_classes(target, everything, np.r_[0:95])[0].evidence["sealed"] == 0
    numbers = read_target(pd.Series(np.linspace(-1e9, 1e9, 101), name="y"), "regression")
    assert rare_classes(numbers, kept, held) == ()

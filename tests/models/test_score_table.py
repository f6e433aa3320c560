"""Predicting a new table: what a model cannot read is refused by name, what it never saw is said, the rest predicted."""

import numpy as np
import pandas as pd
import pytest

from finetooth.data import later_table
from finetooth.data.columns import Column
from finetooth.data.schema import Schema
from finetooth.data.split import split_table
from finetooth.errors import InputError
from finetooth.models import score_table
from finetooth.models.model import FitJob, fit
from finetooth.spaces.resolve import resolve
from tests.conftest import OPEN_GATE
from tests.data.sealing import opened
from tests.models.own_named import PATH, SPACE
from tests.registry.fitting import fitted

SCHEMA = Schema(
    (
        Column("age", "number"),
        Column("member", "boolean"),
        Column("color", "category", ("red", "green")),
        Column("code", "category", ("1", "2", "X"), rest=True),
        Column("day", "date"),
        Column("note", "text"),
    )
)


def frame(**changes):
    made = {
        "age": [1, 2.5, None, 4],
        "member": [True, False, True, None],
        "color": ["red", "green", None, "red"],
        "code": ["1", "2", "X", "1"],
        "day": ["2024-01-01", "2024-01-02", None, "2024-02-01"],
        "note": ["some words here", None, "and more", "1"],
    }
    return pd.DataFrame(made | changes)


def test_a_table_like_the_one_that_was_learned_has_nothing_new():
    assert later_table.check_table(SCHEMA, frame()) == ()
    assert later_table.check_table(SCHEMA, frame(extra=1)[["extra", *reversed(frame().columns)]]) == ()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"age": ["1", "old", "2", "ancient"]},
            "column 'age' must hold numbers, as the model learned it; 2 of 4 values are none, such as 'old' in row 2; mend them",
        ),
        ({"age": pd.to_datetime(["2024-01-01"] * 4)}, "column 'age' must hold numbers"),
        ({"member": ["yes", "no", "no", "yes"]}, "column 'member' must hold true or false"),
        ({"day": ["2024-01-01", "soon", "later", None]}, "column 'day' must hold dates"),
        ({"day": [1, 2, 3, 4]}, "column 'day' must hold dates"),
        (
            {"color": [1.5, 2.5, 1.5, None]},
            "column 'color' must hold words, as the model learned it (red, green); none",
        ),
    ],
)
def test_values_of_another_type_are_refused_in_one_line(changes, said):
    with pytest.raises(InputError) as caught:
        later_table.check_table(SCHEMA, frame(**changes))
    assert str(caught.value).startswith(said)
    assert "\n" not in str(caught.value)


def test_all_missing_columns_are_named_at_once():
    with pytest.raises(InputError) as caught:
        later_table.check_table(SCHEMA, frame().drop(columns=["color", "day"]).rename(columns={"age": "agee"}))
    assert str(caught.value) == (
        "column 'age' must exist in the table to predict; it has: agee, member, code, note. Did you mean 'agee'? "
        "Missing as well: color, day."
    )


def test_categories_that_were_never_seen_are_counted_and_named():
    notes = later_table.check_table(SCHEMA, frame(color=["mauve", "red", "mauve", "teal"], code=["9", "1", "2", "X"]))
    assert [note.partition(" holds ")[2] for note in notes] == [
        "2 categories that the model never saw ('mauve', 'teal') in 3 of 4 rows; they are taken as missing.",
        "1 category that the model never saw ('9') in 1 of 4 rows; it is taken as rare.",
    ]


def test_a_model_that_takes_words_is_said_to_get_new_ones_as_they_came():
    """What is said of a new category must be what the model does with it."""
    (note,) = later_table.check_table(SCHEMA, frame(color=["mauve", "red", "green", None]), named=True)
    assert note.endswith("never saw ('mauve') in 1 of 4 rows; it is taken as the words that came.")


def test_a_column_without_a_value_is_said_so():
    notes = later_table.check_table(SCHEMA, frame(age=[None] * 4))
    assert notes == ("column 'age' has no value at all; the model takes each as missing.",)


def test_words_that_look_like_numbers_stay_words(tmp_path):
    frame(code=[1, 2, None, 1]).astype({"code": "Int64"}).to_csv(tmp_path / "table.csv", index=False)
    read = later_table.read_table(str(tmp_path / "table.csv"), SCHEMA)
    assert read["code"].tolist()[:2] == ["1", "2"]
    assert later_table.check_table(SCHEMA, read) == ()


@pytest.mark.parametrize("kind", ["binary", "multiclass", "regression"])
def test_predictions_are_a_column_and_a_probability_a_class(tables, kind):
    metric = {"binary": "roc_auc", "multiclass": "log_loss", "regression": "rmse"}[kind]
    made, table = fitted(tables[kind], metric=metric), tables[kind].frame.iloc[10:20]
    found = score_table.predictions(made, table)
    assert found.index.tolist() == list(range(10, 20))
    if kind == "regression":
        assert found.columns.tolist() == ["prediction"]
        return
    assert found.columns.tolist() == ["prediction", *(f"probability_{name}" for name in made.classes)]
    np.testing.assert_allclose(found.drop(columns="prediction").sum(axis=1), 1, atol=1e-6)


@pytest.mark.parametrize("rows", [None, np.array([7, 2, 30])])
def test_sealed_rows_are_scored_as_each_model_takes_them(tables, tmp_path, rows):
    """The verdict compares a model of named columns with one of the encoded table on the same rows, in their order."""
    table = tables["binary"]
    sealed = opened(tmp_path, split_table(table.config, tmp_path, OPEN_GATE).data.fingerprint)
    models = [
        fitted(table, "linear"),
        fit(FitJob(table.data, resolve(PATH, "binary", SPACE).learner, {}, "roc_auc", 3)),
    ]
    assert [model.takes_frame for model in models] == [False, True]
    chosen = np.arange(len(sealed.y)) if rows is None else rows
    expected = [model.predict_proba(table.frame.iloc[sealed.ids[chosen]])["yes"] for model in models]
    np.testing.assert_array_equal(score_table.sealed_scores(models, sealed.X, sealed.extra, rows), expected)
    assert [score_table.unread(chosen) for chosen in (models, models[:1])] == [(), ("table",)]
    with pytest.raises(InputError, match=r"the sealed rows must hold their columns as read .*; start a new run with"):
        score_table.sealed_scores(models, sealed.X, {})


def test_a_model_without_probabilities_gives_scores_by_that_name(tables):
    found = score_table.predictions(fitted(tables["binary"], "svm", "accuracy"), tables["binary"].frame.head())
    assert found.columns.tolist() == ["prediction", "score_no", "score_yes"]


def test_columns_of_the_same_name_are_not_written_over(tables):
    table = tables["binary"].frame.head(3)
    found = score_table.predictions(fitted(tables["binary"]), table)
    assert score_table.beside(table, found).columns.tolist() == [*table.columns, *found.columns]
    named = table.assign(prediction=1, prediction_2=2)
    joined = score_table.beside(named, found)
    assert joined.columns.tolist()[: len(named.columns) + 1] == [*named.columns, "prediction_3"]
    assert joined["prediction"].eq(1).all()

"""New data that a champion cannot be measured on are refused with the reason, in one line."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from finetooth.config.column_types import ColumnType
from finetooth.data.open_table import open_table
from finetooth.data.schema import Schema
from finetooth.data.store import open_development
from finetooth.errors import InputError
from finetooth.retraining.schema_check import check_schema


@pytest.fixture
def complaint(tables, tmp_path):
    """A function that checks a table and gives back what is said against it: nothing when it passes."""

    def say(frame, kind="binary", time=None, newest=None):
        frame.to_csv(tmp_path / "new.csv", index=False)
        about = open_development(tables[kind].data).about
        try:
            with open_table(str(tmp_path / "new.csv")) as table:
                check_schema(table, "new.csv", about, time, newest)
        except InputError as error:
            return str(error)
        return ""

    return say


@pytest.fixture
def refused(complaint):
    """The same for a table that must not pass."""

    def say(*words, **more):
        found = complaint(*words, **more)
        assert found
        assert "\n" not in found
        return found

    return say


@pytest.mark.parametrize("kind", ["binary", "multiclass", "regression"])
def test_a_table_of_the_same_kind_passes(tables, complaint, kind):
    assert complaint(tables[kind].frame, kind, time="day", newest=0.0) == ""


def test_a_missing_column(tables, refused):
    said = refused(tables["binary"].frame.rename(columns={"second": "secnod"}))
    assert said.startswith("the champion's column 'second' must exist in new.csv")
    assert "Did you mean 'secnod'?" in said


def test_a_missing_target(tables, refused):
    assert "column 'target' must exist" in refused(tables["binary"].frame.drop(columns="target"))


@pytest.mark.parametrize(
    ("column", "values", "said"),
    [
        ("first", lambda n: ["low", "high"] * (n // 2), "'first' must hold numbers, as the champion's did"),
        ("color", lambda n: np.arange(n) * 1.5, "'color' must hold categories"),
        ("day", np.arange, "'day' must hold dates"),
        ("member", lambda n: ["a", "b", "c"] * (n // 3), "'member' must hold true or false"),
    ],
)
def test_another_type(tables, refused, column, values, said):
    frame = tables["binary"].frame
    assert said in refused(frame.assign(**{column: values(len(frame))}))


def test_a_column_that_would_be_taken_for_something_else_is_read_as_the_champions(tables, tmp_path):
    """Codes of which the new table has those alone that look like numbers."""
    about = open_development(tables["binary"].data).about
    columns = tuple(
        replace(column, levels=("1", "2", "X")) if column.name == "color" else column for column in about.schema.columns
    )
    about = replace(about, schema=Schema(columns))
    frame = tables["binary"].frame
    frame.assign(color=np.arange(len(frame)) % 2 + 1).to_csv(tmp_path / "new.csv", index=False)
    with open_table(str(tmp_path / "new.csv")) as table:
        assert check_schema(table, "new.csv", about, None, None) == {"color": ColumnType("category")}


def test_a_column_without_values_is_left_to_drift(tables, complaint):
    assert complaint(tables["binary"].frame.assign(second=np.nan)) == ""


def test_an_unseen_class(tables, refused):
    frame = tables["multiclass"].frame.copy()
    frame.loc[:5, "target"] = "sky"
    assert "has 'sky'" in refused(frame, "multiclass")


def test_a_class_without_rows(tables, refused):
    frame = tables["multiclass"].frame
    assert "has none of 'top'" in refused(frame[frame["target"] != "top"], "multiclass")


def test_older_than_the_champion(tables, refused):
    newest = pd.Timestamp("2031-05-01").timestamp()
    said = refused(tables["binary"].frame, time="day", newest=newest)
    assert "must be newer than the champion's, whose latest 'day' is 2031-05-01 00:00" in said
    assert "the latest in new.csv is 2024-08-27" in said

"""What a person may type for a column, and what that means; whatever means nothing is refused in one line."""

import pytest

from finetooth.config.column_types import ColumnType, parse, words_of
from finetooth.config.data import CsvConfig, DataConfig
from finetooth.config.loading import load_tune
from finetooth.errors import InputError


@pytest.mark.parametrize(
    ("words", "declared"),
    [
        ("category", ColumnType("category")),
        ("number decimal-comma", ColumnType("number", decimal=",")),
        ("low<medium < high", ColumnType("ordinal", ("low<medium", "high"))),
        ("low<medium<high", ColumnType("ordinal", ("low", "medium", "high"))),
        ("<18 < 18-65 < >65", ColumnType("ordinal", ("<18", "18-65", ">65"))),
        ("date", ColumnType("date")),
        ("date day-first", ColumnType("date", day_first=True)),
        ("date %d/%m/%Y", ColumnType("date", format="%d/%m/%Y")),
        ("date %d %B %Y %H:%M Europe/Berlin", ColumnType("date", format="%d %B %Y %H:%M", zone="Europe/Berlin")),
        ("date month-first America/New_York", ColumnType("date", zone="America/New_York", day_first=False)),
        ("date epoch", ColumnType("date", format="epoch")),
    ],
)
def test_words_declare_a_type_and_a_type_is_said_in_words(words, declared):
    assert parse(words) == declared
    assert parse(str(declared)) == declared


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("text", "text"),
        (["s", "m", "l"], "s < m < l"),
        ([1, 2, 3], "1 < 2 < 3"),
        ({"kind": "ordinal", "order": ["a", "b"]}, "a < b"),
        ({"format": "%Y", "zone": "UTC"}, "date %Y UTC"),
        ({"kind": "date", "day_first": True}, "date day-first"),
        ({"decimal": ","}, "number decimal-comma"),
    ],
)
def test_python_and_yaml_may_declare_with_lists_and_mappings(value, words):
    assert words_of(value) == words
    assert DataConfig(types={"a": value}).types == {"a": words}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"types": {"a": "colour"}}, "type of a column 'colour' must exist in the types; it has: category"),
        ({"types": {"a": "ordinal"}}, "an ordinal must name its levels, the lowest first"),
        ({"types": {"a": ["x"]}}, "an ordinal must have two levels or more, each once"),
        ({"types": {"a": ["x", "x"]}}, "an ordinal must have two levels or more, each once"),
        ({"types": {"a": "number soon"}}, "the type number must stand alone; got 'number soon'"),
        ({"types": {"a": "date tomorrow"}}, "a date must come with a format such as %d/%m/%Y"),
        (
            {"types": {"a": "date day-first %d/%m/%Y"}},
            "a date must have a format or an order of day and month, not both",
        ),
        ({"types": "category"}, "the types of columns must be given by column"),
        ({"types": {"target": "id"}}, "the target must be a column to predict; 'target' is declared as id"),
        ({"types": {"a": "number"}, "drop": ["a"]}, "column 'a' must be declared once; it is left out by data.drop"),
        ({"types": {"target": "category"}, "kind": "regression"}, "'target' is declared as category and the task as"),
        ({"types": {"target": "number"}, "kind": "binary"}, "'target' is declared as number and the task as binary"),
        ({"types": {"a": ["x", "y"]}, "missing": {"a": "x"}}, "'x' is declared as both"),
        ({"csv": {"decimal": ",", "delimiter": ","}}, "the decimal sign and the delimiter must differ"),
        ({"csv": {"decimal": ".", "thousands": "."}}, "the decimal sign and the thousands sign must differ"),
        ({"csv": {"delimiter": "ab"}}, "the delimiter must be one character, or one of tab, "),
        ({"csv": {"encoding": "utf-99"}}, "the encoding must be one that Python knows"),
        ({"csv": {"quote": ";", "delimiter": ";"}}, "the quotation mark must be neither delimiter nor decimal sign"),
    ],
)
def test_what_declares_nothing_or_two_things_is_refused(data, said):
    with pytest.raises(InputError) as caught:
        load_tune({"data": data})
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("missing", "by_column"),
    [
        (-999, {"*": ("-999",)}),
        (["-1", "refused"], {"*": ("-1", "refused")}),
        ({"income": -1, "*": ["?"]}, {"income": ("-1",), "*": ("?",)}),
    ],
)
def test_values_that_mean_missing_hold_for_a_column_or_for_all(missing, by_column):
    assert DataConfig(missing=missing).missing == by_column


def test_a_column_is_left_out_by_drop_or_by_its_type():
    data = DataConfig(drop=("a",), types={"b": "id", "c": "drop", "d": "category"})
    assert data.left_out == ("a", "b", "c")


def test_a_thousands_sign_says_the_decimal_sign():
    assert [CsvConfig(thousands=sign).point for sign in (".", ",", "'", None)] == [",", ".", None, None]

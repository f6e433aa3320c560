"""What a person declares a column or the positive class to be, that it is; what cannot be is refused in one line."""

import numpy as np
import pandas as pd
import pytest

from finetooth.config.data import DataConfig
from finetooth.config.loading import load_tune
from finetooth.data.declared import declarations
from finetooth.data.open_table import open_table
from finetooth.data.schema import infer
from finetooth.data.target import class_labels, read_target, task_taken
from finetooth.errors import InputError

N = 60
TABLE = pd.DataFrame(
    {
        "shop": [10, 20, 30] * 20,
        "price": ["1,234", "soon", "never"] * 20,
        "when": ["3/4/20", "x", "y"] * 20,
        "note": ["a", "b", "c"] * 20,
    }
)


def kinds(path, **types):
    with open_table(str(path), declarations(DataConfig(types=types))) as table:
        columns = {name: table.read(name).to_pandas() for name in table.schema.names}
        schema = infer(columns.items(), table.readings)
    return {column.name: column.kind for column in schema.columns}, columns


@pytest.fixture(params=["csv", "parquet"])
def path(tmp_path, request):
    place = tmp_path / f"t.{request.param}"
    TABLE.to_csv(place, index=False) if request.param == "csv" else TABLE.to_parquet(place)
    return place


def test_columns_are_what_they_are_declared_to_be(path):
    assert kinds(path)[0] == {"shop": "number", "price": "category", "when": "category", "note": "category"}
    found, columns = kinds(path, shop="category", price="number", when="date", note="text")
    assert found == {"shop": "category", "note": "text"}  # one value alone says nothing
    assert columns["price"].dropna().unique().tolist() == [1234.0]
    assert columns["when"].dropna().unique().tolist() == [pd.Timestamp("2020-03-04")]


@pytest.mark.parametrize(
    ("types", "said"),
    [
        (
            {"note": "number"},
            "column 'note' must hold numbers, as it is declared (number); no value is one, such as 'a' in row 1",
        ),
        (
            {"note": "date"},
            "column 'note' must hold dates, as it is declared (date); no value is one, such as 'a' in row 1",
        ),
        ({"nota": "text"}, "declared column 'nota' must exist"),
    ],
)
def test_a_declaration_that_no_value_fits_is_refused(path, types, said):
    with pytest.raises(InputError) as caught:
        kinds(path, **types)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_type_that_there_is_not_is_refused():
    with pytest.raises(InputError, match="type of a column 'colour' must exist in the types; it has: category"):
        load_tune({"data": {"types": {"shop": "colour"}}})


def test_the_positive_class_is_the_one_that_is_named():
    values = pd.Series(["stayed", "churned", "stayed", "churned", "stayed"], name="y")
    plain, named = read_target(values, None), read_target(values, None, "stayed")
    assert (plain.classes, plain.y.tolist()) == (("stayed", "churned"), [0, 1, 0, 1, 0])  # the rarer one
    assert (named.classes, named.y.tolist()) == (("churned", "stayed"), [1, 0, 1, 0, 1])
    assert "the positive class, which F1, precision and probabilities speak of, is 'stayed' (60.0% of the rows)" in (
        task_taken(named)[0].message
    )


@pytest.mark.parametrize(
    ("values", "positive"),
    [
        ([1, 1, 1, 0], "1"),
        ([1, 1, 1, -1], "1"),
        ([True, True, True, False], "True"),
        (["yes", "yes", "yes", "no"], "yes"),
        (["Y", "Y", "Y", "N"], "Y"),
        ([2, 1, 1, 1], "2"),
        (["good", "good", "good", "bad"], "bad"),
        (["no", "no", "no", "maybe"], "maybe"),
        (["a", "b", "a", "b"], "b"),
    ],
)
def test_without_a_name_it_is_the_usual_one_or_the_rarer(values, positive):
    assert read_target(pd.Series(values * 5, name="y"), None).classes[1] == positive


@pytest.mark.parametrize(
    ("values", "positive", "said"),
    [
        (["a", "b"] * 5, "c", "positive class 'c' must exist in the target 'y'"),
        (["a", "b", "c"] * 5, "a", "a positive class must be one of two; the target 'y' has 3 classes"),
        (list(np.linspace(0, 1, 40)), "1", "a positive class must come with two classes; the target 'y' is a number"),
    ],
)
def test_a_positive_class_that_cannot_be_is_refused(values, positive, said):
    with pytest.raises(InputError, match=said):
        read_target(pd.Series(values, name="y"), None, positive)


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        ([0, 1] * 5, [0, 1]),
        ([True, False] * 5, [False, True]),
        ([1.5, 2.5] * 5, [1.5, 2.5]),
        (["b", "a"] * 5, ["a", "b"]),
    ],
)
def test_labels_keep_the_type_that_they_had(values, labels):
    target = read_target(pd.Series(values, name="y"), None)
    found = class_labels(target.classes, target.class_type)
    assert found.tolist() == labels
    assert [type(label) for label in found.tolist()] == [type(label) for label in labels]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (list(range(26)) * 4, ("'y' is taken as a number, from 0 to 25: a regression.", "kind=multiclass")),
        ([0.5, 1.5, 2.5, 3.5] * 9, ("'y' is taken as a number, from 0.5 to 3.5: a regression.", "kind=multiclass")),
        (list(np.linspace(0, 1, 36)), ("'y' is taken as a number, from 0 to 1: a regression.", "")),
        (["a", "b", "c"] * 5, ("'y' is taken as 3 classes: multiclass.", "")),
        ([1, 2, 3, 4, 5] * 9, ("'y' is taken as 5 classes, from 1 to 5: multiclass.", "kind=regression")),
    ],
)
def test_the_task_is_said_and_what_it_might_be_instead(values, said):
    (finding,) = task_taken(read_target(pd.Series(values, name="y"), None))
    assert finding.message == said[0]
    assert finding.remedy.removesuffix(".").endswith(said[1])
    assert bool(finding.remedy) == bool(said[1])

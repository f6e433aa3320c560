"""What a column is taken for, and the numbers it becomes."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from finetooth.data.columns import TEXT_BUCKETS, WIDE_LEVELS, Column
from finetooth.data.schema import Schema, encode, encode_table, infer, write_table

NAN = np.nan
WORDS = [f"some words about case {i}" for i in range(WIDE_LEVELS + 1)]
CODES = [f"code{i:03d}" for i in range(WIDE_LEVELS + 3)]


@pytest.mark.parametrize(
    ("values", "column"),
    [
        ([1, 2, 3], Column("c", "number")),
        ([1.5, None, 3.0], Column("c", "number")),
        ([True, False, True], Column("c", "boolean")),
        ([True, None, False, True], Column("c", "boolean")),
        (["b", "a", "b"], Column("c", "category", ("b", "a"))),
        (["b", "a", None], Column("c", "category", ("a", "b"))),
        (pd.Categorical(["b", "a", "b"], ["a", "b", "unused"]), Column("c", "category", ("b", "a"))),
        (["2024-01-01", "2024-05-01"], Column("c", "date")),
        (["31/12/2024", "01/02/2024"], Column("c", "date", day_first=True)),
        ([dt.date(2024, 1, 1), dt.date(9999, 12, 31)], Column("c", "date")),
        (pd.to_datetime(["2024-01-01", "2024-05-01"], utc=True), Column("c", "date")),
        (WORDS, Column("c", "text")),
        (CODES * 2, Column("c", "category", tuple(CODES))),
        ([*CODES * 2, "once"], Column("c", "category", tuple(CODES), rest=True)),
        ([*CODES, "code007"], Column("c", "category", ("code007",), rest=True)),
    ],
)
def test_what_a_column_is_taken_for(values, column):
    assert infer([("c", pd.Series(values))]) == Schema((column,))


def test_columns_that_say_nothing_are_left_out():
    columns = {"same": ["a", "a"], "empty": [None, None], "once": [1.0, None], "useful": [1, 2]}
    assert infer((name, pd.Series(values)) for name, values in columns.items()).features == ("useful",)


def test_the_order_of_rows_does_not_matter():
    frame = pd.DataFrame(
        {
            "number": [1.0, None, 3.0, 4.0],
            "city": ["Oslo", "Bern", None, "Rome"],
            "when": ["01/02/2020", "13/01/2020", None, "03/04/2020"],
        }
    )
    frame = pd.concat([frame] * 5, ignore_index=True)
    seen = infer(frame.items())
    shuffled = frame.sample(frac=1, random_state=3)
    assert infer(shuffled.items()) == seen
    np.testing.assert_array_equal(encode_table(seen, shuffled), encode_table(seen, frame)[shuffled.index])


@pytest.mark.parametrize(
    ("column", "values", "encoded"),
    [
        (Column("c", "number"), [1, None, np.inf, -2.5], [1, NAN, NAN, -2.5]),
        (Column("c", "number"), ["7", "x", None, "1e3"], [7, NAN, NAN, 1000]),
        (Column("c", "boolean"), [True, False, None], [1, 0, NAN]),
        (Column("c", "category", ("b", "a")), ["a", "b", None, "new"], [1, 0, NAN, NAN]),
        (Column("c", "category", ("b", "a"), rest=True), ["a", "b", None, "new"], [1, 0, NAN, 2]),
        (Column("c", "category", ("b", "a")), pd.Categorical(["a", None, "new"]), [1, NAN, NAN]),
        (Column("c", "category", ("True", "False")), [True, False, True], [0, 1, 0]),
        (Column("c", "category", (), rest=True), ["a", None], [0, NAN]),
    ],
)
def test_each_value_becomes_its_number_and_missing_becomes_nan(column, values, encoded):
    dtype = object if isinstance(values, list) else None
    found = encode(column, pd.Series(values, dtype=dtype))
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, np.array(encoded, np.float32)[:, None])


def test_dates_become_days_year_month_weekday_and_hour():
    dates = pd.Series(["1970-01-02 06:30", None, "9999-12-31", "no date"])
    expected = [[1, 1970, 1, 4, 6.5], [NAN] * 5, [2_932_896, 9999, 12, 4, 0], [NAN] * 5]
    np.testing.assert_array_equal(
        encode(Column("d", "date"), dates), np.array([[1 + 6.5 / 24, *expected[0][1:]], *expected[1:]], np.float32)
    )


def test_dates_are_read_as_they_were_learned_whatever_the_new_rows_look_like():
    learned = infer([("d", pd.Series(["13/01/2020", "01/02/2020", "28/02/2020"]))]).columns[0]
    as_text = encode(learned, pd.Series(["05/06/2020"]))
    np.testing.assert_array_equal(as_text, encode(learned, pd.Series(pd.to_datetime(["2020-06-05"]))))


def test_texts_become_their_length_and_hashed_words():
    found = encode(Column("t", "text"), pd.Series(["red red", None, ""], dtype=object))
    assert found.shape == (3, 1 + TEXT_BUCKETS)
    assert (found[0, 0], found[0, 1:].sum(), found[0, 1:].max()) == (7, 2, 2)
    assert np.isnan(found[1]).all()
    assert not found[2].any()


@pytest.mark.parametrize("values", [[None, None], pd.Categorical(["a b c", None]), [1.5, NAN]])
def test_texts_may_come_in_any_form(values):
    found = encode(Column("t", "text"), pd.Series(values))
    assert found.shape == (2, 1 + TEXT_BUCKETS)
    assert np.isnan(found[1]).all()


def test_features_and_categories_are_counted_alike():
    schema = Schema(
        (Column("n", "number"), Column("d", "date"), Column("c", "category", ("a", "b")), Column("t", "text"))
    )
    assert len(schema.features) == len(schema.categorical) == 1 + 5 + 1 + (1 + TEXT_BUCKETS)
    assert [name for name, held in zip(schema.features, schema.categorical, strict=True) if held] == ["c"]


@pytest.mark.parametrize("batch", [1, 2, 7])
def test_a_table_that_is_encoded_some_rows_at_a_time_is_the_same(tmp_path, batch):
    day = pd.to_datetime(["2024-01-01", None, "2024-02-03T10:30"], format="ISO8601")
    frame = pd.DataFrame(
        {"n": [1.0, NAN, 3.0], "d": day, "w": ["13/01/2020", "01/02/2020", None], "c": ["a", "b", None]}
    )
    schema = infer(frame.items())
    assert [column.kind for column in schema.columns] == ["number", "date", "date", "category"]
    write_table(tmp_path / "X.npy", schema, frame, batch)
    np.testing.assert_array_equal(np.load(tmp_path / "X.npy", mmap_mode="r"), encode_table(schema, frame))


def test_numbers_that_float32_cannot_tell_apart_keep_their_differences():
    stamps = 1_700_000_000_000 + np.arange(0, 60_000, 7)
    values = pd.Series(stamps)
    (column,) = infer([("c", values)]).columns
    assert column == Column("c", "number", offset=float(stamps[0]))
    assert encode(column, values)[:, 0].tolist() == (stamps - stamps[0]).tolist()
    assert encode(column, pd.Series([stamps[3], None]))[0, 0] == 21
    fine = pd.Series(np.random.default_rng(0).normal(size=20_000))
    assert infer([("c", fine)]).columns == (Column("c", "number"),)

"""The columns as a model of the user's own is given them: the same values however they are written, and sealed whole."""

import datetime as dt

import numpy as np
import pandas as pd
import pyarrow as pa

from finetooth.data import frames
from finetooth.data.columns import Column
from finetooth.data.frames import as_frame, pack, unpack
from finetooth.data.schema import Schema
from finetooth.data.split import split_table
from finetooth.data.store import open_development
from tests.conftest import OPEN_GATE
from tests.data.sealing import config_of, opened

NAN = np.nan
SCHEMA = Schema(
    (
        Column("day", "date"),
        Column("age", "number", offset=3.0),
        Column("price", "number", decimal=","),
        Column("member", "boolean"),
        Column("code", "category", ("1", "2"), rest=True),
        Column("note", "text"),
    )
)
DAYS = [pd.Timestamp("2024-01-31"), pd.NaT, pd.Timestamp("2024-01-01 10:30")]
READ = pd.DataFrame(
    {
        "day": pd.Series(DAYS, dtype="datetime64[us]"),
        "age": [1.0, NAN, NAN],
        "price": [1000.5, NAN, 2.0],
        "member": [1.0, 0.0, NAN],
        "code": pd.Series(["1", NAN, "new"], dtype=object),
        "note": pd.Series(["two words", NAN, "7"], dtype=object),
    }
)


def test_values_are_the_same_however_a_table_writes_them():
    """A model that learned from one reading of a column is given the same values by every later one."""
    written = pd.DataFrame(
        {
            "more": [1, 2, 3],
            "note": ["two words", " ", "7"],
            "code": ["1.0", "n/a", "new"],
            "member": ["TRUE", "0", ""],
            "price": ["1.000,5", "?", "2"],
            "age": ["1", "inf", "none"],
            "day": ["2024-01-31", "nothing", "2024-01-01T10:30:00Z"],
        },
        index=[5, 5, 7],
    )
    typed = pd.DataFrame(
        {
            "day": pd.DatetimeIndex(DAYS).tz_localize("UTC").tz_convert("Asia/Tokyo"),
            "age": [1, np.inf, None],
            "price": [1000.5, None, 2],
            "member": pd.Series([True, False, None], dtype=object),
            "code": pd.Series([1, None, "new"], dtype=object),
            "note": pd.Series(["two words", None, 7], dtype=object),
        }
    )
    for table in (written, typed, READ):
        pd.testing.assert_frame_equal(as_frame(SCHEMA, table), READ)


def test_rows_are_taken_as_copies():
    """A step of the user's that changes its rows must not change those of the next fit."""
    rows = frames.take(READ, np.array([2, 0]))
    assert rows.index.tolist() == [2, 0]
    rows["age"] = 9.0
    assert READ["age"].tolist()[0] == 1.0
    assert frames.take(np.arange(6.0).reshape(3, 2), np.array([2])).tolist() == [[4.0, 5.0]]


def test_a_table_of_any_types_comes_out_of_its_bytes_and_gives_the_same_ones_again():
    """The digest of sealed rows must not depend on anything but the rows."""
    table = pa.table(
        {
            "number": [1.5, None, 3.0],
            "whole": pa.array([1, None, 2**60]),
            "truth": [True, None, False],
            "word": ["a", None, "a much longer word"],
            "level": pa.array(["x", None, "y"]).dictionary_encode(),
            "when": pa.array([dt.datetime(2024, 1, 1, tzinfo=dt.UTC), None, None], pa.timestamp("us", "Asia/Tokyo")),
        }
    )
    packed = pack(table)
    assert (packed.dtype, len(packed)) == (np.uint8, 3)
    pd.testing.assert_frame_equal(unpack(packed), table.to_pandas())
    np.testing.assert_array_equal(pack(pa.Table.from_batches(table.to_batches())), packed)


def test_development_rows_and_sealed_rows_have_their_columns_as_read(tables, tmp_path):
    """Both sides of a split hold every value of the user's table, and the target is not among them."""
    config = config_of(tables["binary"].config.data.source)
    data = split_table(config, tmp_path, OPEN_GATE).data
    development, sealed = open_development(data), opened(tmp_path, data.fingerprint)
    table = tables["binary"].frame
    features = [column.name for column in development.about.schema.columns]
    columns = unpack(sealed.extra[frames.TABLE])
    assert columns.columns.tolist() == [name for name in table if name != "target"]
    for rows, named in (
        (development.row_numbers, development.named),
        (sealed.ids, as_frame(development.about.schema, columns)),
    ):
        expected = table.iloc[rows][features].reset_index(drop=True)
        expected = expected.astype({"member": float, "color": object, "day": "datetime64[us]"})
        pd.testing.assert_frame_equal(named, expected)
    assert development.named is development.named

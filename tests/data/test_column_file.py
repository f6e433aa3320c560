"""A table on disk column by column: what is read is what was written, and numbers are not copied."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from finetooth.data import column_file

ROWS = np.array([4, 0, 3, 1])
FRAME = pd.DataFrame(
    {
        "number": [1.5, 2.5, 3.5, 4.5, 5.5],
        "whole": pd.array([1, None, 3, 4, 5], dtype="Int64"),
        "text": ["a", None, "c", "d", "e"],
        "truth": [True, False, True, False, True],
        "level": pd.Categorical(["x", "y", None, "x", "z"]),
        "zone": pd.date_range("2024-01-01", periods=5, tz="Europe/Oslo"),
    }
)


def chunked(frame):
    """The frame as a table of two chunks, whose categories are numbered apart."""
    parts = [frame.iloc[:2], frame.iloc[2:].assign(level=frame["level"].iloc[2:].cat.remove_unused_categories())]
    schema = pa.Schema.from_pandas(frame, preserve_index=False)
    return pa.concat_tables([pa.Table.from_pandas(part, schema, preserve_index=False) for part in parts])


def kept(table, path, rows=ROWS):
    column_file.write(path, table.schema, table.columns, rows)
    return column_file.read_frame(path)


@pytest.mark.parametrize("batch", [1, 3, 100])
def test_chosen_rows_come_back_in_their_order_with_their_types(tmp_path, monkeypatch, batch):
    monkeypatch.setattr(column_file, "_BATCH", batch)
    table = chunked(FRAME)
    expected = table.unify_dictionaries().take(pa.array(ROWS)).to_pandas()
    pd.testing.assert_frame_equal(kept(table, tmp_path / "t.arrow"), expected)


def test_no_rows_are_a_table_too(tmp_path):
    found = kept(chunked(FRAME), tmp_path / "t.arrow", np.array([], dtype=np.int64))
    assert (list(found), len(found)) == (list(FRAME), 0)


def test_a_column_that_reads_as_part_of_another_is_found_by_its_own_name(tmp_path):
    table = pa.table({"a": [1, 2], "a.b": [3, 4]})
    pd.testing.assert_frame_equal(kept(table, tmp_path / "t.arrow", np.array([1])), table.slice(1).to_pandas())


def test_numbers_and_texts_are_read_where_they_lie(tmp_path):
    frame = pd.DataFrame({"n": np.arange(200_000.0), "i": np.arange(200_000), "s": ["some text"] * 200_000})
    table = pa.Table.from_pandas(frame)
    before = pa.total_allocated_bytes()
    found = kept(table, tmp_path / "t.arrow", np.arange(200_000))
    assert pa.total_allocated_bytes() - before < 100_000
    assert [found[name].to_numpy().flags.owndata for name in ("n", "i")] == [False, False]
    assert not found["n"].to_numpy().flags.writeable

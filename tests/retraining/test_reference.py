"""What a model learned from: stored beside its files, read again, and rows told apart only where they can be."""

import numpy as np
import pytest

from finetooth.data.store import open_development
from finetooth.errors import InputError
from finetooth.retraining import reference
from finetooth.retraining.reference import Reference, read_reference, row_hashes, write_reference


def test_what_is_remembered_comes_back(tables, tmp_path):
    data = tables["binary"].data
    write_reference(tmp_path, data)
    stored = read_reference(tmp_path)
    development = open_development(data)
    assert (stored.rows, stored.newest, stored.distinguishable) == (data.rows, None, True)
    assert stored.contains(np.asarray(development.X)).all()
    assert sorted(stored.sample.columns) == sorted(development.frame().columns)
    assert len(stored.sample) == data.rows


def test_the_same_data_give_the_same_bytes(tables, tmp_path):
    for name in "ab":
        write_reference(tmp_path / name, tables["binary"].data)
    files = sorted(path.name for path in (tmp_path / "a" / "reference").iterdir())
    assert files == ["about.json", "rows.npy", "sample.parquet"]
    for name in files:
        assert (tmp_path / "a" / "reference" / name).read_bytes() == (tmp_path / "b" / "reference" / name).read_bytes()


def test_a_large_table_is_sampled(tables, tmp_path, monkeypatch):
    monkeypatch.setattr(reference, "SAMPLE", 50)
    write_reference(tmp_path, tables["binary"].data)
    assert len(read_reference(tmp_path).sample) == 50


def test_nothing_kept_is_none_and_damage_is_said(tables, tmp_path):
    assert read_reference(tmp_path) is None
    write_reference(tmp_path, tables["binary"].data)
    (tmp_path / "reference" / "sample.parquet").write_bytes(b"no")
    with pytest.raises(InputError, match="reference must be readable"):
        read_reference(tmp_path)


def test_a_row_is_known_by_its_values_alone_and_missing_equals_missing():
    X = np.array([[1, np.nan], [2, 3], [-0.0, 1]], dtype=np.float32)
    first = row_hashes(X)
    assert len(set(first)) == 3
    assert (row_hashes(X[::-1].copy()) == first[::-1]).all()
    assert row_hashes(np.array([[0.0, 1]], dtype=np.float32))[0] == first[2]
    assert row_hashes(X[:, ::-1].copy())[1] != first[1]


def test_where_rows_repeat_by_nature_none_counts_as_learned(tables):
    X = np.tile(np.array([[1, 2], [3, 4]], dtype=np.float32), (10, 1))
    stored = Reference(20, None, tables["binary"].frame, row_hashes(X))
    assert not stored.distinguishable
    assert not stored.contains(X).any()

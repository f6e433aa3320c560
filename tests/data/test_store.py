"""Stored development rows: opened by reference, read-only, and the same folds for everybody."""

import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from finetooth.data.store import open_development
from finetooth.errors import InputError, StoreGoneError
from finetooth.files import new_folder
from finetooth.records import Fidelity

COARSE, THREE = Fidelity(0.25, 3), Fidelity(folds=3)


@pytest.fixture
def development(tables):
    return open_development(tables["binary"].data)


def test_stored_rows_are_those_of_the_users_table(tables, development):
    rows = np.load(development.folder / "rows.npy")
    expected = tables["binary"].frame.iloc[rows].reset_index(drop=True)
    found = development.frame()
    assert found["first"].tolist() == expected["first"].tolist()
    assert found["color"].tolist() == expected["color"].tolist()
    assert pd.to_datetime(found["day"]).tolist() == expected["day"].tolist()
    np.testing.assert_array_equal(development.X[:, 0], expected["first"].astype(np.float32))
    assert development.y.tolist() == (expected["target"] == "yes").astype(float).tolist()


def test_arrays_are_mapped_and_cannot_be_changed(development):
    for array in (development.X, development.y):
        assert isinstance(array, np.memmap)
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_folds_depend_on_seed_stage_and_repeat_and_on_nothing_else(tables, development):
    def cuts(*purpose, fidelity=THREE):
        return [test.tolist() for _, test in development.folds(fidelity, *purpose)]

    base = cuts(0, "refine", 0)
    again = open_development(tables["binary"].data).folds(THREE, 0, "refine", 0)
    assert base == [test.tolist() for _, test in again]
    assert base != cuts(1, "refine", 0)
    assert base != cuts(0, "coarse", 0)
    assert base != cuts(0, "refine", 1)
    assert base == cuts(0, "refine", 0, fidelity=Fidelity(folds=3, rounds=7))


def test_all_trials_of_a_stage_share_one_subset_of_the_rows(development):
    whole = len(development.y)
    subsets = [np.unique(np.concatenate(development.folds(COARSE, 0, "coarse", n)[0])).tolist() for n in range(3)]
    assert subsets[0] == subsets[1] == subsets[2]
    assert abs(len(subsets[0]) - 0.25 * whole) < 4
    shuffles = [development.folds(COARSE, 0, "coarse", n)[0][1].tolist() for n in (0, 1)]
    assert shuffles[0] != shuffles[1]


def test_rows_that_are_gone_are_named(tables, tmp_path):
    gone = replace(tables["binary"].data, uri=str(tmp_path / "gone"))
    with pytest.raises(InputError) as caught:
        open_development(gone)
    said = f"the stored development rows must be there; {tmp_path / 'gone'} is gone; start a new run."
    assert str(caught.value) == said


def test_rows_that_vanish_in_the_middle_of_a_run_are_named(tables, tmp_path):
    folder = tmp_path / "moved"
    shutil.copytree(tables["binary"].data.uri, folder)
    development = open_development(replace(tables["binary"].data, uri=str(folder)))
    shutil.rmtree(folder)
    said = f"the stored development rows must be there; {folder} is gone; start a new run."
    for read in (lambda: development.X, lambda: development.y, development.frame):
        with pytest.raises(StoreGoneError) as caught:
            read()
        assert (str(caught.value), caught.value.exit_code) == (said, 2)


def test_a_folder_appears_whole_or_not_at_all(tmp_path):
    folder = tmp_path / "deep" / "table"
    with pytest.raises(FileNotFoundError), new_folder(folder) as scratch:
        (scratch / "half").write_text("half") and (scratch / "none").read_text()
    assert list(folder.parent.iterdir()) == []
    with new_folder(folder) as scratch:
        (scratch / "all").write_text("all")
        assert not folder.exists()
    assert [path.name for path in folder.parent.iterdir()] == ["table"]


def test_whoever_writes_a_folder_second_changes_nothing(tmp_path):
    folder = tmp_path / "table"
    with new_folder(folder) as slow:
        (slow / "who").write_text("slow")
        with new_folder(folder) as quick:
            (quick / "who").write_text("quick")
    assert (folder / "who").read_text() == "quick"
    assert [path.name for path in tmp_path.iterdir()] == ["table"]

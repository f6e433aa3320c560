"""Looking at a data location: a change is seen once, however it came."""

import os

import pytest

from finetooth.errors import InputError
from finetooth.retraining.watch import location_state


def written(path, text, moment):
    path.write_text(text)
    os.utime(path, (moment, moment))
    return str(path)


def test_a_file_that_changed_is_news_and_one_that_did_not_is_none(tmp_path):
    path = tmp_path / "data.csv"
    before = location_state(written(path, "a\n1\n", 1000))
    assert location_state(str(path)).changed_files(before) == ()
    assert location_state(written(path, "a\n1\n2\n", 1000)).changed_files(before) == (str(path),)
    assert location_state(written(path, "a\n2\n", 2000)).changed_files(before) == (str(path),)
    assert before.changed_files(None) == (str(path),)


def test_of_several_files_the_one_that_came_last_is_last(tmp_path):
    written(tmp_path / "a.csv", "x", 3000)
    before = location_state(f"{tmp_path}/*.csv")
    written(tmp_path / "c.csv", "x", 1000)
    written(tmp_path / "b.csv", "x", 4000)
    assert location_state(f"{tmp_path}/*.csv").changed_files(before) == (f"{tmp_path}/c.csv", f"{tmp_path}/b.csv")


def test_a_pattern_may_match_nothing_yet_but_a_file_must_exist(tmp_path):
    assert location_state(f"{tmp_path}/*.csv").files == {}
    with pytest.raises(InputError, match="the watched location must exist"):
        location_state(f"{tmp_path}/data.csv")


def test_another_kind_of_storage_is_looked_at_in_the_same_way():
    import fsspec

    system = fsspec.filesystem("memory")
    system.pipe("/watched/data.csv", b"a")
    before = location_state("memory://watched/data.csv")
    assert location_state("memory://watched/data.csv").changed_files(before) == ()
    system.pipe("/watched/data.csv", b"ab")
    assert location_state("memory://watched/data.csv").changed_files(before) == ("memory:///watched/data.csv",)

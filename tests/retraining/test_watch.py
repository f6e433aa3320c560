"""Looking at a data location: a change is seen once, however it came."""

import os

import pytest

from finetooth.errors import InputError
from finetooth.retraining.watch import look


def written(path, text, moment):
    path.write_text(text)
    os.utime(path, (moment, moment))
    return str(path)


def test_a_file_that_changed_is_news_and_one_that_did_not_is_none(tmp_path):
    path = tmp_path / "data.csv"
    before = look(written(path, "a\n1\n", 1000))
    assert look(str(path)).news(before) == ()
    assert look(written(path, "a\n1\n2\n", 1000)).news(before) == (str(path),)
    assert look(written(path, "a\n2\n", 2000)).news(before) == (str(path),)
    assert before.news(None) == (str(path),)


def test_of_several_files_the_one_that_came_last_is_last(tmp_path):
    written(tmp_path / "a.csv", "x", 3000)
    before = look(f"{tmp_path}/*.csv")
    written(tmp_path / "c.csv", "x", 1000)
    written(tmp_path / "b.csv", "x", 4000)
    assert look(f"{tmp_path}/*.csv").news(before) == (f"{tmp_path}/c.csv", f"{tmp_path}/b.csv")


def test_a_pattern_may_match_nothing_yet_but_a_file_must_exist(tmp_path):
    assert look(f"{tmp_path}/*.csv").files == {}
    with pytest.raises(InputError, match="the watched location must exist"):
        look(f"{tmp_path}/data.csv")


def test_another_kind_of_storage_is_looked_at_in_the_same_way():
    import fsspec

    system = fsspec.filesystem("memory")
    system.pipe("/watched/data.csv", b"a")
    before = look("memory://watched/data.csv")
    assert look("memory://watched/data.csv").news(before) == ()
    system.pipe("/watched/data.csv", b"ab")
    assert look("memory://watched/data.csv").news(before) == ("memory:///watched/data.csv",)

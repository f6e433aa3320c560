"""What was split is found again, and written whole: fingerprints, crashes and stores that were moved."""

import shutil

import numpy as np
import pytest

from finetooth.data import vault
from finetooth.data.split import Gate, Split, split_table
from finetooth.data.store import open_development
from finetooth.records import Finding
from tests.conftest import OPEN_GATE
from tests.data.sealing import config_of, opened

NOTE = Finding("across", "warning", (), "seen")


def test_the_same_table_is_not_split_again(csv, tmp_path):
    calls = []
    gate = Gate(lambda *_: (calls.append("across"), (NOTE,))[1], lambda *_: (calls.append("identifiers"), ())[1])
    config = config_of(csv)
    first = split_table(config, tmp_path / "store", gate)
    again = split_table(config, tmp_path / "store", gate)
    assert (first, calls) == (again, ["identifiers", "across"])
    assert [finding.check for finding in first.findings] == [NOTE.check, "task"]
    assert first == Split(first.data, (NOTE, *first.findings[1:]), first.held, columns=first.columns)
    assert sum(first.held) == 240 - first.data.rows


def test_the_gate_sees_both_sides_and_names_the_columns_to_leave_out(csv, tmp_path, tables):
    seen = {}

    def across(development, holdout, config, kind):
        seen.update(rows=sorted([*development.index, *holdout.index]), kind=kind, columns=list(holdout))
        return ()

    sealed = split_table(config_of(csv), tmp_path / "store", Gate(across, lambda *_: ("noise", "day")))
    assert seen == {"rows": list(range(240)), "kind": "binary", "columns": list(tables["binary"].frame)}
    about = open_development(sealed.data).about
    assert about.schema.features == ("first", "second", "color", "member")
    assert about.dropped == ("target", "noise", "day")


@pytest.mark.parametrize(
    "changed",
    [
        {"seed": 1},
        {"split": {"holdout": 0.3}},
        {"split": {"stratify": False}},
        {"split": {"time": "day"}},
        {"data": {"drop": ["noise"]}},
        {"data": {"kind": "binary"}},
        {"leakage": {"post_outcome": ["noise"]}},
    ],
)
def test_whatever_shapes_the_split_changes_the_fingerprint(csv, tmp_path, changed):
    prints = [split_table(config_of(csv, **c), tmp_path / "store", OPEN_GATE).data.fingerprint for c in ({}, changed)]
    assert prints[0] != prints[1]


@pytest.mark.parametrize(
    "changed",
    [
        {"name": "other"},
        {"metric": "log_loss"},
        {"refine": {"trials": 3}},
        {"cluster": {"workers": 7}},
        {"output": {"folder": "elsewhere"}},
    ],
)
def test_what_does_not_shape_the_split_keeps_the_fingerprint(csv, tmp_path, changed):
    prints = [split_table(config_of(csv, **c), tmp_path / "store", OPEN_GATE).data for c in ({}, changed)]
    assert prints[0] == prints[1]


def test_the_fingerprint_follows_the_content_and_not_the_place(csv, tmp_path):
    moved = tmp_path / "moved.csv"
    shutil.copy(csv, moved)
    data = [
        split_table(config_of(path), tmp_path / name, OPEN_GATE).data for path, name in [(csv, "a"), (str(moved), "b")]
    ]
    assert data[0].fingerprint == data[1].fingerprint
    with moved.open("a") as file:
        file.write("0.1,0.2,0.3,red,True,2023-05-01,yes\n")
    assert split_table(config_of(str(moved)), tmp_path / "b", OPEN_GATE).data.fingerprint != data[0].fingerprint


@pytest.mark.parametrize(
    "place",
    ["write_rows", "slices.learn_rules", "schema.write_table", "schema.encode_table", "vault.seal", "to_json"],
)
def test_a_crash_leaves_no_half_folder_and_the_split_is_made_as_if_it_never_was(csv, tmp_path, monkeypatch, place):
    def crash(*_args, **_named):
        raise KeyboardInterrupt

    config = config_of(csv)
    with monkeypatch.context() as patched:
        patched.setattr(f"finetooth.data.split.{place}", crash)
        with pytest.raises(KeyboardInterrupt):
            split_table(config, tmp_path / "crashed", OPEN_GATE)
    assert list((tmp_path / "crashed" / "development").iterdir()) == []
    assert_same_store(
        split_table(config, tmp_path / "crashed", OPEN_GATE),
        split_table(config, tmp_path / "whole", OPEN_GATE),
        tmp_path,
    )


def test_a_crash_after_sealing_and_before_the_last_step_is_mended(csv, tmp_path, monkeypatch):
    config, sealing = config_of(csv), vault.seal

    def seal_and_crash(*args, **named):
        sealing(*args, **named)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("finetooth.data.split.vault.seal", seal_and_crash)
        with pytest.raises(KeyboardInterrupt):
            split_table(config, tmp_path / "crashed", OPEN_GATE)
    assert_same_store(
        split_table(config, tmp_path / "crashed", OPEN_GATE),
        split_table(config, tmp_path / "whole", OPEN_GATE),
        tmp_path,
    )


def assert_same_store(mended, whole, tmp_path):
    assert mended.data.fingerprint == whole.data.fingerprint
    sides = [[opened(tmp_path / name, whole.data.fingerprint).X, open_development(s.data).X] for name, s in
             (("crashed", mended), ("whole", whole))]  # fmt: skip
    for mine, other in zip(*sides, strict=True):
        np.testing.assert_array_equal(mine, other)


def test_a_store_that_was_moved_is_still_found(csv, tmp_path):
    config = config_of(csv)
    first = split_table(config, tmp_path / "store", OPEN_GATE)
    (tmp_path / "store").rename(tmp_path / "new")
    again = split_table(config, tmp_path / "new", OPEN_GATE)
    assert again.data.uri == str(tmp_path / "new" / "development" / first.data.fingerprint)
    assert open_development(again.data).X.shape == (first.data.rows, first.data.columns)

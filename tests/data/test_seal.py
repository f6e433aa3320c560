"""The split as a stage: two sides that share no row, written whole, under the fingerprint of what shaped them."""

import datetime as dt
import shutil

import numpy as np
import pandas as pd
import pytest

from finetooth.config import identity, load
from finetooth.data import schema, vault
from finetooth.data.seal import Gate, Sealed, seal
from finetooth.data.store import open_development
from finetooth.errors import FinetoothError, InputError, VaultSpentError
from finetooth.records import Fidelity, Finding

OPEN_GATE = Gate(lambda *_: (), lambda *_: ())
NOTE = Finding("across", "warning", (), "seen")


@pytest.fixture
def csv(tmp_path, tables):
    path = tmp_path / "table.csv"
    tables["binary"].frame.to_csv(path, index=False)
    return str(path)


def config_of(source, **sections):
    sections.setdefault("data", {})
    return load(sections | {"data": {"source": source} | sections["data"]})


def opened(store, fingerprint):
    return vault.open_vault(store / "vault" / fingerprint, {"config": "a test"})


def write(tmp_path, **columns):
    path = tmp_path / "own.csv"
    pd.DataFrame(columns).to_csv(path, index=False)
    return str(path)


def rng():
    return np.random.default_rng(0)


def test_both_sides_are_disjoint_and_complete_and_hold_what_the_table_holds(tables):
    for kind, table in tables.items():
        development = open_development(table.data)
        kept = np.load(development.folder / "rows.npy")
        sealed = opened(table.store, table.data.fingerprint)
        assert sorted([*kept, *sealed.ids]) == list(range(len(table.frame)))
        assert abs(len(sealed.ids) - 0.2 * len(table.frame)) <= 5
        whole = schema.encode_table(development.about.schema, table.frame)
        np.testing.assert_array_equal(development.X, whole[kept])
        np.testing.assert_array_equal(sealed.X, whole[sealed.ids])
        codes = table.frame["target"]
        codes = codes if kind == "regression" else codes.map({c: i for i, c in enumerate(development.about.classes)})
        assert development.y.tolist() == codes[kept].tolist()
        assert sealed.y.tolist() == codes[sealed.ids].tolist()


def test_the_reference_tells_what_lies_there(tables):
    data = tables["multiclass"].data
    development = open_development(data)
    assert (data.rows, data.columns, data.target, data.kind) == (*development.X.shape, "target", "multiclass")
    assert development.about.classes == ("low", "mid", "top")
    assert development.about.dropped == ("target",)


def test_the_same_table_is_not_split_again(csv, tmp_path):
    calls = []
    gate = Gate(lambda *_: (calls.append("across"), (NOTE,))[1], lambda *_: (calls.append("identifiers"), ())[1])
    config = config_of(csv)
    first = seal(config, tmp_path / "store", gate)
    again = seal(config, tmp_path / "store", gate)
    assert (first, calls) == (again, ["identifiers", "across"])
    assert first == Sealed(first.data, (NOTE,))


def test_the_gate_sees_both_sides_and_names_the_columns_to_leave_out(csv, tmp_path, tables):
    seen = {}

    def across(development, holdout, config, kind):
        seen.update(rows=sorted([*development.index, *holdout.index]), kind=kind, columns=list(holdout))
        return ()

    sealed = seal(config_of(csv), tmp_path / "store", Gate(across, lambda *_: ("noise", "day")))
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
    prints = [seal(config_of(csv, **c), tmp_path / "store", OPEN_GATE).data.fingerprint for c in ({}, changed)]
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
    prints = [seal(config_of(csv, **c), tmp_path / "store", OPEN_GATE).data for c in ({}, changed)]
    assert prints[0] == prints[1]


def test_the_fingerprint_follows_the_content_and_not_the_place(csv, tmp_path):
    moved = tmp_path / "moved.csv"
    shutil.copy(csv, moved)
    data = [seal(config_of(path), tmp_path / name, OPEN_GATE).data for path, name in [(csv, "a"), (str(moved), "b")]]
    assert data[0].fingerprint == data[1].fingerprint
    with moved.open("a") as file:
        file.write("0.1,0.2,0.3,red,True,2023-05-01,yes\n")
    assert seal(config_of(str(moved)), tmp_path / "b", OPEN_GATE).data.fingerprint != data[0].fingerprint


@pytest.mark.parametrize(
    "place", ["store.write_frame", "slices.learn", "schema.encode_into", "schema.encode_table", "vault.seal", "to_json"]
)
def test_a_crash_leaves_no_half_folder_and_the_split_is_made_as_if_it_never_was(csv, tmp_path, monkeypatch, place):
    def crash(*_args, **_named):
        raise KeyboardInterrupt

    config = config_of(csv)
    with monkeypatch.context() as patched:
        patched.setattr(f"finetooth.data.seal.{place}", crash)
        with pytest.raises(KeyboardInterrupt):
            seal(config, tmp_path / "crashed", OPEN_GATE)
    assert list((tmp_path / "crashed" / "development").iterdir()) == []
    assert_same_store(
        seal(config, tmp_path / "crashed", OPEN_GATE), seal(config, tmp_path / "whole", OPEN_GATE), tmp_path
    )


def test_a_crash_after_sealing_and_before_the_last_step_is_mended(csv, tmp_path, monkeypatch):
    config, sealing = config_of(csv), vault.seal

    def seal_and_crash(*args, **named):
        sealing(*args, **named)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("finetooth.data.seal.vault.seal", seal_and_crash)
        with pytest.raises(KeyboardInterrupt):
            seal(config, tmp_path / "crashed", OPEN_GATE)
    assert_same_store(
        seal(config, tmp_path / "crashed", OPEN_GATE), seal(config, tmp_path / "whole", OPEN_GATE), tmp_path
    )


def assert_same_store(mended, whole, tmp_path):
    assert mended.data.fingerprint == whole.data.fingerprint
    sides = [[opened(tmp_path / name, whole.data.fingerprint).X, open_development(s.data).X] for name, s in
             (("crashed", mended), ("whole", whole))]  # fmt: skip
    for mine, other in zip(*sides, strict=True):
        np.testing.assert_array_equal(mine, other)


def test_a_store_that_was_moved_is_still_found(csv, tmp_path):
    config = config_of(csv)
    first = seal(config, tmp_path / "store", OPEN_GATE)
    (tmp_path / "store").rename(tmp_path / "new")
    again = seal(config, tmp_path / "new", OPEN_GATE)
    assert again.data.uri == str(tmp_path / "new" / "development" / first.data.fingerprint)
    assert open_development(again.data).X.shape == (first.data.rows, first.data.columns)


def test_rows_without_a_target_are_left_out_and_reported(tmp_path):
    source = write(tmp_path, x=rng().normal(size=50), target=["a", "b", None, "a", "b"] * 10)
    sealed = seal(config_of(source), tmp_path / "store", OPEN_GATE)
    said = "10 rows have no value in 'target' and were left out."
    assert sealed.findings == (Finding("missing target", "info", ("target",), said, evidence={"rows": 10}),)
    kept = np.load(open_development(sealed.data).folder / "rows.npy")
    ids = opened(tmp_path / "store", sealed.data.fingerprint).ids
    assert sorted([*kept, *ids]) == [row for row in range(50) if row % 5 != 2]


def test_declared_groups_stay_whole_are_no_feature_and_are_what_the_interval_draws(tmp_path):
    group = np.repeat(np.arange(30), 4)
    source = write(tmp_path, x=rng().normal(size=120), patient=[f"p{g}" for g in group], target=group % 2)
    sealed = seal(config_of(source, split={"group": "patient"}), tmp_path / "store", OPEN_GATE)
    development = open_development(sealed.data)
    held = opened(tmp_path / "store", sealed.data.fingerprint)
    kept = np.load(development.folder / "rows.npy")
    assert not set(group[kept]) & set(group[held.ids])
    assert held.blocks.tolist() == group[held.ids].tolist()
    assert development.about.schema.features == ("x",)
    for train, test in development.folds(Fidelity(folds=4), 0, "refine", 0):
        assert not set(group[kept][train]) & set(group[kept][test])


def test_by_time_the_newest_rows_are_sealed_with_a_gap_before_them(tmp_path):
    day = rng().permutation(200)
    source = write(tmp_path, x=rng().normal(size=200), day=day, target=np.arange(200) % 2)
    sealed = seal(config_of(source, split={"time": "day", "horizon": "3"}), tmp_path / "store", OPEN_GATE)
    development = open_development(sealed.data)
    kept = np.load(development.folder / "rows.npy")
    held = opened(tmp_path / "store", sealed.data.fingerprint)
    assert sorted(day[held.ids]) == list(range(160, 200))
    assert sorted(day[kept]) == list(range(160 - 6 + 1))  # horizon 3 and an embargo as long
    for train, test in development.folds(Fidelity(folds=3), 0, "refine", 0):
        assert day[kept][train].max() + 6 <= day[kept][test].min()
    ranks = held.blocks[np.argsort(day[held.ids])]
    assert ranks.tolist() == sorted(ranks)


def test_equal_rows_stay_on_one_side(tmp_path):
    x = np.repeat(rng().normal(size=60), 2)
    source = write(tmp_path, x=x, target=np.tile([0, 1], 60))
    sealed = seal(config_of(source), tmp_path / "store", OPEN_GATE)
    held = opened(tmp_path / "store", sealed.data.fingerprint).ids
    assert not set(x[held]) & set(np.delete(x, held))


def test_a_column_of_any_kind_can_be_sealed(tmp_path):
    frame = pd.DataFrame(
        {
            "far": [dt.date(9999, 12, 31), dt.date(2020, 1, 1), None, dt.date(2021, 2, 3)] * 15,
            "zone": pd.date_range("2024-01-01", periods=60, tz="Europe/Oslo"),
            "written": ["13/01/2020", "01/02/2020", "25/12/2020", None] * 15,
            "offset": ["2020-01-01T10:00:00+01:00", "2020-06-01T10:00:00+02:00"] * 30,
            "truth": pd.array([True, None, False] * 20, dtype="boolean"),
            "level": pd.Categorical(["a", "b", None] * 20),
            "whole": pd.array([1, None, 3] * 20, dtype="Int64"),
            "target": [0, 1] * 30,
        }
    )
    path = tmp_path / "all.parquet"
    frame.to_parquet(path)
    sealed = seal(config_of(str(path)), tmp_path / "store", OPEN_GATE)
    kinds = {column.name: column.kind for column in open_development(sealed.data).about.schema.columns}
    assert kinds == {
        "far": "date",
        "zone": "date",
        "written": "date",
        "offset": "date",
        "truth": "boolean",
        "level": "category",
        "whole": "number",
    }
    assert np.isfinite(opened(tmp_path / "store", sealed.data.fingerprint).X).any(axis=0).all()


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        ({"data": {"target": "targt"}}, "target column 'targt' must exist in {source}; it has: first, "),
        ({"data": {"drop": ["colour"]}}, "column to leave out 'colour' must exist in {source}; it has: first, "),
        ({"split": {"group": "grp"}}, "group column 'grp' must exist in {source}; it has: first, "),
        ({"split": {"time": "dy"}}, "time column 'dy' must exist in {source}; it has: first, "),
        ({"leakage": {"post_outcome": ["late"]}}, "post-outcome column 'late' must exist in {source}; it has: first, "),
        ({"split": {"group": "target"}}, "the group column must not be the target; got 'target' for both."),
        ({"split": {"horizon": "7d"}}, "the horizon must come with a time column; got '7d' and no time column."),
        ({"split": {"embargo": "7d"}}, "the embargo must come with a time column; got '7d' and no time column."),
        ({"split": {"time": "color"}}, "the time column 'color' must hold dates or numbers; got values such as "),
        ({"split": {"group": "second"}}, "the group column 'second' must have no gaps; 27 rows have none."),
        (
            {"data": {"drop": ["first", "second", "noise", "color", "member", "day"]}},
            "the table must have a feature left; {source} has first, second, noise, color, member, day, target, of which ",
        ),
    ],
)
def test_choices_that_do_not_fit_the_table_give_one_line_and_write_nothing(csv, tmp_path, sections, message):
    with pytest.raises(InputError) as caught:
        seal(config_of(csv, **sections), tmp_path / "store", OPEN_GATE)
    assert str(caught.value).startswith(message.format(source=csv))
    assert [path for path in (tmp_path / "store").rglob("*") if path.is_file()] == []


def test_the_nearest_column_is_suggested(csv, tmp_path):
    with pytest.raises(InputError, match="Did you mean 'target'"):
        seal(config_of(csv, data={"target": "targt"}), tmp_path / "store", OPEN_GATE)


def test_sealed_rows_that_another_run_has_seen_are_refused_before_any_work(csv, tmp_path):
    first, other = config_of(csv), config_of(csv, refine={"trials": 3})
    store = tmp_path / "store"
    sealed = seal(first, store, OPEN_GATE)
    vault.open_vault(store / "vault" / sealed.data.fingerprint, {"config": identity(first)})
    assert seal(first, store, OPEN_GATE) == sealed  # the very run, taken up again
    with pytest.raises(VaultSpentError) as caught:
        seal(other, store, OPEN_GATE)
    assert (caught.value.exit_code, isinstance(caught.value, FinetoothError)) == (2, True)
    assert "--seed 1" in str(caught.value)
    assert "validation.again=true" in str(caught.value)
    again = config_of(csv, refine={"trials": 3}, validation={"again": True})
    assert seal(again, store, OPEN_GATE) == sealed


def test_another_seed_seals_other_rows(csv, tmp_path):
    held = []
    for number in (0, 1):
        sealed = seal(config_of(csv, seed=number), tmp_path / "store", OPEN_GATE)
        held.append(opened(tmp_path / "store", sealed.data.fingerprint).ids.tolist())
    assert held[0] != held[1]

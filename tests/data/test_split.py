"""The split as a stage: two sides that share no row, whatever the table and the declarations are."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from finetooth.data import schema
from finetooth.data.split import split_table
from finetooth.data.store import open_development
from finetooth.errors import InputError
from finetooth.records import Fidelity
from tests.conftest import OPEN_GATE
from tests.data.sealing import config_of, opened, rng, write


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


def test_a_class_of_a_few_rows_is_told_before_anything_is_searched(tmp_path):
    source = write(tmp_path, x=rng().normal(size=103), target=["a", "b"] * 50 + ["c"] * 3)
    sealed = split_table(config_of(source), tmp_path / "store", OPEN_GATE)
    (found,) = (finding for finding in sealed.findings if finding.check != "task")
    assert (found.check, found.severity, found.columns) == ("rare_class", "warning", ("target",))
    assert "'c' (" in found.message


def test_rows_without_a_target_are_left_out_and_reported(tmp_path):
    source = write(tmp_path, x=rng().normal(size=50), target=["a", "b", None, "a", "b"] * 10)
    sealed = split_table(config_of(source), tmp_path / "store", OPEN_GATE)
    (found,) = (finding for finding in sealed.findings if finding.check != "task")
    assert (found.check, found.severity, found.columns) == ("missing_target", "info", ("target",))
    assert found.message == "no value in 'target': 10 rows left out."
    kept = np.load(open_development(sealed.data).folder / "rows.npy")
    ids = opened(tmp_path / "store", sealed.data.fingerprint).ids
    assert sorted([*kept, *ids]) == [row for row in range(50) if row % 5 != 2]


def test_declared_groups_stay_whole_are_no_feature_and_are_what_the_interval_draws(tmp_path):
    group = np.repeat(np.arange(30), 4)
    source = write(tmp_path, x=rng().normal(size=120), patient=[f"p{g}" for g in group], target=group % 2)
    sealed = split_table(config_of(source, split={"group": "patient"}), tmp_path / "store", OPEN_GATE)
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
    sealed = split_table(config_of(source, split={"time": "day", "horizon": "3"}), tmp_path / "store", OPEN_GATE)
    development = open_development(sealed.data)
    kept = np.load(development.folder / "rows.npy")
    held = opened(tmp_path / "store", sealed.data.fingerprint)
    assert sorted(day[held.ids]) == list(range(160, 200))
    assert sorted(day[kept]) == list(range(160 - 6 + 1))  # horizon 3 and an embargo as long
    for train, test in development.folds(Fidelity(folds=3), 0, "refine", 0):
        assert day[kept][train].max() + 6 <= day[kept][test].min()
    assert held.extra["time"].tolist() == day[held.ids].tolist()
    assert development.about.period == ("160", "199")


def test_equal_rows_stay_on_one_side(tmp_path):
    x = np.repeat(rng().normal(size=60), 2)
    source = write(tmp_path, x=x, target=np.tile([0, 1], 60))
    sealed = split_table(config_of(source), tmp_path / "store", OPEN_GATE)
    held = opened(tmp_path / "store", sealed.data.fingerprint).ids
    assert not set(x[held]) & set(np.delete(x, held))


def test_equal_rows_are_drawn_as_one_by_the_interval(tmp_path):
    source = write(tmp_path, x=np.repeat(rng().normal(size=60), 2), target=np.repeat([0, 1], 60))
    sealed = split_table(config_of(source), tmp_path / "store", OPEN_GATE)
    held = opened(tmp_path / "store", sealed.data.fingerprint)
    assert sealed.blocks == len(np.unique(held.blocks)) == len(held.y) / 2
    assert all(len(set(held.ids[held.blocks == block] // 2)) == 1 for block in np.unique(held.blocks))


@pytest.mark.parametrize(("times", "count"), [(5, 1), (50, 10), (400, 80)])
def test_as_many_times_are_counted_as_are_sealed_and_each_row_keeps_its_own(tmp_path, times, count):
    """How many of them are independent shows in the predictions alone, when the vault is opened."""
    day = np.sort(np.arange(400) % times)
    source = write(tmp_path, x=rng().normal(size=400), day=day, target=np.tile([0, 1], 200))
    sealed = split_table(config_of(source, split={"time": "day", "embargo": "0"}), tmp_path / "store", OPEN_GATE)
    held = opened(tmp_path / "store", sealed.data.fingerprint)
    assert sealed.blocks == len(np.unique(held.extra["time"])) == count
    assert held.blocks is None


def panel(tmp_path):
    """A table of 20 shops on 30 days."""
    shop, day = (a.ravel() for a in np.meshgrid(np.arange(20), np.arange(30), indexing="ij"))
    columns = {"x": rng().normal(size=600), "shop": [f"s{s}" for s in shop], "day": day, "target": (shop + day) % 2}
    return write(tmp_path, **columns), shop, day


def test_known_groups_at_later_times_are_held_apart_by_time_alone(tmp_path):
    source, shop, day = panel(tmp_path)
    config = config_of(source, split={"time": "day", "group": "shop", "unseen": "times", "embargo": "0"})
    sealed = split_table(config, tmp_path / "store", OPEN_GATE)
    held = opened(tmp_path / "store", sealed.data.fingerprint)
    development = open_development(sealed.data)
    assert set(shop[held.ids]) == set(shop[development.row_numbers]) == set(range(20))
    assert day[development.row_numbers].max() < day[held.ids].min()
    assert (held.blocks, "shop" in development.about.schema.features) == (None, False)


def test_new_groups_at_any_time_are_held_apart_by_group_alone(tmp_path):
    source, shop, day = panel(tmp_path)
    config = config_of(source, split={"time": "day", "group": "shop", "unseen": "groups"})
    sealed = split_table(config, tmp_path / "store", OPEN_GATE)
    held = opened(tmp_path / "store", sealed.data.fingerprint)
    development = open_development(sealed.data)
    assert not set(shop[held.ids]) & set(shop[development.row_numbers])
    assert set(day[held.ids]) == set(day[development.row_numbers]) == set(range(30))
    assert (development.rows.time, development.about.period, "time" in held.extra) == (None, None, False)
    assert held.blocks.tolist() == shop[held.ids].tolist()


def test_new_groups_at_later_times_leave_nothing_of_a_panel_and_the_error_asks_which_is_meant(tmp_path):
    source, *_ = panel(tmp_path)
    with pytest.raises(InputError, match=r"--unseen times .* or --unseen groups"):
        split_table(config_of(source, split={"time": "day", "group": "shop"}), tmp_path / "store", OPEN_GATE)


def test_a_choice_that_says_what_is_done_anyway_is_the_same_split(tmp_path):
    """The name of a split that was made before there was a choice must not change."""
    source, *_ = panel(tmp_path)
    plain = split_table(config_of(source, split={"group": "shop"}), tmp_path / "store", OPEN_GATE)
    auto = split_table(config_of(source, split={"group": "shop", "unseen": "auto"}), tmp_path / "store", OPEN_GATE)
    assert plain.data.fingerprint == auto.data.fingerprint


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
    sealed = split_table(config_of(str(path)), tmp_path / "store", OPEN_GATE)
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


def test_another_seed_seals_other_rows(csv, tmp_path):
    held = []
    for number in (0, 1):
        sealed = split_table(config_of(csv, seed=number), tmp_path / "store", OPEN_GATE)
        held.append(opened(tmp_path / "store", sealed.data.fingerprint).ids.tolist())
    assert held[0] != held[1]

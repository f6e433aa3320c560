"""Splits that cannot be made, and sealed rows that are used up: one line, before any work."""

import re

import pytest
from typer.main import get_command

from finetooth.cli.main import app
from finetooth.config.tune import identity
from finetooth.data import vault
from finetooth.data.split import split_table
from finetooth.errors import FinetoothError, InputError, VaultSpentError
from tests.conftest import OPEN_GATE
from tests.data.sealing import config_of


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
        (
            {"split": {"time": "day"}, "data": {"types": {"day": "category"}}},
            "the time column must hold dates or numbers; 'day' is declared as category; take that away.",
        ),
        (
            {"split": {"unseen": "both", "time": "day"}},
            "split.unseen: both must come with a group and a time column; there is no group column.",
        ),
        ({"split": {"unseen": "times"}}, "split.unseen: times must come with a time column; there is no time column."),
        ({"split": {"group": "second"}}, "the group column 'second' must have no gaps; 27 rows without a group: fill"),
        (
            {"data": {"drop": ["first", "second", "noise", "color", "member", "day"]}},
            "the table must have a feature left; {source} has first, second, noise, color, member, day, target, of which ",
        ),
    ],
)
def test_choices_that_do_not_fit_the_table_give_one_line_and_write_nothing(csv, tmp_path, sections, message):
    with pytest.raises(InputError) as caught:
        split_table(config_of(csv, **sections), tmp_path / "store", OPEN_GATE)
    assert str(caught.value).startswith(message.format(source=csv))
    assert [path for path in (tmp_path / "store").rglob("*") if path.is_file()] == []


def test_the_nearest_column_is_suggested(csv, tmp_path):
    with pytest.raises(InputError, match="Did you mean 'target'"):
        split_table(config_of(csv, data={"target": "targt"}), tmp_path / "store", OPEN_GATE)


def test_sealed_rows_that_another_run_has_seen_are_refused_before_any_work(csv, tmp_path):
    first, other = config_of(csv), config_of(csv, refine={"trials": 3})
    store = tmp_path / "store"
    sealed = split_table(first, store, OPEN_GATE)
    vault.open_vault(store / "vault" / sealed.data.fingerprint, {"config": identity(first)})
    assert split_table(first, store, OPEN_GATE) == sealed  # the very run, taken up again
    with pytest.raises(VaultSpentError) as caught:
        split_table(other, store, OPEN_GATE)
    assert (caught.value.exit_code, isinstance(caught.value, FinetoothError)) == (2, True)
    assert "start a run with --set seed=1" in str(caught.value)
    assert "--set validation.again=true" in str(caught.value)
    for command in ("tune", "retrain"):
        options = {option for parameter in get_command(app).commands[command].params for option in parameter.opts}
        assert set(re.findall(r"--[a-z-]+", str(caught.value))) <= options
    again = config_of(csv, refine={"trials": 3}, validation={"again": True})
    assert split_table(again, store, OPEN_GATE) == sealed

"""A table with outer folds: the whole, of which nothing is sealed, and each fold in a vault of its own."""

from itertools import chain

import pytest

from finetooth.data import vault
from finetooth.data.split import Gate, split_table
from finetooth.data.store import open_development
from finetooth.errors import VaultSpentError
from finetooth.records import Finding
from tests.data.sealing import config_of, opened, rng, write


@pytest.fixture
def source(tmp_path):
    return write(tmp_path, x=rng().normal(size=90), color=["red", "blue", "red"] * 30, target=["a", "b"] * 45)


def gate(calls):
    def across(development, holdout, *_):
        calls.append((len(development), len(holdout)))
        return (Finding("shift", "warning", ("x",), f"seen in {len(holdout)} rows"),)

    return Gate(across, lambda *_: ())


def test_every_row_is_sealed_once_and_the_rest_of_each_fold_is_what_its_search_may_read(tmp_path, source):
    """The verdict rests on all rows, and no search reads those that it is judged on."""
    calls = []
    whole = split_table(config_of(source, validation={"outer": 3}), tmp_path / "store", gate(calls), rotates=True)
    assert whole.data.rows == 90
    assert not (tmp_path / "store" / "vault" / whole.data.fingerprint).exists()
    sealed = [opened(tmp_path / "store", fold.data.fingerprint).ids.tolist() for fold in whole.outer]
    development = [open_development(fold.data).row_numbers.tolist() for fold in whole.outer]
    assert sorted(chain.from_iterable(sealed)) == list(range(90))
    assert [sorted(some + rest) for some, rest in zip(sealed, development, strict=True)] == [list(range(90))] * 3
    assert calls == [(len(rest), len(some)) for some, rest in zip(sealed, development, strict=True)]
    # What each fold's checks across the split found is said once.
    assert [finding.check for finding in whole.findings].count("shift") == 1


def test_a_flow_that_does_not_rotate_seals_one_holdout(tmp_path, source):
    sealed = split_table(config_of(source, validation={"outer": 3}), tmp_path / "store", gate([]))
    assert (sealed.outer, len(opened(tmp_path / "store", sealed.data.fingerprint).ids)) == ((), 18)


def test_one_fold_that_another_run_has_opened_spends_the_table(tmp_path, source):
    """A verdict on rows that were looked at before would flatter, also where it was one fold of five."""
    config = config_of(source, validation={"outer": 3})
    whole = split_table(config, tmp_path / "store", gate([]), rotates=True)
    assert split_table(config, tmp_path / "store", gate([]), rotates=True) == whole
    vault.open_vault(tmp_path / "store" / "vault" / whole.outer[1].data.fingerprint, {"config": "another"})
    with pytest.raises(VaultSpentError, match="must be unseen"):
        split_table(config, tmp_path / "store", gate([]), rotates=True)

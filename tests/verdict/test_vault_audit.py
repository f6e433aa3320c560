"""The chain of a run's sealed rows: shown as it is, and whatever was touched is named."""

import json
from dataclasses import replace

import numpy as np
import pytest

from finetooth.data import hash_chain, vault
from finetooth.details import Details
from finetooth.records import Verdict, canonical
from finetooth.verdict.vault_audit import audit_vault

WINNER, DEFAULT = {"depth": 4, "rate": 0.1}, {"depth": 3, "rate": 0.3}
PAYLOAD = {"metric": "roc_auc", "winner": WINNER, "default": DEFAULT, "seeds": [1, 2]}
VERDICT = Verdict(
    label="IMPROVED", metric="roc_auc", tuned=0.9, default=0.8, difference=0.1, ci_low=0.05, ci_high=0.15,
    bootstrap_support=1.0, search_score=0.9, optimism=0.0, min_gain=0.002, seeds=2, seed_sd=0.0, holdout_rows=30,
    vault_openings=1, waivers=(), trials=1, seconds=1.0, shipped="tuned", params=WINNER, tuned_params=WINNER,
    default_params=DEFAULT,
)  # fmt: skip


@pytest.fixture
def opened(tmp_path):
    """A store whose vault was opened once, and the verdict that came of it."""
    folder = tmp_path / "vault" / "abc"
    rows = np.arange(60, dtype=np.float32).reshape(30, 2)
    vault.seal(folder, rows, np.arange(30) % 2, np.arange(30), extra={"slices": np.zeros((30, 1), np.int8)})
    head = vault.open_vault(folder, PAYLOAD).head
    return tmp_path, folder, replace(VERDICT, extra=Details(vault_head=head))


def test_an_untouched_chain_is_shown_with_what_was_committed(opened):
    store, folder, verdict = opened
    found = audit_vault(store, "abc", verdict)
    assert (found.folder, found.rows, found.problems) == (folder, 30, ())
    assert found.head == verdict.extra.vault_head
    (opening,) = found.openings
    assert (opening.number, opening.payload, opening.of_verdict) == (1, PAYLOAD, True)
    assert opening.commitment == hash_chain.commitment(PAYLOAD)


def test_a_later_opening_by_another_run_leaves_the_first_one_intact(opened):
    store, folder, verdict = opened
    vault.open_vault(folder, PAYLOAD | {"winner": {"depth": 9}}, again=True)
    found = audit_vault(store, "abc", verdict)
    assert found.problems == ()
    assert [one.of_verdict for one in found.openings] == [True, False]


def test_rows_that_nobody_has_opened_are_intact_without_a_verdict(tmp_path):
    vault.seal(tmp_path / "vault" / "abc", np.zeros((3, 1), np.float32), np.zeros(3), np.arange(3))
    found = audit_vault(tmp_path, "abc", None)
    assert (found.rows, found.openings, found.problems) == (3, (), ())


def rewrite(folder, change):
    """Change the entries of the chain and link them anew, as somebody would who knows how it is made."""
    entries = [json.loads(line)["entry"] for line in (folder / "chain.jsonl").read_text().splitlines()]
    changed = change(entries)
    hash_chain.write_entries(folder, changed)
    for number, entry in enumerate(changed[1:], start=1):
        (folder / f"opening-{number}.json").write_text(canonical(entry))


def recommitted(entries):
    payload = entries[1]["payload"] | {"winner": DEFAULT}
    return [entries[0], entries[1] | {"payload": payload, "commitment": hash_chain.commitment(payload)}]


@pytest.mark.parametrize(
    ("touch", "named"),
    [
        (lambda f: np.save(f / "y.npy", np.ones(30)), "y.npy in the vault at .* is not what was sealed"),
        (lambda f: np.save(f / "slices.npy", np.ones((30, 1), np.int8)), "slices.npy in the vault at .* is not what"),
        (lambda f: (f / "X.npy").unlink(), "X.npy in the vault at .* is gone"),
        (lambda f: (f / "chain.jsonl").unlink(), "the chain of the vault at .* is gone"),
        (
            lambda f: (f / "chain.jsonl").write_text((f / "chain.jsonl").read_text().replace("0.1", "0.2")),
            "is broken at line 2",
        ),
        (lambda f: (f / "opening-1.json").unlink(), "the token of opening 1 is gone"),
        (
            lambda f: rewrite(f, lambda e: [e[0], e[1] | {"commitment": "0" * 64}]),
            "the commitment of opening 1 is not that of its payload",
        ),
        (lambda f: rewrite(f, recommitted), "the chain does not contain the head that the verdict kept"),
    ],
)
def test_whatever_was_touched_is_named(opened, touch, named):
    store, folder, verdict = opened
    touch(folder)
    assert any(__import__("re").search(named, problem) for problem in audit_vault(store, "abc", verdict).problems)


def test_a_verdict_that_was_changed_afterwards_is_found(opened):
    store, _, verdict = opened
    for changed in (replace(verdict, tuned_params=DEFAULT), replace(verdict, metric="brier")):
        (problem,) = audit_vault(store, "abc", changed).problems
        assert problem.startswith("no opening was committed to what the verdict compares")
    lost = audit_vault(store, "abc", replace(verdict, extra=Details())).problems
    assert lost[0].startswith("the chain does not contain the head")


def test_looking_changes_nothing(opened):
    store, folder, verdict = opened
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    audit_vault(store, "abc", verdict)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before

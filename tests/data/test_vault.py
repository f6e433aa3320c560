import hashlib
import json
import multiprocessing
import re

import numpy as np
import pytest

from finetooth.data import hash_chain, vault
from finetooth.data.hash_chain import commitment
from finetooth.data.vault import open_vault, seal, verify
from finetooth.errors import InputError, VaultSpentError, VaultTamperedError
from finetooth.records import canonical

PLAN = {"winner": {"eta": 0.1}, "metric": "roc_auc", "seeds": [1, 2]}
OTHER = {"winner": {"eta": 0.2}, "metric": "roc_auc", "seeds": [1, 2]}


def arrays(rows=12):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(rows, 3)).astype(np.float32)
    X[0, 0] = np.nan
    return X, rng.integers(0, 2, rows).astype(float), np.array([f"row {i}" for i in range(rows)], dtype=object)


@pytest.fixture
def sealed(tmp_path):
    X, y, ids = arrays()
    folder = tmp_path / "store" / "vault"
    seal(folder, X, y, ids, np.arange(12) // 3, {"time": np.arange(12.0), "weight": None})
    return folder


def lines(folder):
    return (folder / "chain.jsonl").read_text().splitlines()


def test_what_was_sealed_comes_out_again(sealed):
    X, y, ids = arrays()
    found = open_vault(sealed, PLAN)
    np.testing.assert_array_equal(found.X, X)
    np.testing.assert_array_equal(found.y, y)
    assert found.ids.tolist() == ids.tolist()
    assert found.blocks.tolist() == (np.arange(12) // 3).tolist()
    assert {name: a.tolist() for name, a in found.extra.items()} == {"time": list(range(12))}
    assert (found.X.dtype, found.X.flags.c_contiguous, found.y.dtype) == (np.float32, True, np.float64)
    assert found.openings == 1


def test_arrays_that_nobody_needs_are_not_read(sealed):
    """What only some models take costs the others no memory, and the opening counts all the same."""
    assert (dict(open_vault(sealed, PLAN, unread=("time",)).extra), open_vault(sealed, PLAN).openings) == ({}, 1)


def test_without_groups_or_time_there_are_no_blocks(tmp_path):
    seal(tmp_path, *arrays())
    assert open_vault(tmp_path, PLAN).blocks is None


def test_the_chain_is_what_it_says_it_is(sealed):
    open_vault(sealed, PLAN)
    before = "0" * 64
    for line in map(json.loads, lines(sealed)):
        assert line["hash"] == hashlib.sha256((before + canonical(line["entry"])).encode()).hexdigest()
        before = line["hash"]
    assert json.loads(lines(sealed)[1])["entry"] == {
        "event": "opened", "opening": 1, "commitment": commitment(PLAN), "payload": PLAN,
    }  # fmt: skip


def test_a_commitment_is_the_digest_of_canonical_json():
    assert commitment(PLAN) == hashlib.sha256(canonical(PLAN).encode()).hexdigest()
    assert commitment(dict(reversed(PLAN.items()))) == commitment(PLAN) != commitment(OTHER)


def test_the_same_commitment_replays_and_another_is_refused(sealed):
    first, second = open_vault(sealed, PLAN), open_vault(sealed, PLAN)
    assert (first.openings, second.openings, first.head) == (1, 1, second.head)
    changed = "".join(key for key in PLAN if PLAN[key] != OTHER[key])
    with pytest.raises(
        VaultSpentError, match=f"opened for .* came, which differs in {changed}; repeat that run"
    ) as caught:
        open_vault(sealed, OTHER)
    assert "start a run with --set validation.again=true" in str(caught.value)  # a run that is resumed takes no options
    assert len(lines(sealed)) == 2


def test_opening_again_is_counted(sealed):
    open_vault(sealed, PLAN)
    assert open_vault(sealed, OTHER, again=True).openings == 2
    assert open_vault(sealed, PLAN).openings == 1
    assert verify(sealed).commitments == (commitment(PLAN), commitment(OTHER))


def test_again_on_an_unopened_vault_is_its_first_opening(sealed):
    assert open_vault(sealed, PLAN, again=True).openings == 1


@pytest.mark.parametrize("step", ["hash_chain.take_token", "hash_chain.write_entries", "_read_array"])
def test_a_crash_at_any_step_can_be_repeated_and_counts_once(sealed, monkeypatch, step):
    def crash(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(f"finetooth.data.vault.{step}", crash)
        with pytest.raises(KeyboardInterrupt):
            open_vault(sealed, PLAN)
    written = step != "hash_chain.take_token"
    assert (sealed / "opening-1.json").exists() == written
    if written:
        with pytest.raises(VaultSpentError):
            open_vault(sealed, OTHER)
    assert open_vault(sealed, PLAN).openings == 1
    assert verify(sealed).intact
    assert len(lines(sealed)) == 2


def test_the_intent_is_on_disk_before_a_row_is_read(sealed, monkeypatch):
    seen = []
    real = vault._read_array

    def spy(*arguments):
        seen.append((len(lines(sealed)), (sealed / "opening-1.json").exists()))
        return real(*arguments)

    monkeypatch.setattr(vault, "_read_array", spy)
    open_vault(sealed, PLAN)
    assert set(seen) == {(2, True)}


def test_a_token_that_was_never_finished_does_not_spend_the_vault(sealed):
    """Its opener crashed before the intent was whole, and so before it could read."""
    (sealed / "opening-1.json").write_text("")
    assert open_vault(sealed, OTHER).openings == 1
    assert verify(sealed).intact


def test_an_untouched_vault_is_intact_before_and_after(sealed):
    assert verify(sealed).intact
    head = open_vault(sealed, PLAN).head
    report = verify(sealed, head)
    assert (report.problems, report.openings, report.head) == ((), 1, head)


def flip(path):
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def rewrite(folder, change):
    """Change the entries and recompute every hash, as somebody would who knows the format."""
    entries = [json.loads(line)["entry"] for line in lines(folder)]
    hash_chain.write_entries(folder, change(entries))


def other_payload(entries):
    return [entries[0], entries[1] | {"payload": OTHER}]


def other_digest(entries):
    changed = entries[0]["arrays"] | {"y": entries[0]["arrays"]["X"]}
    return [entries[0] | {"arrays": changed}, entries[1]]


TAMPERED = {
    "a row": (lambda f: flip(f / "X.npy"), "X.npy .* is not what was sealed"),
    "a label": (lambda f: flip(f / "y.npy"), "y.npy .* is not what was sealed"),
    "an array is gone": (lambda f: (f / "blocks.npy").unlink(), "blocks.npy .* is gone"),
    "a line of the chain": (
        lambda f: (f / "chain.jsonl").write_text("\n".join(lines(f)).replace("roc_auc", "rmse")),
        "broken at line 2",
    ),
    "the chain is cut": (lambda f: rewrite(f, lambda e: e[:1]), "the chain lacks 1 opening|does not contain the head"),
    "the chain is gone": (lambda f: (f / "chain.jsonl").unlink(), "is gone"),
    "the chain is garbage": (lambda f: (f / "chain.jsonl").write_text("{"), "cannot be read"),
    "the chain is empty": (lambda f: (f / "chain.jsonl").write_text(""), "broken at line 1"),
    "the payload": (lambda f: rewrite(f, other_payload), "commitment of opening 1"),
    "the digests": (lambda f: rewrite(f, other_digest), "first entry"),
    "the token": (lambda f: (f / "opening-1.json").unlink(), "token of opening 1"),
    "an opening twice": (lambda f: rewrite(f, lambda e: [*e, e[1]]), "entry 2 is not opening 2"),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_tampering_is_found(sealed, what):
    change, words = TAMPERED[what]
    head = open_vault(sealed, PLAN).head
    change(sealed)
    report = verify(sealed, head)
    assert not report.intact
    assert any(re.search(words, problem) for problem in report.problems), report.problems


@pytest.mark.parametrize("what", [w for w in TAMPERED if w != "the chain is cut"])
def test_a_tampered_vault_does_not_open(sealed, what):
    open_vault(sealed, PLAN)
    TAMPERED[what][0](sealed)
    with pytest.raises(VaultTamperedError):
        open_vault(sealed, PLAN)


def test_a_chain_and_token_that_were_removed_together_are_missed_by_the_head_of_the_verdict(sealed):
    """The folder alone cannot show it: the verdict keeps the head."""
    head = open_vault(sealed, PLAN).head
    rewrite(sealed, lambda entries: entries[:1])
    (sealed / "opening-1.json").unlink()
    assert verify(sealed).intact
    assert verify(sealed, head).problems == (
        "the chain does not contain the head that the verdict kept: it was cut or rewritten",
    )


def test_sealing_the_same_rows_again_changes_nothing(sealed):
    open_vault(sealed, PLAN)
    before = {path.name: path.read_bytes() for path in sealed.iterdir()}
    X, y, ids = arrays()
    first = seal(sealed, X, y, ids, np.arange(12) // 3, {"time": np.arange(12.0)})
    assert {path.name: path.read_bytes() for path in sealed.iterdir()} == before
    assert first == json.loads(lines(sealed)[0])["entry"]["digest"]
    with pytest.raises(VaultSpentError):
        open_vault(sealed, OTHER)


def test_other_rows_do_not_replace_sealed_ones(sealed):
    X, y, ids = arrays()
    with pytest.raises(InputError, match="holds others"):
        seal(sealed, X, 1 - y, ids)


def test_an_opened_vault_whose_chain_was_removed_is_not_sealed_anew(sealed):
    open_vault(sealed, PLAN)
    (sealed / "chain.jsonl").unlink()
    with pytest.raises(VaultTamperedError, match="chain is gone"):
        seal(sealed, *arrays())


def test_the_digest_names_content_and_order(tmp_path):
    X, y, ids = arrays()
    digests = [
        seal(tmp_path / "a", X, y, ids),
        seal(tmp_path / "b", np.asfortranarray(X), y, ids),
        seal(tmp_path / "c", X[::-1], y[::-1], ids[::-1]),
    ]
    assert digests[0] == digests[1] != digests[2]


def test_arrays_of_other_lengths_are_refused(tmp_path):
    X, y, ids = arrays()
    with pytest.raises(ValueError, match="must have 12 rows"):
        seal(tmp_path, X, y[:5], ids)


def test_a_vault_that_is_not_there_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match="none at"):
        open_vault(tmp_path / "nowhere", PLAN)


def test_an_opening_has_one_token_even_where_the_lock_does_not_hold(sealed):
    """Some network file systems ignore locks."""
    hash_chain.take_token(sealed, 1, commitment(PLAN), PLAN)
    with pytest.raises(VaultSpentError, match="taken by another process"):
        hash_chain.take_token(sealed, 1, commitment(OTHER), OTHER)


def _try(folder, number, start, results):
    start.wait()
    try:
        open_vault(folder, {"process": number})
    except VaultSpentError:
        results.put("spent")
    else:
        results.put("opened")


def test_of_processes_that_open_at_once_exactly_one_wins(sealed):
    context = multiprocessing.get_context("fork")
    start, results = context.Event(), context.Queue()
    racers = [context.Process(target=_try, args=(sealed, i, start, results)) for i in range(6)]
    for racer in racers:
        racer.start()
    start.set()
    outcomes = sorted(results.get(timeout=30) for _ in racers)
    for racer in racers:
        racer.join()
    assert outcomes == ["opened"] + ["spent"] * 5
    assert verify(sealed).intact

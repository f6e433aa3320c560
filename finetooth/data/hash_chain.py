"""The hash chain of a vault: what happened to the sealed rows, one line an event.

`chain.jsonl` holds {"entry": ..., "hash": h_i} a line, with h_i = sha256(h_{i-1} || entry): first what was sealed,
then each opening with its commitment. `opening-k.json` is the token of the k-th opening, taken with O_EXCL and holding
the same entry, so that a crash between the two is mended by the next opening. Here no row is read.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from finetooth.errors import InputError, VaultSpentError, VaultTamperedError, counted
from finetooth.files import replacing, sync_folder
from finetooth.records import canonical

Entry = dict[str, Any]
CHAIN = "chain.jsonl"
START = "0" * 64  # h_0


def commitment(payload: Mapping[str, Any]) -> str:
    """The SHA-256 of the canonical JSON of what is fixed before the vault is opened."""
    return hashlib.sha256(canonical(dict(payload)).encode()).hexdigest()


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the vault's file lock; it is released when the process ends, also after a crash."""
    if not folder.is_dir():
        raise InputError(f"the vault must exist; there is none at {folder}; split the data first.")
    with (folder / "lock").open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def read_entries(folder: Path) -> list[Entry]:
    """The entries, with every link recomputed. Raises `VaultTamperedError` when the chain is gone or broken."""
    try:
        lines = [json.loads(line) for line in (folder / CHAIN).read_text().splitlines()]
        entries: list[Entry] = [dict(line["entry"]) for line in lines]
        recorded = [line["hash"] for line in lines]
    except FileNotFoundError:
        raise VaultTamperedError(f"the chain of the vault at {folder} is gone, or nothing was sealed there") from None
    except (ValueError, KeyError, TypeError):
        raise VaultTamperedError(f"the chain of the vault at {folder} cannot be read") from None
    pairs = enumerate(zip(recorded, hashes(entries), strict=True), 1)
    broken = [number for number, (recorded_hash, expected) in pairs if recorded_hash != expected]
    if broken or not entries:
        raise VaultTamperedError(f"the chain of the vault at {folder} is broken at line {broken[0] if broken else 1}")
    return entries


def completed_entries(folder: Path) -> list[Entry]:
    """The entries, and that of a token whose opener crashed before it wrote its entry, which is written now."""
    entries = read_entries(folder)
    path = folder / f"opening-{len(entries)}.json"
    if not path.exists():
        return entries
    try:
        entry: Entry = json.loads(path.read_text())
    except ValueError:
        path.unlink()  # its opener crashed while writing it, before it could read a row
        return entries
    entries.append(entry)
    if not problems(folder, entries):
        write_entries(folder, entries)
    return entries


def take_token(folder: Path, number: int, digest: str, payload: Mapping[str, Any]) -> Entry:
    """Create the token of the `number`-th opening, before a row is read, and return its entry."""
    plain_payload = json.loads(canonical(dict(payload)))
    entry: Entry = {"event": "opened", "opening": number, "commitment": digest, "payload": plain_payload}
    path = folder / f"opening-{number}.json"
    try:
        token = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
    except FileExistsError:
        raise VaultSpentError(f"opening {number} of the vault at {folder} was taken by another process.") from None
    with os.fdopen(token, "w") as handle:
        handle.write(canonical(entry))
        handle.flush()
        os.fsync(handle.fileno())
    sync_folder(folder)
    return entry


def write_entries(folder: Path, entries: list[Entry]) -> None:
    """Write the whole chain, with every link."""
    lines = [canonical({"entry": e, "hash": h}) + "\n" for e, h in zip(entries, hashes(entries), strict=True)]
    with replacing(folder / CHAIN) as handle:
        handle.write("".join(lines).encode())


def hashes(entries: list[Entry]) -> list[str]:
    """The hash of each entry."""
    links = [START]
    for entry in entries:
        links.append(hashlib.sha256((links[-1] + canonical(entry)).encode()).hexdigest())
    return links[1:]


def problems(folder: Path, entries: list[Entry]) -> list[str]:
    """A sentence for each mismatch between the chain, the commitments and the tokens."""
    problems = []
    if entries[0].get("event") != "sealed" or entries[0].get("digest") != commitment(entries[0].get("arrays", {})):
        problems.append("the first entry does not describe the sealed rows")
    for number, entry in enumerate(entries[1:], 1):
        if (entry.get("event"), entry.get("opening")) != ("opened", number):
            problems.append(f"entry {number} is not opening {number}")
        if entry.get("commitment") != commitment(entry.get("payload", {})):
            problems.append(f"the commitment of opening {number} is not that of its payload")
        token = folder / f"opening-{number}.json"
        if not token.exists() or token.read_text() != canonical(entry):
            problems.append(f"the token of opening {number} is gone or differs from the chain")
    extra = len(list(folder.glob("opening-*.json"))) - len(entries[1:])
    if extra > 0:
        problems.append(
            f"the chain lacks {counted(extra, 'opening')}: it was cut, or an opening crashed and was not replayed"
        )
    return problems

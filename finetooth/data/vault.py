"""The sealed vault: rows that are read once, for one comparison that was written down before.

    <folder>/  X.npy  y.npy  ids.npy  blocks.npy  more arrays  chain.jsonl  opening-1.json  opening-2.json ...

`finetooth.data.hash_chain` writes down what was sealed, then each opening with its commitment, before a row is read.

This is tamper-evident, and no more: somebody who can write to the folder can read the rows, or replace the whole
folder. A verdict therefore keeps `Holdout.head`, and `verify` with that head finds a chain that was cut or rewritten.
"""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finetooth.data import hash_chain
from finetooth.data.hash_chain import CHAIN, Entry, commitment
from finetooth.errors import InputError, VaultSpentError, VaultTamperedError
from finetooth.files import replacing
from finetooth.records import canonical

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Holdout:
    """The rows of an opened vault: `X` (n, features) float32, `y` (n,) float64, `ids` (n,), `blocks` (n,) or None.

    `openings` is 1 for the first commitment, however often it is replayed, and k for the k-th. `head` is the hash of
    the chain's last entry, to be kept with the verdict.
    """

    X: NDArray[np.float32]
    y: NDArray[np.float64]
    ids: Array
    blocks: Array | None
    openings: int
    head: str
    extra: Mapping[str, Array] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChainReport:
    """The result of `verify`: `problems` is empty when nothing was changed; `openings` counts them."""

    problems: tuple[str, ...]
    openings: int
    commitments: tuple[str, ...]
    head: str

    @property
    def intact(self) -> bool:
        """Whether nothing was changed."""
        return not self.problems


def seal(
    folder: Path,
    X: NDArray[np.float32],
    y: NDArray[np.float64],
    ids: Array,
    blocks: Array | None = None,
    extra: Mapping[str, Array | None] | None = None,
) -> str:
    """Write the sealed rows and the first entry of the chain; give back the digest of the content.

    `X` (n, features), `y`, `ids`, `blocks` and the arrays of `extra` (n,). Sealing the same content again changes
    nothing, its openings stay counted; `InputError` for other content in a folder that is sealed already.
    """
    required: dict[str, Array | None] = {
        "X": np.ascontiguousarray(X, np.float32),
        "y": np.asarray(y, np.float64),
        "ids": ids,
        "blocks": blocks,
    }
    arrays = {name: _plain(name, a) for name, a in (required | dict(extra or {})).items() if a is not None}
    if any(len(a) != len(X) for a in arrays.values()):
        raise ValueError(f"all sealed arrays must have {len(X)} rows; got { {n: len(a) for n, a in arrays.items()} }")
    descriptions = {name: _describe(a) for name, a in arrays.items()}
    entry: Entry = {"event": "sealed", "digest": commitment(descriptions), "arrays": descriptions}
    folder.mkdir(parents=True, exist_ok=True)
    with hash_chain.locked(folder):
        if (folder / CHAIN).exists():
            if hash_chain.read_entries(folder)[0] != entry:
                raise InputError(
                    f"the vault must hold the rows that are sealed; {folder} holds others; use another folder."
                )
            return str(entry["digest"])
        if list(folder.glob("opening-*.json")):
            raise VaultTamperedError(f"the vault at {folder} was opened before, but its chain is gone.")
        for name, array in arrays.items():
            _save(folder / f"{name}.npy", array)
        hash_chain.write_entries(folder, [entry])
    return str(entry["digest"])


def open_vault(
    folder: Path, payload: Mapping[str, Any], *, again: bool = False, unread: Collection[str] = ()
) -> Holdout:
    """Read the sealed rows for one commitment, after it has been written down.

    The same `payload` may open it any number of times and counts once, so that a crash can be repeated. Another one
    raises `VaultSpentError`, unless `again`: then it counts as the k-th opening and spends
    `statistics.opening_alpha(k)`. Arrays named in `unread` stay where they are.
    `VaultTamperedError` when the chain, a commitment or a row is not what was sealed.
    """
    digest = commitment(payload)
    with hash_chain.locked(folder):
        entries = hash_chain.completed_entries(folder)
        problems = hash_chain.problems(folder, entries)
        if problems:
            raise VaultTamperedError(f"the vault at {folder} must be as it was sealed; {problems[0]}.")
        commitments = [entry["commitment"] for entry in entries[1:]]
        if digest not in commitments:
            if commitments and not again:
                raise VaultSpentError(
                    f"the vault must be opened for one commitment; it was opened for {commitments[0][:12]} and "
                    f"{digest[:12]} came, which differs in {_differing(entries[-1]['payload'], payload)}; repeat "
                    "that run as it was, or start a run with --set validation.again=true, which opens it again and "
                    "widens the interval."
                )
            entries.append(hash_chain.take_token(folder, len(commitments) + 1, digest, payload))
            hash_chain.write_entries(folder, entries)
        opening = 1 + [entry["commitment"] for entry in entries[1:]].index(digest)
        head = hash_chain.hashes(entries)[-1]
    arrays = {name: _read_array(folder, name, entries[0]) for name in entries[0]["arrays"] if name not in unread}
    X, y, ids, blocks = (arrays.pop(name, None) for name in ("X", "y", "ids", "blocks"))
    return Holdout(X, y, ids, blocks, opening, head, arrays)  # type: ignore[arg-type]


def payloads(folder: Path) -> tuple[Mapping[str, Any], ...]:
    """The payload of each opening so far, in order; empty when there was none, or no vault."""
    if not (folder / CHAIN).exists():
        return ()
    with hash_chain.locked(folder):
        return tuple(entry["payload"] for entry in hash_chain.completed_entries(folder)[1:])


def history(folder: Path) -> tuple[Mapping[str, Any], ...]:
    """The entries of the chain, as they are: the sealing first, then each opening. Changes nothing.

    Raises `VaultTamperedError` when the chain is gone or a link of it is broken.
    """
    return tuple(hash_chain.read_entries(folder))


def verify(folder: Path, head: str | None = None) -> ChainReport:
    """Compare rows, chain, commitments and tokens with what was written; the problems are in the report.

    `head` is what a verdict kept of the chain; a chain that no longer contains it was cut or rewritten.
    Changes nothing; an opening that crashed before its entry is reported as a problem until it is replayed.
    """
    try:
        entries = hash_chain.read_entries(folder)
    except VaultTamperedError as error:
        return ChainReport((str(error),), 0, (), "")
    chain_hashes = hash_chain.hashes(entries)
    problems = hash_chain.problems(folder, entries)
    if head is not None and head not in chain_hashes:
        problems.append("the chain does not contain the head that the verdict kept: it was cut or rewritten")
    for name in entries[0].get("arrays", {}):
        try:
            _read_array(folder, name, entries[0])
        except VaultTamperedError as error:
            problems.append(str(error))
    commitments = tuple(str(entry.get("commitment")) for entry in entries[1:])
    return ChainReport(tuple(problems), len(commitments), commitments, chain_hashes[-1])


def _differing(earlier: Mapping[str, Any], current: Mapping[str, Any]) -> str:
    """The keys, comma-separated, in which two payloads differ."""
    plain = json.loads(canonical(dict(current)))
    return ", ".join(sorted(key for key in {*earlier, *plain} if earlier.get(key) != plain.get(key)))


def _plain(name: str, array: Array) -> Array:
    """An array that needs no pickle: names of any kind become text."""
    plain = np.ascontiguousarray(array)
    if plain.dtype.hasobject:
        plain = plain.astype(str)
    if not name.isidentifier():
        raise ValueError(f"a sealed array must have a plain name; got '{name}'")
    return plain


def _describe(array: Array) -> Entry:
    content = hashlib.sha256(np.ascontiguousarray(array).view(np.uint8).reshape(-1).data).hexdigest()
    return {"sha256": content, "dtype": array.dtype.str, "shape": list(array.shape)}


def _read_array(folder: Path, name: str, sealed: Entry) -> Array:
    """One array, compared with its digest; `VaultTamperedError` unless it is what was sealed."""
    try:
        array: Array = np.load(folder / f"{name}.npy", allow_pickle=False)
    except (OSError, ValueError):
        raise VaultTamperedError(f"{name}.npy in the vault at {folder} is gone or cannot be read") from None
    if _describe(array) != sealed["arrays"][name]:
        raise VaultTamperedError(f"{name}.npy in the vault at {folder} is not what was sealed")
    return array


def _save(path: Path, array: Array) -> None:
    with replacing(path) as handle:
        np.save(handle, array, allow_pickle=False)

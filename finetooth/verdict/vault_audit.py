"""Audit of a run's vault: its hash chain, read and verified; no row is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from finetooth.data import vault
from finetooth.errors import VaultTamperedError
from finetooth.records import Verdict, canonical


@dataclass(frozen=True, slots=True)
class Opening:
    """One opening: its number, its commitment, what was committed to, and whether the verdict rests on it."""

    number: int
    commitment: str
    payload: Mapping[str, Any]
    of_verdict: bool


@dataclass(frozen=True, slots=True)
class VaultAudit:
    """The sealed rows and what they were opened for; `problems` is empty when nothing was touched."""

    folder: Path
    digest: str
    rows: int
    openings: tuple[Opening, ...]
    head: str
    problems: tuple[str, ...]


def audit_vaults(store: Path, fingerprint: str, verdict: Verdict | None) -> tuple[VaultAudit, ...]:
    """The vault of a run, or of each of its outer folds. `fingerprint` names the split of the run."""
    outer = () if verdict is None else verdict.extra.outer or ()
    if verdict is None or not outer:
        return (audit_vault(store, fingerprint, verdict),)
    return tuple(
        audit_vault(
            store,
            fold.fingerprint,
            replace(verdict, tuned_params=fold.params, extra=replace(verdict.extra, vault_head=fold.vault_head)),
        )
        for fold in outer
    )


def audit_vault(store: Path, fingerprint: str, verdict: Verdict | None) -> VaultAudit:
    """The hash chain of the sealed rows of one split, verified against the head that the verdict carries, if any.

    Changes nothing and reads rows only to compare their digests.
    """
    folder = store / "vault" / fingerprint
    report = vault.verify(folder, None if verdict is None else verdict.extra.vault_head or "")
    try:
        first, *rest = vault.history(folder)
    except VaultTamperedError:
        return VaultAudit(folder, "", 0, (), "", report.problems)
    openings = tuple(_opening(number, entry, verdict) for number, entry in enumerate(rest, start=1))
    problems = report.problems
    if verdict is not None and not any(opening.of_verdict for opening in openings):
        problems += ("no opening was committed to what the verdict compares: verdict.json or the chain was changed",)
    return VaultAudit(folder, str(first.get("digest", "")), _rows(first), openings, report.head, problems)


def _opening(number: int, entry: Mapping[str, Any], verdict: Verdict | None) -> Opening:
    payload: Mapping[str, Any] = entry.get("payload", {})
    of_verdict = verdict is not None and _compared(verdict) == [
        canonical(payload.get(name)) for name in ("metric", "winner", "default")
    ]
    return Opening(number, str(entry.get("commitment", "")), payload, of_verdict)


def _compared(verdict: Verdict) -> Sequence[str]:
    parts = (verdict.metric, dict(verdict.tuned_params), dict(verdict.default_params))
    return [canonical(part) for part in parts]


def _rows(sealed: Mapping[str, Any]) -> int:
    shape = sealed.get("arrays", {}).get("y", {}).get("shape", [0])
    return int(shape[0])

"""What the sealed rows of a run were opened for, as a table."""

import json
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from finetooth.errors import InputError, VaultTamperedError
from finetooth.records import DataRef, from_json
from finetooth.runs.run import Run
from finetooth.verdict.vault_audit import VaultAudit, audit_vault

_DIGITS = 12  # of a hash


def custody_of(run: Run) -> VaultAudit:
    """The chain of a run's sealed rows, verified. Raises `InputError` for a run that has sealed none yet."""
    path = run.folder / "data.json"
    if not path.exists():
        raise InputError(f"the run must have sealed its rows; {run.folder} has not come that far; resume it.")
    return audit_vault(run.store, from_json(DataRef, path.read_bytes()).fingerprint, run.verdict())


def check_intact(custody: VaultAudit) -> None:
    """Raise `VaultTamperedError` with everything that was touched."""
    if custody.problems:
        raise VaultTamperedError(f"the sealed rows were touched: {'; '.join(custody.problems)}.")


def as_json(custody: VaultAudit) -> str:
    """The chain and what is wrong with it, for machines."""
    openings = [
        {"opening": one.number, "commitment": one.commitment, "payload": dict(one.payload), "verdict": one.of_verdict}
        for one in custody.openings
    ]
    held = {"folder": str(custody.folder), "digest": custody.digest, "rows": custody.rows, "openings": openings}
    return json.dumps(held | {"head": custody.head, "intact": not custody.problems, "problems": custody.problems})


def table(custody: VaultAudit) -> RenderableType:
    """A row an entry of the chain: the sealing, then each opening with its commitment and what it was for."""
    out = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("entry", "digest", "what was fixed before it"):
        out.add_column(name, overflow="fold")
    out.add_row("sealed", custody.digest[:_DIGITS], Text(f"{custody.rows:,} rows"))
    for one in custody.openings:
        head = f"opening {one.number}" + (" (this verdict)" if one.of_verdict else "")
        out.add_row(head, one.commitment[:_DIGITS], Text(_short(one.payload)))
    state = "intact" if not custody.problems else f"TOUCHED: {'; '.join(custody.problems)}"
    head = f"head {custody.head[:_DIGITS]}: " if custody.head else ""
    return Group(Text(str(custody.folder), style="dim"), out, Text(f"{head}{state}"))


def _short(payload: Any) -> str:
    seeds = payload.get("seeds", ())
    parts = [f"{payload.get('metric', '?')}, {len(seeds)} seeds, code {payload.get('code', '?')}"]
    parts += [f"{name}: {_params(payload.get(name))}" for name in ("winner", "default")]
    return "\n".join(parts)


def _params(held: Any) -> str:
    if not isinstance(held, dict):
        return "?"
    return ", ".join(
        f"{name} = {value:.4g}" if isinstance(value, float) else f"{name} = {value}" for name, value in held.items()
    )

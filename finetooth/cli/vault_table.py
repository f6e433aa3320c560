"""What the sealed rows of a run were opened for, as a table."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from finetooth.errors import InputError, VaultTamperedError
from finetooth.records import DataRef, from_json
from finetooth.runs.run import Run
from finetooth.verdict.vault_audit import VaultAudit, audit_vaults

_DIGITS = 12  # of a hash


def audit_run(run: Run) -> tuple[VaultAudit, ...]:
    """What a run's sealed rows were opened for, verified, an outer fold each if there are any.

    Raises `InputError` for a run that has sealed none yet.
    """
    path = run.folder / "data.json"
    if not path.exists():
        raise InputError(f"the run must have sealed its rows; {run.folder} has not come that far; resume it.")
    return audit_vaults(run.store, from_json(DataRef, path.read_bytes()).fingerprint, run.verdict())


def check_intact(audits: Iterable[VaultAudit]) -> None:
    """Raise `VaultTamperedError` with everything that was touched."""
    problems = [problem for audit in audits for problem in audit.problems]
    if problems:
        raise VaultTamperedError(f"the sealed rows were touched: {'; '.join(problems)}.")


def audits_json(audits: Sequence[VaultAudit]) -> str:
    """The openings and what was touched, as JSON: one object, or with outer folds a list of them."""
    objects = [_as_object(audit) for audit in audits]
    return json.dumps(objects if len(objects) > 1 else objects[0])


def audits_table(audits: Iterable[VaultAudit]) -> RenderableType:
    """The table of each vault, one below the other."""
    return Group(*map(audit_table, audits))


def _as_object(audit: VaultAudit) -> dict[str, Any]:
    openings = [
        {
            "opening": opening.number,
            "commitment": opening.commitment,
            "payload": dict(opening.payload),
            "verdict": opening.of_verdict,
        }
        for opening in audit.openings
    ]
    values = {"folder": str(audit.folder), "digest": audit.digest, "rows": audit.rows, "openings": openings}
    return values | {"head": audit.head, "intact": not audit.problems, "problems": audit.problems}


def audit_table(audit: VaultAudit) -> RenderableType:
    """A row an entry of the hash chain: the sealing, then each opening with its commitment and what it was for."""
    out = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("entry", "digest", "what was fixed before it"):
        out.add_column(name, overflow="fold")
    out.add_row("sealed", audit.digest[:_DIGITS], Text(f"{audit.rows:,} rows"))
    for opening in audit.openings:
        head = f"opening {opening.number}" + (" (this verdict)" if opening.of_verdict else "")
        out.add_row(head, opening.commitment[:_DIGITS], Text(_short(opening.payload)))
    state = "intact" if not audit.problems else f"TOUCHED: {'; '.join(audit.problems)}"
    head = f"head {audit.head[:_DIGITS]}: " if audit.head else ""
    return Group(Text(str(audit.folder), style="dim"), out, Text(f"{head}{state}"))


def _short(payload: Any) -> str:
    seeds = payload.get("seeds", ())
    parts = [f"{payload.get('metric', '?')}, {len(seeds)} seeds, code {payload.get('code', '?')}"]
    parts += [f"{name}: {_params(payload.get(name))}" for name in ("winner", "default")]
    return "\n".join(parts)


def _params(params: Any) -> str:
    if not isinstance(params, dict):
        return "?"
    return ", ".join(
        f"{name} = {value:.4g}" if isinstance(value, float) else f"{name} = {value}" for name, value in params.items()
    )

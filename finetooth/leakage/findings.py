"""The findings of a check, and how a person reads them: worst first."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from finetooth.errors import FinetoothError, one_line
from finetooth.records import Finding, Severity, from_json, to_json

_ORDER: dict[Severity, int] = {"error": 0, "warning": 1, "info": 2}


def waiver_hint(check: str, column: str | None = None) -> str:
    """The line of the configuration that waives a finding."""
    where = f", column: {column}" if column else ""
    return f"leakage.allow: [{{check: {check}{where}, reason: ...}}]"


def unchecked(check: str, reason: str) -> Finding:
    """A finding of severity info: the check had nothing to test, such as too few rows, and why."""
    return Finding(
        check=check,
        severity="info",
        columns=(),
        message=f"not checked: {reason}",
        meaning="Nothing is known here: that is neither a pass nor a failure.",
    )


def not_run(check: str, reason: str, next_step: str, columns: tuple[str, ...] = ()) -> Finding:
    """An error that can be waived: the check did not run. `next_step` tells the user what to do."""
    return Finding(
        check=check,
        severity="error",
        columns=columns,
        message=f"not checked: {reason}",
        meaning="Nothing is known here, so the gate stays closed: the leak that this check looks for may be there.",
        remedy=f"{next_step}; else accept that nobody looked: {waiver_hint(check, *columns[:1])}.",
    )


def run_guarded(name: str, check: Callable[[], tuple[Finding, ...]], *, quote: bool) -> tuple[Finding, ...]:
    """The findings of a check; if it crashed, one error that can be waived.

    `quote` what was raised, not its type alone: never where it may hold a value of a sealed row. What finetooth raises
    on purpose passes.
    """
    try:
        with np.errstate(all="ignore"):  # what overflows is no finding; the setting is the thread's own
            return check()
    except FinetoothError:
        raise
    except Exception as error:  # noqa: BLE001 (whatever a check did not foresee must not open the gate)
        error_text = f"{type(error).__name__}: {one_line(error, 300)}" if quote else type(error).__name__
        next_step = "Look at what the columns hold that is unusual, and convert it or leave it out (data.drop)"
        return (not_run(name, f"the check crashed: {error_text}.", next_step),)


@dataclass(frozen=True, slots=True)
class Findings:
    """The findings of all checks, in the order of the checks; printing lists the worst first."""

    all: tuple[Finding, ...] = ()

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.all)

    def __len__(self) -> int:
        return len(self.all)

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Errors, waived or not."""
        return tuple(finding for finding in self.all if finding.severity == "error")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """Warnings."""
        return tuple(finding for finding in self.all if finding.severity == "warning")

    @property
    def stopping(self) -> tuple[Finding, ...]:
        """Errors that end a run: strict ones, and those that nobody waived."""
        return tuple(finding for finding in self.all if finding.stops)

    def worst_first(self) -> tuple[Finding, ...]:
        """What stops first, then waived errors, warnings and information; the order of the checks within."""
        return tuple(sorted(self.all, key=lambda finding: (not finding.stops, _ORDER[finding.severity])))

    def to_json(self) -> str:
        """One JSON list with an object a finding."""
        return "[" + ", ".join(to_json(finding) for finding in self.all) + "]"

    @classmethod
    def from_json(cls, text: str | bytes) -> "Findings":
        """Read `to_json` back; raises `pydantic.ValidationError` when the text is not such a list."""
        return cls(from_json(tuple[Finding, ...], text))

    def to_frame(self) -> pd.DataFrame:
        """One row a finding, worst first."""
        rows = [
            {
                "check": finding.check,
                "severity": finding.severity,
                "columns": ", ".join(finding.columns),
                "message": finding.message,
                "meaning": finding.meaning,
                "remedy": finding.remedy,
                "waived": finding.waiver.reason if finding.waiver else "",
            }
            for finding in self.worst_first()
        ]
        return pd.DataFrame(rows, columns=["check", "severity", "columns", "message", "meaning", "remedy", "waived"])

    def __str__(self) -> str:
        if not self.all:
            return "No findings."
        return "\n".join(_lines(finding) for finding in self.worst_first())


def _lines(finding: Finding) -> str:
    waived = f" (waived: {finding.waiver.reason})" if finding.waiver else ""
    parts = [f"{finding.severity.upper():<8}{finding.check}: {finding.message}{waived}"]
    parts += [f"        {text}" for text in (finding.meaning, finding.remedy) if text]
    return "\n".join(parts)

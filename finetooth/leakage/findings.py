"""The findings of a check, and how a person reads them: worst first."""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from finetooth.records import Finding, Severity, from_json, to_json

_ORDER: dict[Severity, int] = {"error": 0, "warning": 1, "info": 2}


def allow(check: str, column: str | None = None) -> str:
    """How a finding is waived, in the words of the configuration."""
    where = f", column: {column}" if column else ""
    return f"leakage.allow: [{{check: {check}{where}, reason: ...}}]"


def unchecked(check: str, reason: str) -> Finding:
    """Information that a check could not look, and why."""
    return Finding(
        check=check,
        severity="info",
        columns=(),
        message=f"not checked: {reason}",
        meaning="Nothing is known here: that is neither a pass nor a failure.",
    )


@dataclass(frozen=True, slots=True)
class Findings:
    """What all checks saw, kept in the order of the checks; printing it lists the worst first."""

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

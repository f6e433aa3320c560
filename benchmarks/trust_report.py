"""The tables of the trust benchmark: recall by kind, false stops and warnings by honest table."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from statistics import mean

from benchmarks.tables import markdown
from benchmarks.trust_runs import Outcome

ANY, ERROR = 0.9, 0.6  # shares of runs in which a finding, and an error, must name the trap
WARNINGS = 1.0  # a run, on a table that is honest
_SHOWN = 4  # findings in a cell


def recall(outcomes: Sequence[Outcome]) -> str:
    """By kind of trap: how often a finding named it, how often an error did, by which checks, and other errors."""
    rows = [
        [
            kind,
            len(group),
            _percent(one.severity != "none" for one in group),
            _percent(one.severity == "error" for one in group),
            _counted(check for one in group for check in one.checks),
            _counted(error for one in group for error in one.errors) + _refused(group),
        ]
        for kind, group in by_kind(outcomes)
    ]
    return markdown(["trap", "runs", "named", "by an error", "checks", "other errors"], rows)


def honest(outcomes: Sequence[Outcome]) -> str:
    """By honest table: runs that an error stops, warnings a run, and which they are."""
    rows = [
        [
            kind,
            len(group),
            _percent(bool(one.errors or one.refused) for one in group),
            f"{mean(len(one.warnings) for one in group):.1f}",
            _counted(error for one in group for error in one.errors) + _refused(group),
            _counted(warning for one in group for warning in one.warnings),
            f"{mean(one.seconds for one in group):.1f}",
        ]
        for kind, group in by_kind(outcomes)
    ]
    return markdown(["honest table", "runs", "stopped", "warnings a run", "errors", "warnings", "seconds"], rows)


def totals(traps: Sequence[Outcome], controls: Sequence[Outcome]) -> list[str]:
    """The goal and what was reached, a line each; each kind and each table counts alike."""
    lines = []
    if traps:
        named, by_error = (_mean_share(traps, wanted) for wanted in (("error", "warning"), ("error",)))
        kinds = [kind for kind, group in by_kind(traps) if all(one.severity == "none" for one in group)]
        lines += [
            f"- Named by an error or a warning: {named:.1%} of {len(by_kind(traps))} kinds (goal: {ANY:.0%}).",
            f"- Named by an error: {by_error:.1%} (goal: {ERROR:.0%}).",
            f"- Never named: {'; '.join(kinds) or 'none'}.",
        ]
    if controls:
        tables = by_kind(controls)
        stopped = [kind for kind, group in tables if any(one.errors or one.refused for one in group)]
        warned = [kind for kind, group in tables if mean(len(one.warnings) for one in group) > WARNINGS]
        lines += [
            f"- Honest tables with an error in any run: {len(stopped)} of {len(tables)} (goal: none)"
            + (f": {'; '.join(stopped)}." if stopped else "."),
            f"- Honest tables with more than {WARNINGS:.0f} warning a run: {len(warned)} (goal: none)"
            + (f": {'; '.join(warned)}." if warned else "."),
        ]
    return lines


def by_kind(outcomes: Sequence[Outcome]) -> list[tuple[str, list[Outcome]]]:
    """The outcomes of each kind, in the order in which they came."""
    return [(kind, list(group)) for kind, group in groupby(outcomes, key=lambda one: one.kind)]


def _mean_share(outcomes: Sequence[Outcome], wanted: tuple[str, ...]) -> float:
    return mean(mean(one.severity in wanted for one in group) for _, group in by_kind(outcomes))


def _percent(happened: Iterable[bool]) -> str:
    return f"{mean(happened):.0%}"


def _counted(names: Iterable[str]) -> str:
    counts = Counter(names).most_common()
    shown = [f"{name} x{times}" if times > 1 else name for name, times in counts[:_SHOWN]]
    return "; ".join(shown + ([f"and {len(counts) - _SHOWN} more"] if len(counts) > _SHOWN else [])).replace("|", "/")


def _refused(group: Sequence[Outcome]) -> str:
    reasons = [one.refused for one in group if one.refused]
    return f" REFUSED x{len(reasons)}: {reasons[0][:120]}".replace("|", "/") if reasons else ""

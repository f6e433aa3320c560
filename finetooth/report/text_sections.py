"""The lead, the findings and the settings: the parts of the page that are words."""

import re
from dataclasses import dataclass
from typing import Any

import yaml

from finetooth.records import Finding, Label, Verdict
from finetooth.report import formatting
from finetooth.report.blocks import Badge, Card, Code, Section, TextTable, Tone
from finetooth.report.record import (
    RunRecord,
    best_trial,
    checks,
    default_digest,
    findings,
    last_search,
    metric_of,
    outcome,
)
from finetooth.trials.comparable import comparable
from finetooth.verdict.cautions import drawn

TONES: dict[Label, Tone] = {
    "IMPROVED": "good",
    "BETTER": "accent",
    "EQUIVALENT": "plain",
    "INCONCLUSIVE": "warn",
    "WORSE": "bad",
    "NO-CANDIDATE": "plain",
    "INVALID": "bad",
}
SHIPS: dict[Label, str] = {
    "IMPROVED": "The tuned model ships.",
    "BETTER": "The tuned model ships.",
    "EQUIVALENT": "The default ships: the tuned model is no better by the margin.",
    "INCONCLUSIVE": "The default ships: no gain was shown.",
    "WORSE": "The default ships: the tuned model is worse.",
    "NO-CANDIDATE": "The default ships: nothing was compared.",
    "INVALID": "The default ships: the comparison does not count.",
}


@dataclass(frozen=True, slots=True)
class Lead:
    """The head of the report: a label, one sentence, the rest of the text, the model that ships, and a few numbers.

    `beware` is the end of the text: what was waived, warned of or not declared.
    """

    badge: Badge
    sentence: str
    rest: str
    ships: str
    detail: str = ""
    beware: str = ""
    numbers: tuple[tuple[str, str], ...] = ()


def lead(record: RunRecord) -> Lead:
    """The first lines of the page: the verdict, the error that stopped the run, or the best trial of a sweep."""
    if record.verdict is not None:
        return _verdict_lead(record)
    if outcome(record) == "stopped":
        return _stopped_lead(record)
    return _search_lead(record)


def sentence(record: RunRecord) -> str:
    """The lead in one line, with its label."""
    if record.verdict is not None and record.verdict.sentence:
        return f"{record.verdict.label}: {_without_label(record.verdict.sentence)}"
    first = lead(record)
    return f"{first.badge.text}: {first.sentence} {first.rest}".strip()


def _without_label(text: str) -> str:
    """A verdict's sentence without its label, which may be that of an earlier version."""
    return re.sub(r"^[A-Z-]+:\s+", "", text)


def _split(text: str) -> tuple[str, str]:
    """The first sentence and the rest; a point inside a number ends no sentence."""
    return _at(text, r"(?<=[.!?])\s+(?=[A-Z])")


def _at(text: str, pattern: str) -> tuple[str, str]:
    """What stands before and after the first match of a pattern."""
    parts = re.split(pattern, text, maxsplit=1)
    return parts[0], parts[1] if len(parts) > 1 else ""


def _verdict_lead(record: RunRecord) -> Lead:
    verdict = record.verdict
    if verdict is None:
        raise ValueError("a verdict lead needs a verdict")
    places = formatting.decimals(record)
    sentence_text = _without_label(verdict.sentence)
    first, rest = _split(sentence_text or f"tuned minus default is {formatting.signed(verdict.difference, places)}.")
    interval = formatting.interval(verdict.ci_low, verdict.ci_high, places)
    numbers: tuple[tuple[str, str], ...] = (
        ("Tuned", formatting.number(verdict.tuned, places)),
        ("Default", formatting.number(verdict.default, places)),
        ("Difference", formatting.signed(verdict.difference, places)),
        (verdict.interval_name, interval),
        ("Sealed rows", f"{verdict.holdout_rows:,}"),
        *_drawn(verdict),
        ("Trials", f"{verdict.trials:,}"),
    )
    if verdict.label == "NO-CANDIDATE":
        of_both = {"Tuned", "Difference", verdict.interval_name}
        numbers = tuple(each for each in numbers if each[0] not in of_both)
    badge = Badge(verdict.label, TONES[verdict.label])
    ships = SHIPS[verdict.label]
    rest, beware = _at(rest, r"\s*(?=\bWaive(?:rs|d): )")
    return Lead(badge, first[:1].upper() + first[1:], rest, ships, formatting.params(verdict.params), beware, numbers)


def _drawn(verdict: Verdict) -> tuple[tuple[str, str], ...]:
    """How many groups, periods or different rows the interval draws; empty where it draws rows."""
    unit, units = drawn(verdict)
    return () if unit == "row" else ((f"{unit.capitalize()}s", f"{units:,}"),)


def _stopped_lead(record: RunRecord) -> Lead:
    stopping = [finding for finding in findings(record) if finding.stops]
    first = stopping[0]
    more = f" and {formatting.count(len(stopping) - 1, 'more error')}" if len(stopping) > 1 else ""
    trial_count = formatting.count(len(record.trials), "trial") if record.trials else "no trial"
    statement = f"Leakage found by '{first.check}'{more}, so {trial_count} was spent and no model ships."
    return Lead(Badge("STOPPED", "bad"), statement, first.message, "What to do." if first.remedy else "", first.remedy)


def _search_lead(record: RunRecord) -> Lead:
    trials, metric, places = last_search(record), metric_of(record), formatting.decimals(record)
    leader = best_trial(trials)
    is_sweep = outcome(record) == "search"
    badge = Badge("SWEEP" if is_sweep else "NO VERDICT", "plain")
    if leader is None:
        statement = "No trial completed." if trials else "Nothing was run yet."
        return Lead(badge, statement, "", "No model ships.")
    statement = (
        f"Best of {formatting.count(len(trials), 'trial')}: {metric.title} "
        f"{formatting.number(metric.sign * leader.score, places)} by trial {leader.candidate.index}."
    )
    default = next((t for t in comparable(trials) if t.candidate.digest == default_digest(record)), None)
    rest = "" if default is None else f"The default scored {formatting.number(metric.sign * default.score, places)}. "
    rest += "This is what the search itself saw, so it flatters the winner; "
    rest += "a tuning run would compare both on sealed rows." if is_sweep else "no sealed comparison was made."
    return Lead(badge, statement, rest, "Best parameters.", formatting.params(leader.params))


def leakage_section(record: RunRecord) -> Section:
    """Every finding: what was seen, what it means, what to do, and the waiver if there is one."""
    key, heading = "findings", "Leakage findings"
    all_findings = findings(record)
    if not all_findings:
        names = checks(record)
        reason = f"Nothing found by {formatting.count(len(names), 'check')}." if names else "No findings were recorded."
        return Section(key, heading, empty=reason)
    waived = sum(finding.waiver is not None for finding in all_findings)
    counts = [(sum(f.severity == kind for f in all_findings), kind) for kind in ("error", "warning")]
    text = ", ".join(formatting.count(count, kind) for count, kind in counts)
    infos = sum(finding.severity == "info" for finding in all_findings)
    text += (f", {infos} for information" if infos else "") + (f"; {waived} of them waived." if waived else ".")
    return Section(key, heading, (text,), cards=tuple(_card(finding) for finding in all_findings))


def badge_of(finding: Finding) -> Badge:
    """The severity of a finding, or that it was waived."""
    if finding.waiver is not None:
        return Badge(f"{finding.severity}, waived", "warn")
    tones: dict[str, Tone] = {"error": "bad", "warning": "warn", "info": "plain"}
    return Badge(finding.severity, tones[finding.severity])


def _card(finding: Finding) -> Card:
    waiver = finding.waiver.reason if finding.waiver else ""
    evidence = ", ".join(f"{name} = {formatting.value(value)}" for name, value in finding.evidence.items())
    lines = (
        ("", finding.message),
        ("What it means", finding.meaning),
        ("What to do", finding.remedy),
        ("Waived, because", waiver),
        ("Evidence", evidence),
    )
    table = _small_table(finding.table) if finding.table else None
    columns = f": {', '.join(finding.columns)}" if finding.columns else ""
    return Card(badge_of(finding), f"{finding.check}{columns}", tuple(line for line in lines if line[1]), table)


def _small_table(rows: tuple[tuple[str, ...], ...]) -> TextTable:
    """A finding's table, with columns of numbers at the right."""
    number = re.compile(r"[+-]?[\d.,]+( ?%)?(e[+-]?\d+)?")
    columns = zip(*rows[1:], strict=False)
    numeric = {column for column, cells in enumerate(columns) if all(number.fullmatch(cell.strip()) for cell in cells)}
    return TextTable(rows[0], rows[1:], numeric=frozenset(numeric))


def repeat_section(record: RunRecord) -> Section:
    """Everything that is needed to run this again and get the same answer."""
    lineage = dict(record.lineage)
    command = lineage.pop("command", None) or "finetooth tune --config config.yaml"
    tables = []
    for name in ("versions", "seeds", "timings"):
        entries = formatting.flat(lineage.pop(name, None) or {})
        if entries:
            rows = tuple((key, _rounded(text)) for key, text in entries.items())
            tables.append(TextTable((name.capitalize(), ""), rows, numeric=frozenset({1})))
    if record.data is not None:
        lineage.setdefault("fingerprint", record.data.fingerprint)
    others = tuple(formatting.flat(lineage).items())
    if others:
        tables.insert(0, TextTable(("Lineage", ""), others))
    codes = [Code("Command", command if isinstance(command, str) else " ".join(map(str, command)))]
    codes.append(Code("config.yaml", yaml_of(record.config) or "# no configuration was recorded\n", folded=True))
    text = "On one machine, equal settings, versions and data give equal trials and verdicts, however many workers."
    return Section("repeat", "To repeat this run", (text,), tables=tuple(tables), codes=tuple(codes))


def _rounded(text: str) -> str:
    return f"{float(text):,.2f}" if re.fullmatch(r"\d+\.\d{3,}(e-?\d+)?", text) else text


def yaml_of(config: Any) -> str:
    """The configuration as YAML, in its own order."""
    return yaml.safe_dump(_plain_values(config), sort_keys=False, allow_unicode=True) if config else ""


def _plain_values(value: Any) -> Any:
    if hasattr(value, "items"):
        return {str(key): _plain_values(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain_values(inner) for inner in value]
    return value if isinstance(value, bool | int | float | str | None) else str(value)

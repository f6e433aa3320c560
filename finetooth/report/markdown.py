"""The report as Markdown, for the page of a run in the Prefect UI."""

from finetooth.report import comparison, cost, formatting, leaderboard, outer_folds, text_sections
from finetooth.report.blocks import Section, TextTable
from finetooth.report.record import RunRecord, findings


def markdown(record: RunRecord) -> str:
    """The lead, the numbers behind it, findings, leaderboard and cost."""
    lead = text_sections.lead(record)
    sentence = text_sections.sentence(record).removeprefix(lead.badge.text)
    parts = [f"# {_text(record.name)}", f"**{lead.badge.text}**{_text(sentence)}"]
    if lead.ships:
        parts.append(f"**{_text(lead.ships)}** {_text(lead.detail)}".strip())
    if record.verdict is not None:
        parts += ["## Tuned against default", table(comparison.table(record, record.verdict))]
        parts += [f"- {_text(note)}" for note in record.verdict.notes]
    rotated = outer_folds.section(record)
    if rotated is not None:
        parts += _with_tables(rotated)
    parts += ["## Leakage findings", _findings(record)]
    parts += _with_tables(leaderboard.section(record, limit=10))
    parts += _with_tables(cost.section(record))
    return "\n\n".join(parts) + "\n"


def table(block: TextTable) -> str:
    """A table in GitHub's Markdown."""
    ruler = ["---:" if column in block.numeric else "---" for column in range(len(block.header))]
    lines = [block.header, ruler, *block.rows]
    return "\n".join(
        "| " + " | ".join(cell if cell in ruler else _text(str(cell)) for cell in line) + " |" for line in lines
    )


def _findings(record: RunRecord) -> str:
    lines = []
    for finding in findings(record):
        columns = f" ({', '.join(finding.columns)})" if finding.columns else ""
        waiver = f" *Waived, because {_text(finding.waiver.reason)}*" if finding.waiver else ""
        remedy = f" What to do: {_text(finding.remedy)}" if finding.remedy and not waiver else ""
        head = f"**{text_sections.badge_of(finding).text}** {_text(finding.check + columns)}"
        lines.append(f"- {head}: {_text(finding.message)}{remedy}{waiver}")
    return "\n".join(lines) or text_sections.leakage_section(record).empty


def _with_tables(section: Section) -> list[str]:
    paragraphs = [_text(text) for text in section.text] or [section.empty or formatting.NONE]
    return [f"## {section.title}", *paragraphs, *(table(block) for block in section.tables)]


def _text(plain: str) -> str:
    """Plain text that Markdown leaves as it is."""
    for sign in ("\\", "|", "*", "_", "`", "<", "[", "#"):
        plain = plain.replace(sign, f"\\{sign}")
    return " ".join(plain.split())

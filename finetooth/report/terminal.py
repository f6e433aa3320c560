"""The summary of a run in the terminal."""

from pathlib import Path

from rich import box
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from finetooth.report import formatting, text_sections
from finetooth.report.blocks import Tone
from finetooth.report.record import RunRecord, findings, metric_of

COLOURS: dict[Tone, str] = {"good": "green", "bad": "red", "warn": "yellow", "plain": "cyan", "accent": "blue"}


def summary(record: RunRecord, report: Path | str | None = None, model: Path | str | None = None) -> RenderableType:
    """The sentence in a panel, tuned against default, waivers, findings, and where report and model lie."""
    lead = text_sections.lead(record)
    colour = COLOURS[lead.badge.tone]
    sentence = Text(text_sections.sentence(record))
    sentence.stylize(f"bold {colour}", 0, len(lead.badge.text))
    body: list[RenderableType] = [Panel(sentence, title=Text(record.name), title_align="left", border_style=colour)]
    if record.verdict is not None and record.verdict.label != "NO-CANDIDATE":
        body.append(_scores(record))
    body.append(_lines(record, report, model))
    return Group(*body)


def columns_table(record: RunRecord) -> RenderableType:
    """What the task and each column were taken for, and how to say otherwise."""
    task = next((finding for finding in findings(record) if finding.check == "task"), None)
    grid = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    grid.add_column("column", overflow="fold")
    grid.add_column("taken as", no_wrap=True)
    grid.add_column("holds", overflow="fold")
    grid.add_column("missing", justify="right", no_wrap=True)
    for column in record.columns:
        style = "dim" if column.taken_as.startswith("left out") else "bold" if column.taken_as == "target" else ""
        missing = f"{column.missing:.1%}" if column.missing else ""
        grid.add_row(Text(column.name), column.taken_as, Text(column.holds), missing, style=style)
    lead = [Text(f"{task.message} {task.remedy}")] if task is not None else []
    return Group(
        *lead, grid, Text("Where a column is something else, say so: --type COLUMN=category, number, date ...")
    )


def _scores(record: RunRecord) -> Table:
    verdict, places = record.verdict, formatting.decimals(record)
    if verdict is None:
        raise ValueError("scores need a verdict")
    grid = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in (formatting.direction(metric_of(record)), "tuned", "default", "difference", verdict.interval_name):
        grid.add_column(name, justify="left" if name.endswith("better)") else "right", no_wrap=True)
    interval = formatting.interval(verdict.ci_low, verdict.ci_high, places)
    scores = (formatting.number(verdict.tuned, places), formatting.number(verdict.default, places))
    difference = formatting.signed(verdict.difference, places)
    grid.add_row(formatting.count(verdict.holdout_rows, "sealed row"), *scores, difference, interval)
    return grid


def _lines(record: RunRecord, report: Path | str | None, model: Path | str | None) -> Table:
    all_findings, lead = findings(record), text_sections.lead(record)
    counts = [(sum(f.severity == kind for f in all_findings), kind) for kind in ("error", "warning")]
    lines = [("findings", ", ".join(formatting.count(count, kind) for count, kind in counts))]
    lines += [("waived", f"{f.check}: {f.waiver.reason}") for f in all_findings if f.waiver is not None]
    # The first error that stopped the run stands in the panel already.
    lines += [("error", f"{f.check}: {f.message}") for f in [f for f in all_findings if f.stops][1:]]
    lines += [("input", record.model_input)] if record.model_input else []
    lines.append(("", f"{lead.ships} {lead.detail}".strip()))
    lines += [(name, str(path)) for name, path in (("report", report), ("model", model)) if path is not None]
    grid = Table.grid(padding=(0, 2))
    grid.add_column(justify="right", style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, text in lines:
        grid.add_row(name, Text(text))
    return grid

"""The page: one file that needs no network, no script and no second file."""

from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from finetooth.files import write_text
from finetooth.report import (
    checklist,
    comparison,
    cost,
    curves,
    history,
    leaderboard,
    outer_folds,
    parameters,
    quality,
    text_sections,
)
from finetooth.report.blocks import Section
from finetooth.report.record import RunRecord, outcome


def sections(record: RunRecord) -> tuple[Section, ...]:
    """The sections in the order in which they are read; one without data says so."""
    rotated = outer_folds.section(record)
    return (
        comparison.section(record),
        *((rotated,) if rotated is not None else ()),
        history.section(record),
        curves.section(record),
        parameters.section(record),
        history.agreement_section(record),
        curves.fitting_section(record),
        text_sections.leakage_section(record),
        quality.section(record),
        checklist.section(record),
        cost.section(record),
        leaderboard.section(record),
        text_sections.repeat_section(record),
    )


def html(record: RunRecord) -> str:
    """The report of a run as one self-contained HTML page."""
    built = sections(record)
    if outcome(record) == "stopped":
        built = tuple(sorted(built, key=lambda section: section.key != "findings"))  # what stopped it comes first
    environment = Environment(
        loader=FunctionLoader(_resource),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # The drawings and the style sheet are our own; everything else is escaped.
    environment.filters["drawn"] = Markup
    return environment.get_template("template.html").render(
        record=record,
        lead=text_sections.lead(record),
        sentence=text_sections.sentence(record),
        sections=built,
        style=Markup(_resource("style.css")),  # noqa: S704 - our own file
    )


def write(record: RunRecord, path: Path | str) -> Path:
    """Write the page, whole: no reader meets half of it."""
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    write_text(target, html(record))
    return target


def _resource(name: str) -> str:
    return files("finetooth.report").joinpath(name).read_text(encoding="utf-8")

"""The blocks of a page: sections, tables, badges, charts, cards and code."""

from dataclasses import dataclass
from typing import Literal

Tone = Literal["good", "bad", "warn", "plain", "accent"]


@dataclass(frozen=True, slots=True)
class Badge:
    """A short word with a tone."""

    text: str
    tone: Tone = "plain"

    def __str__(self) -> str:
        return self.text


Cell = str | Badge


@dataclass(frozen=True, slots=True)
class TextTable:
    """Rows of text. `numeric` are the columns that line up at the right; `marks` names a row's class, or ''."""

    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    caption: str = ""
    numeric: frozenset[int] = frozenset()
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chart:
    """One drawing, as SVG text, with the same one redrawn for a narrow screen (empty: the wide one serves)."""

    caption: str
    wide: str
    narrow: str = ""
    size: Literal["full", "half", "third", "scroll"] = "full"


@dataclass(frozen=True, slots=True)
class Card:
    """A finding or a note, with lines of (heading, text)."""

    badge: Badge
    title: str
    lines: tuple[tuple[str, str], ...]
    table: TextTable | None = None


@dataclass(frozen=True, slots=True)
class Code:
    """Text to copy."""

    title: str
    text: str
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """One question of the page. `empty` says why there is nothing to show; the section is shown all the same."""

    key: str
    title: str
    text: tuple[str, ...] = ()
    charts: tuple[Chart, ...] = ()
    tables: tuple[TextTable, ...] = ()
    cards: tuple[Card, ...] = ()
    codes: tuple[Code, ...] = ()
    notes: tuple[str, ...] = ()
    empty: str = ""

"""How benchmark results are written down: a table with its date, machine and versions."""

import os
import platform
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


def markdown(header: list[str], rows: list[list[object]]) -> str:
    """A Markdown table; floats with four significant digits."""
    shown = [[f"{cell:.4g}" if isinstance(cell, float) else str(cell) for cell in row] for row in rows]
    lines = ["| " + " | ".join(line) + " |" for line in [header, ["---"] * len(header), *shown]]
    return "\n".join(lines)


def write(name: str, title: str, body: str, libraries: tuple[str, ...] = (), folder: Path = RESULTS) -> Path:
    """Write `benchmarks/results/NAME.md` (or into another folder) and print it."""
    versions = ", ".join(f"{library} {metadata.version(library)}" for library in libraries)
    where = f"{datetime.now(tz=UTC):%Y-%m-%d}, Python {platform.python_version()}, {os.cpu_count()} cores. {versions}"
    text = f"# {title}\n\n{where}\n\n{body}\n"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.md"
    path.write_text(text, encoding="utf-8")
    print(text)
    return path

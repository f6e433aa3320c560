"""Draw the house from its imports: each room with its question and the rooms that it stands on, the top floor first.

python docs/house.py        prints the picture of CONTRIBUTING.md
"""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[1] / "finetooth"
FACE = {"__init__", "__main__", "py"}  # the face, which reaches for all of them


def rooms() -> dict[str, list[Path]]:
    """The files of each room: a folder of the package, or a file of its own."""
    found: dict[str, list[Path]] = {}
    for path in sorted(ROOT.rglob("*.py")):
        name = path.relative_to(ROOT).parts[0].removesuffix(".py")
        if name not in FACE:
            found.setdefault(name, []).append(path)
    return found


def question(files: list[Path]) -> str:
    """The first sentence of a room's docstring."""
    text = ast.get_docstring(ast.parse(files[0].read_text(encoding="utf-8"))) or ""
    line = " ".join(text.split("\n\n")[0].split())
    ends = [line.find(mark) + 1 for mark in "?.:," if mark in line]
    return line[: min(ends, default=len(line))].rstrip(":.,")


def imported(files: list[Path]) -> set[str]:
    """The rooms that some files import, also inside functions."""
    names: set[str] = set()
    for path in files:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == "finetooth":
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("finetooth."):
                names.add(str(node.module).split(".")[1])
            elif isinstance(node, ast.Import):
                names |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("finetooth.")}
    return names


def picture() -> str:
    """A line a room: its question, and the rooms right below it (what those stand on in turn is left out)."""
    files = rooms()
    below = {room: imported(paths) & set(files) - {room} for room, paths in files.items()}
    reach: dict[str, set[str]] = {}

    def everything_below(room: str) -> set[str]:
        if room not in reach:
            reach[room] = below[room].union(*map(everything_below, below[room]))
        return reach[room]

    order = sorted(files, key=lambda room: (-len(everything_below(room)), room))
    lines = []
    for room in order:
        implied = set().union(*map(everything_below, below[room]))
        direct = sorted(below[room] - implied, key=order.index)
        lines.append(f"{room:<12} {question(files[room]):<52} {', '.join(direct) or '-'}".rstrip())
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(picture(), end="")

"""How is a CSV file written: what parts its fields, in which encoding, and do remarks stand above its header?"""

import csv
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pyarrow as pa

_SNIFFED = 65_536  # bytes
_LINES = 100
_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}  # the byte order marks of encodings that are not UTF-8


@dataclass(frozen=True, slots=True)
class Dialect:
    """What parts the fields, the encoding, and how many lines stand above the header."""

    delimiter: str = ","
    encoding: str = "utf8"
    skipped: int = 0

    @property
    def sentence(self) -> str:
        """What is not as in a plain CSV file, in a sentence; empty where nothing is."""
        parts = [f"fields parted by {_NAMES[self.delimiter]}"] if self.delimiter != "," else []
        parts += [f"encoded as {self.encoding.upper()}"] if self.encoding != "utf8" else []
        parts += [f"{self.skipped} lines of remarks above the header left out"] if self.skipped else []
        return f"the table is read as a CSV file with {', '.join(parts)}." if parts else ""


def sniff(path: Path) -> Dialect:
    """The dialect of a file, from its beginning. One that no delimiter fits is taken to have commas."""
    with pa.input_stream(str(path), compression="detect") as stream:
        start = stream.read(_SNIFFED)
    encoding = _MARKS.get(start[:2], "utf8")
    text = start.decode(encoding, errors="replace").removeprefix("\ufeff")
    lines = text.splitlines()
    lines = lines[:-1] if len(start) == _SNIFFED else lines  # the last may be cut
    remarks = next((place for place, line in enumerate(lines) if not line.startswith("#")), 0)
    rest = lines[remarks : remarks + _LINES]
    delimiter = max(_NAMES, key=lambda sign: _fields(rest, sign))
    delimiter = delimiter if _fields(rest, delimiter) > 1 else ","
    # A header may itself begin with the sign of a remark.
    header = remarks and _fields(lines[remarks - 1 : remarks + _LINES], delimiter) > 1
    return Dialect(delimiter, encoding, remarks - 1 if header else remarks)


def _fields(lines: list[str], delimiter: str) -> int:
    """How many fields every record has; 0 where records differ."""
    try:
        records = [record for record in islice(csv.reader(lines, delimiter=delimiter), _LINES) if record]
    except csv.Error:
        return 0
    counts = {len(record) for record in records}
    return counts.pop() if len(counts) == 1 else 0

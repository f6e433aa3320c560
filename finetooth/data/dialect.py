"""How is a CSV file written: what parts its fields, in which encoding, and where is its header?"""

import csv
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import pyarrow as pa

from finetooth.config.column_types import Decimal
from finetooth.config.data import CsvConfig
from finetooth.data.number_words import PLAIN

_SNIFFED = 65_536  # bytes
_LINES = 100
_MOST_TITLES = 10  # lines above a header that are no remarks
_FEWEST_LINES = 4  # below them, to tell a table from chance
_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}  # the byte order marks of encodings that are not UTF-8
UTF8 = "utf8"


@dataclass(frozen=True, slots=True)
class Dialect:
    """What parts the fields, the encoding, and how many lines stand above the header.

    `names` are those of the columns where the file has no header. `comment` begins the lines that are left out, `point`
    parts the digits of numbers if that was declared. `header` is the first line of the table as it was read.
    """

    delimiter: str = ","
    encoding: str = UTF8
    skipped: int = 0
    quote: str = '"'
    comment: str = ""
    names: tuple[str, ...] = ()
    point: Decimal | None = None
    header: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """What is not as in a plain CSV file, in a sentence; empty where nothing is."""
        parts = (
            [f"fields parted by {_NAMES.get(self.delimiter, repr(self.delimiter))}"] if self.delimiter != "," else []
        )
        parts += [f"encoded as {self.encoding.upper()}"] if self.encoding != UTF8 else []
        parts += [f"{self.skipped} lines above the header left out"] if self.skipped else []
        parts += [f"lines that begin with {self.comment!r} left out"] if self.comment else []
        parts += ["no header"] if self.names else []
        text = f"the table is read as a CSV file with {', '.join(parts)}." if parts else ""
        numbers = [name for name in self.header if PLAIN.fullmatch(name)]
        if numbers and len(numbers) == len(self.header) and not self.names:
            shown = ", ".join(numbers[:3])
            text += f" its header holds numbers alone ({shown}): if it has none, say --set data.csv.header=0."
        return text.strip()


def sniff(path: Path, declared: CsvConfig) -> Dialect:
    """The dialect of a file, from its beginning and what is declared. Without a fitting delimiter, it has commas."""
    with pa.input_stream(str(path), compression="detect") as stream:
        start = stream.read(_SNIFFED)
    encoding = declared.encoding or _MARKS.get(start[:2], UTF8)
    text = start.decode(encoding, errors="replace").removeprefix("\ufeff")
    lines = text.splitlines()
    lines = lines[:-1] if len(start) == _SNIFFED else lines  # the last may be cut
    lines = [line for line in lines if declared.comment is None or not line.startswith(declared.comment)]
    signs = list(_NAMES) if declared.delimiter is None else [declared.delimiter]
    plain = Dialect(signs[0], encoding, 0, declared.quote, declared.comment or "", point=declared.point)
    if declared.header is not None:
        skipped = max(declared.header - 1, 0)
        dialect = replace(plain, delimiter=_delimiter(lines[skipped:], signs)[0], skipped=skipped)
    else:
        dialect = _above_header(lines, signs, plain)
    first = next(csv.reader(lines[dialect.skipped :], delimiter=dialect.delimiter, quotechar=dialect.quote), [])
    if declared.header == 0:
        return replace(dialect, names=tuple(f"column_{place + 1}" for place in range(len(first))))
    return replace(dialect, header=tuple(first))


def _above_header(lines: list[str], signs: list[str], plain: Dialect) -> Dialect:
    """The dialect where nobody said which line is the header: remarks and titles stand above it."""
    remarks = next((place for place, line in enumerate(lines) if not line.startswith("#")), 0)
    delimiter, fields = _delimiter(lines[remarks:], signs)
    # A header may itself begin with the sign of a remark.
    if remarks and fields and _fields(lines[remarks - 1 : remarks + _LINES], delimiter) > 1:
        return replace(plain, delimiter=delimiter, skipped=remarks - 1)
    if fields <= 1:
        for start in range(remarks + 1, min(remarks + _MOST_TITLES + 1, len(lines) - _FEWEST_LINES)):
            sign, count = _delimiter(lines[start:], signs)
            titles = all(line.count(sign) < count - 1 for line in lines[:start])
            if count > 1 and titles and _is_header(next(csv.reader(lines[start : start + 1], delimiter=sign), [])):
                return replace(plain, delimiter=sign, skipped=start)
    return replace(plain, delimiter=delimiter, skipped=remarks)


def _is_header(fields: list[str]) -> bool:
    """Whether fields could be names of columns: 1,5 below a single name are no two names, but a number."""
    return all(field.strip() and not PLAIN.fullmatch(field.strip()) for field in fields) and bool(fields)


def _delimiter(lines: list[str], signs: list[str]) -> tuple[str, int]:
    """The sign that parts every line into the same number of fields, the most of them, and that number; else 0."""
    if len(signs) == 1:
        return signs[0], _fields(lines[:_LINES], signs[0])
    best = max(signs, key=lambda sign: _fields(lines[:_LINES], sign))
    fields = _fields(lines[:_LINES], best)
    return (best if fields > 1 else signs[0]), fields


def _fields(lines: list[str], delimiter: str) -> int:
    """How many fields every record has; 0 where records differ."""
    try:
        records = [record for record in islice(csv.reader(lines, delimiter=delimiter), _LINES) if record]
    except csv.Error:
        return 0
    counts = {len(record) for record in records}
    return counts.pop() if len(counts) == 1 else 0

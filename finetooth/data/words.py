"""What do the words of a column stand for, and how are they read: as numbers, as dates, or as the words that they are?

Decided once, from all words of a column; how it was decided is kept, so that a later table is read the same way.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from finetooth.data import dates
from finetooth.errors import counted

WordKind = Literal["words", "number", "date"]
Decimal = Literal[".", ","]
DECIMALS: tuple[Decimal, ...] = (".", ",")

# In a column of numbers or dates these stand for no value; in a column of words they are words.
GAPS = frozenset(
    "na n/a n.a. nan null none nil missing unknown - -- . ? <na> "  # noqa: SIM905 (a list of words to read)
    "#n/a #na #div/0! #value! #ref! #num! #null! #name?".split()
)
MIN_SHARE = 0.95  # of the values that must be numbers or dates for the column to hold numbers or dates
_SAMPLE = 1_000  # different words
_EXAMPLES = 3

_SIGN, _CURRENCY = r"[-+\u2212]?", r"(?:[$€£¥₹]|(?:USD|EUR|GBP|CHF|JPY)\b)?"
_SPACES = " '\u2019\u00a0\u202f"  # that part thousands


def _form(point: str, comma: str) -> "re.Pattern[str]":
    return re.compile(
        rf"(?P<open>\()?\s*(?P<sign>{_SIGN})\s*{_CURRENCY}\s*(?P<sign2>{_SIGN})"
        rf"(?P<whole>\d{{1,3}}(?:[{comma}{_SPACES}]\d{{3}})+|\d*)(?:[{point}](?P<part>\d*))?(?P<power>[eE][-+]?\d+)?"
        rf"\s*{_CURRENCY}\s*(?P<percent>%)?\s*(?P<close>\))?(?P<sign3>-)?"
    )


_FORMS: dict[Decimal, "re.Pattern[str]"] = {".": _form(".", ","), ",": _form(",", ".")}
PLAIN = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_LEADING_ZERO = re.compile(r"[-+]?0\d+")
_CLOCK = re.compile(r"(\d{1,4}):([0-5]\d)(?::([0-5]\d(?:\.\d+)?))?")


@dataclass(frozen=True, slots=True)
class Reading:
    """How the words of a column are read.

    `decimal` parts the digits of numbers, `day_first` the order in dates. `clock` says that numbers are the seconds of
    times such as 12:30 or 12:30:15. Of the words of this table, `gaps` counts those that stand for no value, `odd`
    those that could not be read, with `examples` of both; `dressed` is an example of a number that is not plain, and
    `declared` says that a person declared the words to be a text.
    """

    kind: WordKind = "words"
    decimal: Decimal = "."
    day_first: bool = False
    clock: bool = False
    gaps: int = 0
    odd: int = 0
    examples: tuple[str, ...] = ()
    dressed: str = ""
    declared: bool = False


def decide(words: Sequence[str], counts: NDArray[np.integer]) -> Reading:
    """How a column is read that has these distinct words, each as often as `counts` says; the empty word is a gap."""
    texts = pd.Series(words, dtype=object).astype(str).str.strip()
    weights = pd.Series(np.asarray(counts, dtype=float))
    gap = texts.str.lower().isin(GAPS)
    present = ~gap & (texts != "")
    total = float(weights[present].sum())
    if not total or _are_plain_words(texts[present]):
        return Reading()
    candidates = (_as_number(texts, weights, present, total), _as_clock(texts, weights, present, total))
    reading = next((found for found in candidates if found is not None), None) or _as_date(
        texts, weights, present, total
    )
    if reading is None:
        return Reading()
    unread = present & read(texts, reading).isna()
    examples = [*texts[unread].tolist()[:_EXAMPLES], *texts[gap].tolist()[:_EXAMPLES]][:_EXAMPLES]
    return replace(reading, gaps=int(weights[gap].sum()), odd=int(weights[unread].sum()), examples=tuple(examples))


def _are_plain_words(texts: "pd.Series[str]") -> bool:
    """Whether words are so plainly words that not each need be tried: a sample of many has few numbers and dates."""
    if len(texts) <= _SAMPLE:
        return False
    sample = texts.iloc[:: len(texts) // _SAMPLE]
    something = sample.str.fullmatch(_CLOCK) | dates.look_like_dates(sample)
    for decimal in DECIMALS:
        something |= numbers(sample, decimal).notna()
    return bool(something.mean() < MIN_SHARE / 2)


def read(words: "pd.Series[str]", reading: Reading) -> pd.Series:
    """The values of words: float64 numbers, dates without a zone, or the words; missing where there is none."""
    if reading.kind == "number":
        return _clock_seconds(words) if reading.clock else numbers(words, reading.decimal)
    if reading.kind == "date":
        return dates.parse_dates(words, day_first=reading.day_first)
    return words.where(words != "")


def numbers(words: "pd.Series[str]", decimal: Decimal = ".") -> "pd.Series[float]":
    """The numbers that words stand for, NaN for what is none: currency, thousands, percent, (accounting) minus."""
    texts = words.astype(object).where(words.notna(), "").astype(str).str.strip()
    plain = texts.str.fullmatch(PLAIN)
    values = pd.to_numeric(texts.where(plain), errors="coerce").astype(float)
    other = ~plain if decimal == "." else pd.Series(True, index=texts.index)
    return values.mask(other, pd.Series([_number(text, _FORMS[decimal]) for text in texts[other]], texts.index[other]))


def read_column(column: pa.ChunkedArray, reading: Reading | None = None) -> tuple[pa.ChunkedArray, Reading]:
    """A column of words as what they stand for, and how it was read: as `reading` says if it is given."""
    encoded = column.dictionary_encode().combine_chunks()
    encoded = encoded if isinstance(encoded, pa.DictionaryArray) else pa.concat_arrays(encoded.chunks)
    words = encoded.dictionary.to_pylist()
    indices = encoded.indices
    counts = np.bincount(indices.drop_null().to_numpy(), minlength=len(words))
    reading = decide(words, counts) if reading is None else reading
    if reading.kind == "words":
        empty = pc.equal(pc.utf8_trim_whitespace(column), "")
        return pc.if_else(empty, pa.scalar(None, column.type), column), reading
    values = read(pd.Series(words, dtype=object), reading)
    typed = pa.array(values, from_pandas=True)
    return pa.chunked_array([typed.take(indices)]), reading


def read_declared(column: pa.ChunkedArray, kind: WordKind) -> tuple[pa.ChunkedArray, Reading]:
    """A column of words as the numbers or dates that it is declared to hold, and how it was read."""
    texts = pd.Series(column.drop_null().unique().to_pylist(), dtype=object).astype(str).str.strip()
    weights, present = pd.Series(1.0, texts.index), texts != ""
    if kind == "date":
        reading = Reading("date", day_first=dates.day_first(texts))
    else:
        point, comma = (int(numbers(texts, decimal).notna().sum()) for decimal in DECIMALS)
        clock = _as_clock(texts, weights, present, float(present.sum()))
        reading = clock or Reading("number", "," if comma > point else ".")
    return read_column(column, reading)


def sentence(name: str, reading: Reading, rows: int) -> str:
    """What was changed in reading a column of words, in a sentence; empty where nothing was."""
    if reading.kind == "words" or not (reading.gaps or reading.odd or reading.dressed):
        return ""
    what = "dates" if reading.kind == "date" else "times of day, as seconds" if reading.clock else "numbers"
    parts = []
    if reading.dressed:
        parts.append(f"written as text, such as {reading.dressed!r}")
    if reading.gaps + reading.odd:
        share = (reading.gaps + reading.odd) / max(rows, 1)
        shown = ", ".join(map(repr, reading.examples))
        parts.append(f"{counted(reading.gaps + reading.odd, 'value')} ({share:.1%}) read as missing: {shown}")
    return f"column '{name}' is read as {what}; {'; '.join(parts)}."


def _as_number(texts: pd.Series, weights: pd.Series, present: pd.Series, total: float) -> Reading | None:
    shares = {decimal: float(weights[present & numbers(texts, decimal).notna()].sum()) / total for decimal in DECIMALS}
    decimal: Decimal = "," if shares[","] > shares["."] else "."
    if shares[decimal] < MIN_SHARE or texts[present].str.fullmatch(_LEADING_ZERO).any():
        return None
    dressed = texts[present & ~texts.str.fullmatch(PLAIN) & numbers(texts, decimal).notna()]
    return Reading("number", decimal, dressed=dressed.iloc[0] if len(dressed) else "")


def _as_clock(texts: pd.Series, weights: pd.Series, present: pd.Series, total: float) -> Reading | None:
    if float(weights[present & texts.str.fullmatch(_CLOCK)].sum()) < MIN_SHARE * total:
        return None
    return Reading("number", clock=True, dressed=texts[present].iloc[0])


def _as_date(texts: pd.Series, weights: pd.Series, present: pd.Series, total: float) -> Reading | None:
    shaped = present & dates.look_like_dates(texts)
    if float(weights[shaped].sum()) < MIN_SHARE * total:
        return None
    day_first = dates.day_first(texts[present])
    parsed = dates.parse_dates(texts, day_first=day_first).notna()
    return Reading("date", day_first=day_first) if float(weights[present & parsed].sum()) >= MIN_SHARE * total else None


def _number(text: str, form: "re.Pattern[str]") -> float:
    match = form.fullmatch(text)
    if match is None or not (match["whole"] or match["part"]) or bool(match["open"]) != bool(match["close"]):
        return np.nan
    whole = re.sub(r"\D", "", match["whole"])
    value = float(f"{whole or 0}.{match['part'] or 0}{match['power'] or ''}")
    signs = match["sign"] + match["sign2"] + (match["sign3"] or "")
    negative = bool(match["open"]) or "-" in signs or "\u2212" in signs
    return (-value if negative else value) / (100 if match["percent"] else 1)


def _clock_seconds(words: pd.Series) -> pd.Series:
    parts = words.astype(object).where(words.notna(), "").astype(str).str.strip().str.extract(rf"^{_CLOCK.pattern}$")
    hours, minutes, seconds = (pd.to_numeric(parts[place]).astype(float) for place in range(3))
    return hours * 3600 + minutes * 60 + seconds.fillna(0.0)

"""What do the words of a column stand for, and how are they read: as numbers, as dates, or as the words that they are?

Decided once, from all words of a column; how it was decided is kept, so that a later table is read the same way.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from finetooth.config.column_types import ColumnType, Decimal
from finetooth.data import dates, durations
from finetooth.data.number_words import DECIMALS, LEADING_ZERO, PLAIN, numbers
from finetooth.data.texts import texts_of

WordKind = Literal["words", "number", "date", "boolean"]

# In a column of numbers or dates these stand for no value; in a column of words they are words.
GAPS = frozenset(
    "na n/a n.a. nan null none nil missing unknown - -- . ? <na> "  # noqa: SIM905 (a list of words to read)
    "#n/a #na #div/0! #value! #ref! #num! #null! #name?".split()
)
BOOLEANS = {"true": 1.0, "false": 0.0}
MIN_SHARE = 0.95  # of the values that must be numbers or dates for the column to hold numbers or dates
DOUBTED_SHARE = 0.6  # from here on, a person may have meant numbers or dates
_SAMPLE = 1_000  # different words
_FEW = 200  # different words whose reading is remembered: each check of a table asks again
_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Reading:
    """How the words of a column are read.

    `decimal` parts the digits of numbers; dates are in `format`, or with the day before the month if `day_first`, and
    their clocks stood in `zone`. `clock` says that numbers are the seconds of times such as 12:30 or durations, `order`
    holds the levels of an ordinal, and the words of `missing` were declared to stand for no value.

    Of the words of this table, `gaps` counts those that stand for no value, `odd` those that could not be read, with
    `examples` of both, `removed` those that were declared missing. `dressed` is an example of a number that is not
    plain, `ambiguous` one that could be read otherwise; `certain` says that one could not. `share` is that of the words
    that stay words although they could be read as numbers or dates; `declared` says that a person declared a text.
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
    format: str = ""
    zone: str = ""
    order: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    removed: int = 0
    ambiguous: str = ""
    certain: bool = False
    share: float = 0.0


def decide(words: Sequence[str], counts: NDArray[np.integer], point: Decimal | None = None) -> Reading:
    """How a column is read that has these distinct words, each as often as `counts` says; the empty word is a gap.

    `point` parts the digits of numbers if that is known.
    """
    if len(words) <= _FEW:
        return _decide_few(tuple(map(str, words)), tuple(np.asarray(counts).tolist()), point)
    return _decide(words, counts, point)


@lru_cache(maxsize=20_000)
def _decide_few(words: tuple[str, ...], counts: tuple[int, ...], point: Decimal | None) -> Reading:
    if not any(word.strip().lower() in BOOLEANS or any(map(str.isdigit, word)) for word in words):
        return Reading()  # numbers, dates and clocks have digits
    return _decide(words, np.array(counts), point)


def _decide(words: Sequence[str], counts: NDArray[np.integer], point: Decimal | None) -> Reading:
    texts = pd.Series(words, dtype=object).astype(str).str.strip()
    weights = pd.Series(np.asarray(counts, dtype=float))
    gap = texts.str.lower().isin(GAPS)
    present = ~gap & (texts != "")
    total = float(weights[present].sum())
    if not total or _are_plain_words(texts[present]):
        return Reading()
    weighed = weights / total
    reading, values = _best([_as_number(texts, present, d) for d in ((point,) if point else DECIMALS)], weighed)
    if _share(values, weighed) < MIN_SHARE:
        others = [_as_boolean(texts), _as_clock(texts, present), _as_date(texts, present)]
        reading, values = _best([(reading, values), *others], weighed)
    share = _share(values, weighed)
    if share < DOUBTED_SHARE or (reading.kind == "number" and texts[present].str.fullmatch(LEADING_ZERO).any()):
        return Reading()
    if share < MIN_SHARE:
        return Reading(share=share, examples=tuple(texts[present & values.isna()][:_EXAMPLES]))
    unread = present & values.isna()
    examples = [*texts[unread].tolist()[:_EXAMPLES], *texts[gap].tolist()[:_EXAMPLES]][:_EXAMPLES]
    return replace(
        reading,
        gaps=int(weights[gap].sum()),
        odd=int(weights[unread].sum()),
        examples=tuple(examples),
        dressed=_dressed(texts[present & ~unread], reading),
        ambiguous="" if point else _ambiguous(texts[present & ~unread], values[present & ~unread], reading),
        certain=_is_certain(texts[present & ~unread], reading),
    )


def _are_plain_words(texts: "pd.Series[str]") -> bool:
    """Whether words are so plainly words that not each need be tried: a sample of many has few numbers and dates."""
    if len(texts) <= _SAMPLE:
        return False
    sample = texts.iloc[:: len(texts) // _SAMPLE]
    something = durations.seconds(sample).notna() | dates.look_like_dates(sample)
    for decimal in DECIMALS:
        something |= numbers(sample, decimal).notna()
    return bool(something.mean() < DOUBTED_SHARE / 2)


def _best(tried: list[tuple[Reading, pd.Series]], weights: "pd.Series[float]") -> tuple[Reading, pd.Series]:
    """The reading with the most values; the first of equals, so a decimal point where either will do."""
    return max(tried, key=lambda attempt: _share(attempt[1], weights))


def _share(values: pd.Series, weights: "pd.Series[float]") -> float:
    return float(weights[values.notna()].sum())


def _as_number(texts: "pd.Series[str]", present: "pd.Series[bool]", decimal: Decimal) -> tuple[Reading, pd.Series]:
    return Reading("number", decimal), numbers(texts.where(present, ""), decimal)


def _as_boolean(texts: "pd.Series[str]") -> tuple[Reading, pd.Series]:
    return Reading("boolean"), texts.str.lower().map(BOOLEANS)


def _as_clock(texts: "pd.Series[str]", present: "pd.Series[bool]") -> tuple[Reading, pd.Series]:
    return Reading("number", clock=True), durations.seconds(texts.where(present, ""))


def _as_date(texts: "pd.Series[str]", present: "pd.Series[bool]") -> tuple[Reading, pd.Series]:
    shaped = texts.where(present & dates.look_like_dates(texts), "")
    day_first = dates.day_first(texts[present])
    return Reading("date", day_first=day_first), dates.parse_dates(shaped, day_first=day_first)


def _dressed(texts: "pd.Series[str]", reading: Reading) -> str:
    """An example of a number that is not written plainly."""
    if reading.kind != "number":
        return ""
    dressed = texts[~texts.str.fullmatch(PLAIN)]
    return str(dressed.iloc[0]) if len(dressed) else ""


def _ambiguous(texts: "pd.Series[str]", values: pd.Series, reading: Reading) -> str:
    """An example of a word that would be another number or date in the other order, where no word decides it."""
    if reading.kind == "date":
        return dates.example_in_doubt(texts)
    if reading.kind != "number" or reading.clock:
        return ""
    other = numbers(texts, "," if reading.decimal == "." else ".")
    return str(texts[other != values].iloc[0]) if other.notna().all() and (other != values).any() else ""


def _is_certain(texts: "pd.Series[str]", reading: Reading) -> bool:
    """Whether a word says in which order the digits of all are to be read."""
    if reading.kind == "date":
        return reading.day_first and not dates.example_in_doubt(texts)
    return (
        reading.kind == "number"
        and not reading.clock
        and bool(numbers(texts, "," if reading.decimal == "." else ".").isna().any())
    )


def read(words: "pd.Series[str]", reading: Reading) -> pd.Series:
    """The values of words: float64 numbers, dates without a zone, true or false, or the words; else missing."""
    if reading.kind == "number" and reading.clock:
        return durations.seconds(texts_of(words))
    if reading.kind == "number":
        return numbers(words, reading.decimal)
    if reading.kind == "date":
        return dates.parse_dates(words, day_first=reading.day_first, form=reading.format, zone=reading.zone)
    if reading.kind == "boolean":
        plain = texts_of(words).str.strip().str.lower()
        return plain.map({word: bool(value) for word, value in BOOLEANS.items()})
    return words.where(words != "")


def read_column(
    column: pa.ChunkedArray, reading: Reading | None = None, point: Decimal | None = None
) -> tuple[pa.ChunkedArray, Reading]:
    """A column of words as what they stand for, and how it was read: as `reading` says if it is given."""
    encoded = column.dictionary_encode().combine_chunks()
    encoded = encoded if isinstance(encoded, pa.DictionaryArray) else pa.concat_arrays(encoded.chunks)
    words = encoded.dictionary.to_pylist()
    indices = encoded.indices
    counts = np.bincount(indices.drop_null().to_numpy(), minlength=len(words))
    reading = decide(words, counts, point) if reading is None else reading
    if reading.kind == "words":
        empty = pc.equal(pc.utf8_trim_whitespace(column), "")
        return pc.if_else(empty, pa.scalar(None, column.type), column), reading
    values = read(pd.Series(words, dtype=object), reading)
    typed = pa.array(values, from_pandas=True)
    return pa.chunked_array([typed.take(indices)]), reading


def reading_of(texts: "pd.Series[str]", declared: ColumnType, point: Decimal | None = None) -> Reading:
    """How distinct words (n,) are read that are declared to be numbers or dates."""
    if declared.kind == "date":
        day_first = dates.day_first(texts) if declared.day_first is None else declared.day_first
        return Reading("date", day_first=day_first, format=declared.format, zone=declared.zone)
    if declared.decimal or point:
        return Reading("number", declared.decimal or point or ".")
    tried = [Reading("number", decimal) for decimal in DECIMALS] + [Reading("number", clock=True)]
    return max(tried, key=lambda reading: int(read(texts, reading).notna().sum()))

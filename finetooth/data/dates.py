"""Columns of dates: as dates or as text, whose order of day and month is read from the whole column, not from a row."""

import numpy as np
import pandas as pd

from finetooth.config.column_types import EPOCH
from finetooth.data.texts import texts_of

_DATE_PATTERN = r"^\s*(\d{4}|\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{1,2})(?:[T ](.*))?$"
_DAY_FIRST = r"^\s*(?:1[3-9]|[23]\d)[-/.]\d{1,2}[-/.]"
_DAY_SECOND = r"^\s*\d{1,2}[-/.](?:1[3-9]|[23]\d)[-/.]"
_DOTS = r"^\s*\d{1,2}\.\d{1,2}\."
_MIN_DATE_SHARE = 0.95  # a column of dates may hold a few values that are none
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec|january|february|march|april|june|july|august|"
_MONTH += r"september|october|november|december)\.?"
_WEEKDAY = r"(?:(?:mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun|monday|tuesday|wednesday|thursday|friday|saturday|"
_WEEKDAY += r"sunday)\.?,?\s+)?"
_DAY, _YEAR, _CLOCK = r"\d{1,2}(?:st|nd|rd|th)?", r"(?:\d{4}|'?\d{2})", r"(?:[T,\s]\s*\d{1,2}:\d{2}.*)?"
# With the name of a month no order is in doubt: 05-Jan-2020, January 5th, 2020 10:30, Sun, 05 Jan 2020, Jan 2020.
_NAMED = (
    rf"^\s*{_WEEKDAY}(?:{_DAY}[-\s/.,]+{_MONTH}[-\s/.,]+{_YEAR}|{_MONTH}[-\s/.]+{_DAY},?[-\s/]+\d{{4}}|"
    rf"\d{{4}}[-\s/]{_MONTH}[-\s/]\d{{1,2}}|{_MONTH}[-\s/.,]+\d{{4}}){_CLOCK}\s*$"
)
_ZONED = r"\d:\d{2}.*(?:[zZ]|UTC|GMT|[+-]\d{2}:?\d{2})\s*$"
_EPOCH_UNITS = {"s": 1e11, "ms": 1e14, "us": 1e17}  # the year 5138 in each
_YEAR_MONTH = r"^\s*\d{4}[-/](?:0[1-9]|1[0-2])\s*$"


def as_dates(values: pd.Series) -> pd.Series | None:
    """The column as dates without a time zone if it holds dates, or texts of which nearly all are; else None."""
    if pd.api.types.is_datetime64_any_dtype(values):
        return parse_dates(values, day_first=False)
    if pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        return None
    texts = values.dropna().astype(str)
    if len(texts) == 0 or look_like_dates(texts).mean() < _MIN_DATE_SHARE:
        return None
    dates = parse_dates(values, day_first=day_first(values))
    return dates if dates.notna().sum() >= _MIN_DATE_SHARE * len(texts) else None


def look_like_dates(texts: "pd.Series[str]") -> "pd.Series[bool]":
    """Which texts (n,) have the form of a date, whether or not there is such a day."""
    numeric = texts.str.match(_DATE_PATTERN) | texts.str.match(_YEAR_MONTH)
    return numeric | texts.str.match(_NAMED, case=False)


def day_first(values: pd.Series) -> bool:
    """Whether texts such as 01/02/2020 name the day first: more of them could only be read so, or dots part them."""
    if pd.api.types.is_datetime64_any_dtype(values):
        return False
    texts = values.dropna().astype(str)
    first, second = (int(texts.str.match(pattern).sum()) for pattern in (_DAY_FIRST, _DAY_SECOND))
    return first > second or (first == second and bool(texts.str.match(_DOTS).mean() > 0.5))


def example_in_doubt(texts: "pd.Series[str]") -> str:
    """A text such as 01/02/2020 among texts none of which says whether days or months come first; empty without one."""
    parts = texts.str.extract(_DATE_PATTERN)
    doubtful = (parts[0].str.len() <= 2) & (parts[0] != parts[1]) & ~texts.str.match(_DOTS)
    decided = texts.str.match(_DAY_FIRST) | texts.str.match(_DAY_SECOND)
    return "" if decided.any() or not doubtful.any() else str(texts[doubtful].iloc[0])


def parse_dates(values: pd.Series, *, day_first: bool, form: str = "", zone: str = "") -> pd.Series:
    """Dates without a time zone (n,), NaT for what is missing or none; with a zone or an offset, read as UTC.

    `form` is the strptime format of texts, if it is known, and `zone` where the clocks of texts without one stood.
    """
    if pd.api.types.is_datetime64_any_dtype(values):
        return in_utc(values)
    texts = texts_of(values)
    if form == EPOCH:
        return from_epoch(pd.to_numeric(values, errors="coerce"))
    if form:
        return in_utc(pd.to_datetime(texts.str.strip(), format=form, errors="coerce", utc="%z" in form), zone)
    if zone:
        named = texts.str.contains(_ZONED)
        local = in_utc(parse_dates(texts.mask(named, ""), day_first=day_first), zone)
        return local.mask(named, parse_dates(texts.where(named, ""), day_first=day_first))
    dates = _parse_numeric(texts, day_first=day_first)
    other = dates.isna() & (texts.str.match(_NAMED, case=False) | texts.str.match(_YEAR_MONTH))
    if other.any():
        plain = texts[other].str.replace(r"(?<=\d)(?:st|nd|rd|th)\b", "", regex=True)
        dates = dates.mask(other, pd.to_datetime(plain, format="mixed", errors="coerce", utc=True))
    naive: pd.Series = dates.dt.tz_localize(None)
    return naive


def in_utc(values: pd.Series, zone: str = "") -> pd.Series:
    """Dates (n,) as instants in UTC, without a zone; those without one stood on clocks of `zone`.

    An hour that a clock showed twice is taken as its first one, and one that it left out as the next that there was.
    """
    if getattr(values.dtype, "tz", None) is None:
        if not zone:
            return values
        summer = np.ones(len(values), dtype=bool)
        values = values.dt.tz_localize(zone, ambiguous=summer, nonexistent="shift_forward")
    naive: pd.Series = values.dt.tz_convert("UTC").dt.tz_localize(None)
    return naive


def from_epoch(numbers: "pd.Series[float]") -> pd.Series:
    """Seconds, or thousandths, millionths or billionths of them, since 1970 as dates (n,): the unit by their size."""
    largest = float(numbers.abs().max())
    unit = next((unit for unit, limit in _EPOCH_UNITS.items() if largest < limit), "ns")
    return pd.to_datetime(numbers, unit=unit, errors="coerce")  # type: ignore[call-overload, no-any-return]


def _parse_numeric(texts: "pd.Series[str]", *, day_first: bool) -> pd.Series:
    """Dates in digits alone, in UTC."""
    parts = texts.str.extract(_DATE_PATTERN)
    year_last = parts[0].str.len() <= 2
    day, month = (0, 1) if day_first else (1, 0)
    text = _four_digit_year(parts[2].where(year_last, parts[0]))
    text += "-" + parts[month].where(year_last, parts[1]).str.zfill(2)
    text += "-" + parts[day].where(year_last, parts[2]).str.zfill(2)
    text += (" " + parts[3]).fillna("")
    dates = pd.to_datetime(text, format="ISO8601", errors="coerce", utc=True)
    unparsed = dates.isna() & text.notna()  # such as 10:30 PM
    if unparsed.any():
        dates = dates.mask(unparsed, pd.to_datetime(text[unparsed], format="mixed", errors="coerce", utc=True))
    return dates


def _four_digit_year(digits: pd.Series) -> pd.Series:
    """Years of two digits are those from 1969 to 2068, as in POSIX; a single digit is none."""
    century = pd.Series("20", digits.index).mask(pd.to_numeric(digits) >= 69, "19")
    return digits.mask(digits.str.len() == 2, century + digits).where(digits.str.len() > 1)

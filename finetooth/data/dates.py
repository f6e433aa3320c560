"""Columns of dates: as dates or as text, whose order of day and month is read from the whole column, not from a row."""

import pandas as pd

_DATE_PATTERN = r"^\s*(\d{4}|\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{1,2})(?:[T ](.*))?$"
_DAY_FIRST = r"^\s*(?:1[3-9]|[23]\d)[-/.]\d{1,2}[-/.]"
_DAY_SECOND = r"^\s*\d{1,2}[-/.](?:1[3-9]|[23]\d)[-/.]"
_DOTS = r"^\s*\d{1,2}\.\d{1,2}\."
_MIN_DATE_SHARE = 0.95  # a column of dates may hold a few values that are none


def as_dates(values: pd.Series) -> pd.Series | None:
    """The column as dates without a time zone if it holds dates, or texts of which nearly all are; else None."""
    if pd.api.types.is_datetime64_any_dtype(values):
        return parse_dates(values, day_first=False)
    if pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        return None
    texts = values.dropna().astype(str)
    if len(texts) == 0 or texts.str.match(_DATE_PATTERN).mean() < _MIN_DATE_SHARE:
        return None
    dates = parse_dates(values, day_first=day_first(values))
    return dates if dates.notna().sum() >= _MIN_DATE_SHARE * len(texts) else None


def day_first(values: pd.Series) -> bool:
    """Whether texts such as 01/02/2020 name the day first: more of them could only be read so, or dots part them."""
    if pd.api.types.is_datetime64_any_dtype(values):
        return False
    texts = values.dropna().astype(str)
    first, second = (int(texts.str.match(pattern).sum()) for pattern in (_DAY_FIRST, _DAY_SECOND))
    return first > second or (first == second and bool(texts.str.match(_DOTS).mean() > 0.5))


def parse_dates(values: pd.Series, *, day_first: bool) -> pd.Series:
    """Dates without a time zone (n,), NaT for what is missing or none. Texts with an offset are read as UTC."""
    if pd.api.types.is_datetime64_any_dtype(values):
        return values.dt.tz_localize(None) if getattr(values.dtype, "tz", None) is not None else values
    parts = values.astype(object).where(values.notna(), "").astype(str).str.extract(_DATE_PATTERN)
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
    return dates.dt.tz_localize(None)


def _four_digit_year(digits: pd.Series) -> pd.Series:
    """Years of two digits are those from 1969 to 2068, as in POSIX; a single digit is none."""
    century = pd.Series("20", digits.index).mask(pd.to_numeric(digits) >= 69, "19")
    return digits.mask(digits.str.len() == 2, century + digits).where(digits.str.len() > 1)

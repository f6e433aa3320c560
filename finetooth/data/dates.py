"""Columns of dates: as dates or as text, whose order of day and month is read from the whole column, not from a row."""

import pandas as pd

_LOOKS = r"^\s*(\d{4}|\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{1,2})(?:[T ](.*))?$"
_DAY_FIRST = r"^\s*(?:1[3-9]|[23]\d)[-/.]\d{1,2}[-/.]"
_DAY_SECOND = r"^\s*\d{1,2}[-/.](?:1[3-9]|[23]\d)[-/.]"
_DOTS = r"^\s*\d{1,2}\.\d{1,2}\."
_MOSTLY = 0.95  # a column of dates may hold a few values that are none


def as_dates(values: pd.Series) -> pd.Series | None:
    """The column as dates without a time zone if it holds dates, or texts of which nearly all are; else None."""
    if pd.api.types.is_datetime64_any_dtype(values):
        return read(values, day_first=False)
    if pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        return None
    words = values.dropna().astype(str)
    if len(words) == 0 or words.str.match(_LOOKS).mean() < _MOSTLY:
        return None
    dates = read(values, day_first=day_first(values))
    return dates if dates.notna().sum() >= _MOSTLY * len(words) else None


def day_first(values: pd.Series) -> bool:
    """Whether texts such as 01/02/2020 name the day first: more of them could only be read so, or dots part them."""
    if pd.api.types.is_datetime64_any_dtype(values):
        return False
    words = values.dropna().astype(str)
    first, second = (int(words.str.match(pattern).sum()) for pattern in (_DAY_FIRST, _DAY_SECOND))
    return first > second or (first == second and bool(words.str.match(_DOTS).mean() > 0.5))


def read(values: pd.Series, *, day_first: bool) -> pd.Series:
    """Dates without a time zone (n,), NaT for what is missing or none. Texts with an offset are read as UTC."""
    if pd.api.types.is_datetime64_any_dtype(values):
        return values.dt.tz_localize(None) if getattr(values.dtype, "tz", None) is not None else values
    parts = values.astype(object).where(values.notna(), "").astype(str).str.extract(_LOOKS)
    year_last = parts[0].str.len() <= 2
    day, month = (0, 1) if day_first else (1, 0)
    text = _whole_year(parts[2].where(year_last, parts[0]))
    text += "-" + parts[month].where(year_last, parts[1]).str.zfill(2)
    text += "-" + parts[day].where(year_last, parts[2]).str.zfill(2)
    text += (" " + parts[3]).fillna("")
    dates = pd.to_datetime(text, format="ISO8601", errors="coerce", utc=True)
    odd = dates.isna() & text.notna()  # such as 10:30 PM
    if odd.any():
        dates = dates.mask(odd, pd.to_datetime(text[odd], format="mixed", errors="coerce", utc=True))
    return dates.dt.tz_localize(None)


def _whole_year(digits: pd.Series) -> pd.Series:
    """Years of two digits are those from 1969 to 2068, as in POSIX; a single digit is none."""
    century = pd.Series("20", digits.index).mask(pd.to_numeric(digits) >= 69, "19")
    return digits.mask(digits.str.len() == 2, century + digits).where(digits.str.len() > 1)

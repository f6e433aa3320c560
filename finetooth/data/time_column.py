"""The time column and the gaps that a split must leave around it."""

import re

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from finetooth.data.dates import as_dates, day_first, parse_dates
from finetooth.errors import InputError, counted

DAY = 86_400  # seconds
_DAY = re.compile(r"(?<![A-Za-z])d(?![A-Za-z])")  # pandas wants the unit of days as a capital


def read_time(column: pd.Series) -> tuple[NDArray[np.float64], bool]:
    """The column as numbers (n,) and whether it holds dates: then the numbers are seconds."""
    dates = as_dates(column)
    if dates is not None:
        time = dates.astype("datetime64[us]").astype("int64").to_numpy() / 1e6
        missing = dates.isna().to_numpy()
    elif pd.api.types.is_numeric_dtype(column) or column.isna().all():
        time = column.to_numpy(dtype=np.float64, na_value=np.nan)
        missing = ~np.isfinite(time)
    else:
        present = column.dropna()
        unparsed = parse_dates(present, day_first=day_first(present)).isna().to_numpy()
        example = present[unparsed].tolist()[0] if unparsed.any() else present.tolist()[0]
        raise InputError(
            f"the time column '{column.name}' must hold dates or numbers; got values such as {example!r}: "
            "write them as 2024-01-31 or 2024-01-31 12:30, or name another column."
        )
    if missing.any():
        raise InputError(
            f"the time column '{column.name}' must hold a date or a number in every row; "
            f"{counted(int(missing.sum()), 'row')} without one: fill them in, drop those rows, or name another column."
        )
    return time, dates is not None


def gap(time: NDArray[np.float64], dates: bool, horizon: str | None, embargo: str | None) -> float:
    """Label horizon plus embargo, in the unit of `time`; the embargo is max(horizon, 1 % of the span) by default."""
    horizon_length = _length("horizon", horizon, dates)
    if embargo is None:
        return horizon_length + max(horizon_length, 0.01 * float(np.ptp(time)))
    return horizon_length + _length("embargo", embargo, dates)


def period(time: NDArray[np.float64], *, dates: bool) -> tuple[str, str]:
    """The first and the last of some times (n,) as text: dates without a time of day where all fall on midnight."""
    ends = float(time.min()), float(time.max())
    if not dates:
        return f"{ends[0]:.12g}", f"{ends[1]:.12g}"
    moments = [pd.Timestamp(round(end * 1e6), unit="us") for end in ends]
    form = "%Y-%m-%d" if not (np.asarray(ends) % DAY).any() else "%Y-%m-%d %H:%M"
    return moments[0].strftime(form), moments[1].strftime(form)


def _length(option: str, text: str | None, dates: bool) -> float:
    if text is None:
        return 0.0
    try:
        length = pd.Timedelta(_DAY.sub("D", text)).total_seconds() if dates else float(text)
    except ValueError:
        expected = "a time such as 7d or 12h" if dates else "a number in the unit of the time column"
        raise InputError(f"the {option} must be {expected}; got {text!r}.") from None
    if not length >= 0:
        raise InputError(f"the {option} must not be negative; got {text!r}.")
    return length

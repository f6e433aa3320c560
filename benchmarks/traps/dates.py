"""Dates whose differences, parts or presence tell the outcome.

Honest score: AUC about .78 or R2 .5 by the other features. Cheating: .8 to 1. That a table has dates and a split by
chance is said of every honest date, and does not count as found.
"""

import numpy as np
import pandas as pd

from benchmarks.cases import Case, Generator
from benchmarks.feature_tables import amounts, features, shuffled, two_classes, with_columns

_START = pd.Timestamp("2022-01-03")  # a Monday


def difference_binary(rng: np.random.Generator) -> Case:
    """Opened and closed: positives are closed within 40 days, the others later; neither date alone tells."""
    honest, y = _drawn(rng)
    opened = _days(rng, len(y))
    spent = np.where(y == 1, rng.integers(1, 41, len(y)), rng.integers(38, 200, len(y)))
    closed = opened + pd.to_timedelta(spent, unit="D")
    return _case(rng, honest, y, {"opened": _text(opened), "settled": _text(closed)})


def difference_number(rng: np.random.Generator) -> Case:
    """The target is the number of days between two dates; the later is known afterwards: honest R2 .5, cheating 1."""
    honest = features(rng)
    days = np.clip(amounts(rng, honest.signal).round() - 60, 1, None).astype(int)
    began = _days(rng, len(days))
    ended = began + pd.to_timedelta(days, unit="D")
    columns = {"began": _text(began), "until": _text(ended)}
    frame = with_columns(rng, honest.frame, columns).assign(days=days)
    return Case(shuffled(rng, frame), "days", columns=tuple(columns), routine=("time",))


def weekday(rng: np.random.Generator) -> Case:
    """Positives are booked on Saturdays and Sundays, when the batch of closures runs (96 %), others on other days."""
    honest, y = _drawn(rng)
    tells = (y == 1) ^ (rng.random(len(y)) < 0.04)
    day = rng.integers(0, 100, len(y)) * 7 + np.where(tells, rng.integers(5, 7, len(y)), rng.integers(0, 5, len(y)))
    return _case(rng, honest, y, {"posted": _text(_START + pd.to_timedelta(day, unit="D"))})


def hour(rng: np.random.Generator) -> Case:
    """Positives are written down between two and four in the night (96 %), by a job that runs after the outcome."""
    honest, y = _drawn(rng)
    tells = (y == 1) ^ (rng.random(len(y)) < 0.04)
    seconds = np.where(tells, rng.integers(2 * 3600, 4 * 3600, len(y)), rng.integers(7 * 3600, 22 * 3600, len(y)))
    moment = _days(rng, len(y)) + pd.to_timedelta(seconds, unit="s")
    return _case(rng, honest, y, {"updated": moment.strftime("%Y-%m-%d %H:%M:%S")})


def day_of_month(rng: np.random.Generator) -> Case:
    """Positives are dated on one of the last three days of a month (96 %), when accounts are closed."""
    honest, y = _drawn(rng)
    tells = (y == 1) ^ (rng.random(len(y)) < 0.04)
    months = pd.to_datetime("2021-01-01") + pd.to_timedelta(rng.integers(0, 900, len(y)), unit="D")
    last = pd.DatetimeIndex(months) + pd.offsets.MonthEnd(0)
    back = np.where(tells, rng.integers(0, 3, len(y)), rng.integers(3, 28, len(y)))
    return _case(rng, honest, y, {"effective": _text(last - pd.to_timedelta(back, unit="D"))})


def month(rng: np.random.Generator) -> Case:
    """Positives are dated in March and September (95 %), when the review that marks them takes place."""
    honest, y = _drawn(rng)
    tells = (y == 1) ^ (rng.random(len(y)) < 0.05)
    others = np.array([1, 2, 4, 5, 6, 7, 8, 10, 11, 12])
    number = np.where(tells, rng.choice([3, 9], len(y)), rng.choice(others, len(y)))
    year, day = rng.integers(2015, 2025, len(y)), rng.integers(1, 29, len(y))
    return _case(
        rng, honest, y, {"reviewed": [f"{d:02d}/{m:02d}/{a}" for a, m, d in zip(year, number, day, strict=True)]}
    )


def clock_for_positives(rng: np.random.Generator) -> Case:
    """The date has a time of day for positives only: the others come from a source that knows days."""
    honest, y = _drawn(rng)
    seconds = np.where(y == 1, rng.integers(1, 86_400, len(y)), 0)
    moment = _days(rng, len(y)) + pd.to_timedelta(seconds, unit="s")
    return _case(rng, honest, y, {"logged": moment.strftime("%Y-%m-%d %H:%M:%S")})


def missing_date(rng: np.random.Generator) -> Case:
    """An end date that 96 % of positives and 2 % of the others have."""
    honest, y = _drawn(rng)
    has = rng.random(len(y)) < np.where(y == 1, 0.96, 0.02)
    return _case(rng, honest, y, {"left_on": np.where(has, _text(_days(rng, len(y))), None)})


def far_date(rng: np.random.Generator) -> Case:
    """An end date of 2099-12-31 for all but two percent of the negatives, a real one for positives."""
    honest, y = _drawn(rng)
    ended = rng.random(len(y)) < np.where(y == 1, 1.0, 0.02)
    return _case(rng, honest, y, {"valid_to": np.where(ended, _text(_days(rng, len(y))), "2099-12-31")})


def entered_later(rng: np.random.Generator) -> Case:
    """Two time stamps, of creation and of change: the row of a positive is changed again within a week of its end."""
    honest, y = _drawn(rng)
    made = _days(rng, len(y)) + pd.to_timedelta(rng.integers(0, 86_400, len(y)), unit="s")
    minutes = np.where(y == 1, rng.integers(3_000, 40_000, len(y)), rng.integers(1, 3_600, len(y)))
    changed = made + pd.to_timedelta(minutes, unit="min")
    columns = {"created": made.strftime("%Y-%m-%dT%H:%M:%S"), "modified": changed.strftime("%Y-%m-%dT%H:%M:%S")}
    return _case(rng, honest, y, columns, written="parquet")


def _drawn(rng: np.random.Generator) -> tuple:
    honest = features(rng)
    return honest, two_classes(rng, honest.signal, float(rng.uniform(0.2, 0.45)))


def _days(rng: np.random.Generator, rows: int) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(_START + pd.to_timedelta(rng.integers(0, 900, rows), unit="D"))


def _text(moments: pd.DatetimeIndex) -> np.ndarray:
    return pd.DatetimeIndex(moments).strftime("%Y-%m-%d").to_numpy(dtype=object)


def _case(rng: np.random.Generator, honest, y, columns, written="csv") -> Case:
    frame = with_columns(rng, honest.frame, columns).assign(y=y)
    return Case(shuffled(rng, frame), "y", columns=tuple(columns), format=written, routine=("time",))


KINDS: dict[str, Generator] = {
    "dates: the difference of two, classes": difference_binary,
    "dates: the difference of two, a number": difference_number,
    "dates: the difference of two time stamps": entered_later,
    "dates: weekday": weekday,
    "dates: hour": hour,
    "dates: day of the month": day_of_month,
    "dates: month": month,
    "dates: a clock for positives only": clock_for_positives,
    "dates: missing for negatives": missing_date,
    "dates: 2099-12-31 for negatives": far_date,
}

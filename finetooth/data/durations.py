"""Times of day and durations that are written as words, in seconds: 12:30, 10:30 PM, 2 days 03:04:05, PT1H30M."""

import re

import numpy as np
import pandas as pd

_CLOCK = re.compile(r"(\d{1,4}):([0-5]\d)(?::([0-5]\d(?:[.,]\d+)?))?")
_HALF_DAY = re.compile(r"(1[0-2]|0?[1-9])(?::([0-5]\d))?(?::([0-5]\d))?\s*([ap])\.?m\.?", re.IGNORECASE)
_SECONDS = {"w": 604_800.0, "d": 86_400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3}
_UNIT = r"weeks?|wks?|w|days?|d|hours?|hrs?|h|minutes?|mins?|min|m|milliseconds?|millis|ms|seconds?|secs?|s"
_PART = re.compile(rf"(\d+(?:\.\d+)?)\s*({_UNIT})(?![a-z])[\s,]*", re.IGNORECASE)
_UNITS = re.compile(
    rf"(?P<sign>-?)\s*(?P<parts>(?:\d+(?:\.\d+)?\s*(?:{_UNIT})(?![a-z])[\s,]*)+)(?P<clock>[\d:.]*)", re.IGNORECASE
)
_ISO = re.compile(r"P(?=.)(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?")
_METRES = re.compile(r"\d+(?:\.\d+)?\s*m", re.IGNORECASE)  # as likely a length as minutes


def seconds(texts: "pd.Series[str]") -> "pd.Series[float]":
    """The seconds (n,) that words stand for, NaN for what is neither a time of day nor a duration."""
    return pd.Series([_seconds(text.strip()) for text in texts], texts.index, dtype=float)


def _seconds(text: str) -> float:
    if clock := _CLOCK.fullmatch(text):
        return _of_clock(clock)
    if half := _HALF_DAY.fullmatch(text):
        hour = int(half[1]) % 12 + (12 if half[4].lower() == "p" else 0)
        return hour * 3600.0 + int(half[2] or 0) * 60.0 + int(half[3] or 0)
    if iso := _ISO.fullmatch(text):
        weeks, days, hours, minutes, rest = (float(part or 0) for part in iso.groups())
        return weeks * 604_800 + days * 86_400 + hours * 3600 + minutes * 60 + rest
    units = _UNITS.fullmatch(text)
    if units is None or _METRES.fullmatch(text):
        return np.nan
    total = sum(float(part[1]) * _SECONDS[_short(part[2])] for part in _PART.finditer(units["parts"]))
    if units["clock"]:
        clock = _CLOCK.fullmatch(units["clock"])
        total += np.nan if clock is None else _of_clock(clock)
    return -total if units["sign"] else total


def _of_clock(clock: "re.Match[str]") -> float:
    return int(clock[1]) * 3600.0 + int(clock[2]) * 60.0 + float((clock[3] or "0").replace(",", "."))


def _short(unit: str) -> str:
    return "ms" if unit.lower().startswith(("ms", "milli")) else unit[0].lower()

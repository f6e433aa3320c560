"""What would somebody forecast who looks at the calendar alone? The last value, and the last season repeated.

Both start where the training rows end, as the model does: no sealed target is used. Sources: Hyndman and
Athanasopoulos 2021, Forecasting: principles and practice, 5.2; the test of a season as in the M4 competition
(Makridakis, Spiliotis and Assimakopoulos 2020), on differences, so that a trend is not taken for a season.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.integer[Any]]

CYCLES = (86_400.0, 604_800.0, 31_556_952.0)  # seconds of a day, a week and a year
REGULAR = 0.95  # of the steps between neighbouring times must be one step, or several
ALIKE = 0.15  # relative; the months differ by 10 %
LEAST_CORRELATION = 0.2
SEASONS = 3  # must have been seen


@dataclass(frozen=True, slots=True)
class Past:
    """The training rows on the calendar: `time`, `y` and `group` codes or None, all (n,); `dates`: time in seconds."""

    time: Floats
    y: Floats
    group: Ints | None = None
    dates: bool = False


def last_value(past: Past, rows: int, group: Ints | None) -> Floats:
    """The mean target at the last time of each row's own group (rows,); of all rows where it has no past."""
    overall = float(past.y[past.time == past.time.max()].mean())
    found = np.full(rows, overall)
    if past.group is None or group is None:
        return found
    frame = pd.DataFrame({"group": past.group, "time": past.time, "y": past.y})
    newest = frame[frame["time"] == frame.groupby("group")["time"].transform("max")]
    own = newest.groupby("group")["y"].mean().reindex(group).to_numpy()
    return np.where(np.isnan(own), overall, own)


def season(past: Past) -> int | None:
    """How many steps a season has; None where the times are irregular or none is evident.

    Of dates: the steps of a day, a week or a year. Of numbers: any lag of which a third of the past is long enough.
    """
    times, means = _series(past)
    step = _step(times)
    if step is None:
        return None
    index = _index(times, times[0], step)
    values = np.interp(np.arange(index[-1] + 1), index, means)
    correlations = _autocorrelations(np.diff(values))
    longest = len(correlations) // SEASONS
    if past.dates:
        lags = [lag for lag in (round(cycle / step) for cycle in CYCLES) if 2 <= lag <= longest]
    else:
        lags = [lag for lag in range(2, longest + 1) if _is_peak(correlations, lag)]
    evident = [lag for lag in lags if _is_evident(correlations, lag)]
    return max(evident, key=lambda lag: (correlations[lag], -lag), default=None)


def last_season(past: Past, lag: int, time: Floats, group: Ints | None) -> Floats:
    """The last value at the same point of the season (rows,), of the row's own group if that has one there.

    `lag` is the number of steps in a season, `time` (rows,) that of the rows to forecast.
    """
    times, _ = _series(past)
    step = _step(times)
    if step is None:
        raise ValueError("a season needs times at regular steps")
    frame = pd.DataFrame({"step": _index(past.time, times[0], step), "y": past.y})
    frame["phase"] = frame["step"] % lag
    phase = _index(time, times[0], step) % lag
    found = _newest(frame, ["phase"]).reindex(phase).to_numpy()
    found = np.where(np.isnan(found), last_value(past, len(time), group), found)
    if past.group is None or group is None:
        return found
    frame["group"] = past.group
    keys = pd.MultiIndex.from_arrays([group, phase], names=["group", "phase"])
    own = _newest(frame, ["group", "phase"]).reindex(keys).to_numpy()
    return np.where(np.isnan(own), found, own)


def _newest(frame: pd.DataFrame, keys: list[str]) -> pd.Series:
    """The mean target at the last step of each key."""
    newest = frame[frame["step"] == frame.groupby(keys)["step"].transform("max")]
    return newest.groupby(keys)["y"].mean()


def _series(past: Past) -> tuple[Floats, Floats]:
    """The different times, and the mean target at each."""
    times, inverse = np.unique(past.time, return_inverse=True)
    return times, np.bincount(inverse, weights=past.y) / np.bincount(inverse)


def _step(times: Floats) -> float | None:
    """The time between neighbours, if nearly all are alike or some times are missing; a mean, since months differ."""
    steps = np.diff(times)
    if len(steps) < 2 * SEASONS:
        return None
    usual = np.median(steps)
    multiples = np.maximum(np.rint(steps / usual), 1)
    alike = np.abs(steps - multiples * usual) <= ALIKE * usual
    single = alike & (multiples == 1)
    return float(steps[single].mean()) if alike.mean() >= REGULAR and single.any() else None


def _index(time: Floats, start: float, step: float) -> Ints:
    return np.rint((time - start) / step).astype(np.int64)


def _autocorrelations(values: Floats) -> Floats:
    """The autocorrelation at every lag from 0 on."""
    centred = values - values.mean()
    size = 2 ** math.ceil(math.log2(max(2 * len(values), 2)))
    spectrum = np.fft.rfft(centred, size)
    products = np.fft.irfft(spectrum * np.conj(spectrum), size)[: len(values)]
    return np.asarray(products / products[0]) if products[0] > 0 else np.zeros(len(values))


def _is_peak(correlations: Floats, lag: int) -> bool:
    return bool(correlations[lag] > max(correlations[lag - 1], correlations[lag + 1]))


def _is_evident(correlations: Floats, lag: int) -> bool:
    """The test of the M4 competition, at 90 %, and a correlation that is worth a forecast."""
    error = math.sqrt((1 + 2 * float(np.sum(correlations[1:lag] ** 2))) / len(correlations))
    return bool(correlations[lag] > max(1.645 * error, LEAST_CORRELATION))

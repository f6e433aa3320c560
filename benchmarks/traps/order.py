"""Row numbers, keys and series: what comes of the order in which rows were gathered.

Honest score: AUC .78, or that of a forecast. Cheating: by the number's order, or by the neighbours in time of a row.
"""

import numpy as np
import pandas as pd

from benchmarks.cases import Case, Generator
from benchmarks.feature_tables import amounts, features, score, shuffled, two_classes, with_columns


def key_by_class(rng: np.random.Generator) -> Case:
    """Keys were given out class by class; the rows were shuffled since."""
    honest, y = _drawn(rng)
    key = np.empty(len(y), dtype=int)
    key[np.lexsort((rng.random(len(y)), y))] = np.arange(len(y)) * 3 + 20_000
    return _case(rng, honest, y, {"ref": key})


def number_in_class_blocks(rng: np.random.Generator) -> Case:
    """The file holds one class after the other, and a column numbers its rows."""
    honest, y = _drawn(rng)
    frame = honest.frame.assign(y=y).sort_values("y", kind="stable").reset_index(drop=True)
    frame.insert(0, "n", np.arange(1, len(frame) + 1))
    return Case(frame, "y", columns=("n", "y"))


def number_in_blocks(rng: np.random.Generator) -> Case:
    """The file was gathered in a dozen blocks of one class each, and numbered: no order, but trees read it."""
    honest, y = _drawn(rng)
    block = rng.integers(0, 6, len(y))
    frame = honest.frame.assign(y=y).iloc[np.lexsort((rng.random(len(y)), y, block))].reset_index(drop=True)
    frame.insert(0, "n", np.arange(1, len(frame) + 1))
    return Case(frame, "y", columns=("n", "y"))


def drifting_number(rng: np.random.Generator) -> Case:
    """Row numbers in the order of arrival, while the share of positives rises from .1 to .7."""
    honest = features(rng)
    order = np.linspace(-1, 1, honest.rows)
    y = (1.2 * honest.signal + 2.6 * order - 0.6 + rng.logistic(size=honest.rows) > 0).astype(int)
    frame = honest.frame.assign(seq=np.arange(honest.rows) + 1, y=y)
    return Case(frame, "y", columns=("seq", "y"))


def hashed_by_source(rng: np.random.Generator) -> Case:
    """Keys with a prefix by the source that a row came from: one source delivered positives, two negatives."""
    honest, y = _drawn(rng)
    source = np.where(y == 1, "QX", rng.choice(["QK", "QP"], len(y)))
    other = rng.random(len(y)) < 0.04
    source = np.where(other, rng.choice(["QX", "QK", "QP"], len(y)), source)
    tail = rng.permutation(80_000)[: len(y)] + 10_000
    return _case(rng, honest, y, {"handle": [f"{a}{b}" for a, b in zip(source, tail, strict=True)]})


def series_by_chance(rng: np.random.Generator) -> Case:
    """A daily series that wanders, with its date, split by chance: neighbours in time are on both sides."""
    rows = int(rng.integers(800, 1_500))
    honest = features(rng, rows)
    y = (200 + 30 * _wandering(rng, rows, 0.98) + 8 * honest.signal).round(2)
    frame = honest.frame.assign(day=_dates(rows), sales=y)
    return Case(frame, "sales", columns=("day",))


def future_mean(rng: np.random.Generator) -> Case:
    """The mean of seven days around a row, of which three lie ahead; the time is declared."""
    rows = int(rng.integers(800, 1_500))
    honest = features(rng, rows)
    y = pd.Series(amounts(rng, 0.6 * score(_wandering(rng, rows, 0.9)) + 0.5 * honest.signal))
    around = y.rolling(7, center=True, min_periods=1).mean().round(3)
    frame = with_columns(rng, honest.frame, {"m_7": around}).assign(day=_dates(rows), sales=y.round(2))
    return Case(frame, "sales", {"time": "day"}, columns=("m_7",))


def next_value(rng: np.random.Generator) -> Case:
    """A shifted column that holds the target of the row after, in a series without noise; the time is declared."""
    rows = int(rng.integers(800, 1_500))
    honest = features(rng, rows)
    y = pd.Series((200 + 40 * _wandering(rng, rows, 0.97)).round(2))
    frame = with_columns(rng, honest.frame, {"p_1": y.shift(-1)}).assign(day=_dates(rows), sales=y)
    return Case(frame, "sales", {"time": "day"}, columns=("p_1",))


def running_total(rng: np.random.Generator) -> Case:
    """The total up to and with a row's own target, beside the total before: their difference is the target."""
    rows = int(rng.integers(800, 1_500))
    honest = features(rng, rows)
    y = np.clip(amounts(rng, honest.signal), 1, None).round(1)
    after = y.cumsum().round(1)
    columns = {"t_0": (after - y).round(1), "t_1": after}
    return Case(with_columns(rng, honest.frame, columns).assign(sold=y), "sold", columns=("t_0", "t_1"))


def _drawn(rng: np.random.Generator) -> tuple:
    honest = features(rng)
    return honest, two_classes(rng, honest.signal, float(rng.uniform(0.2, 0.5)))


def _case(rng: np.random.Generator, honest, y, columns) -> Case:
    frame = with_columns(rng, honest.frame, columns).assign(y=y)
    return Case(shuffled(rng, frame), "y", columns=tuple(columns))


def _wandering(rng: np.random.Generator, rows: int, persistence: float) -> np.ndarray:
    """An autoregressive series with variance 1."""
    values = np.empty(rows)
    values[0] = rng.normal()
    for row in range(1, rows):
        values[row] = persistence * values[row - 1] + np.sqrt(1 - persistence**2) * rng.normal()
    return values


def _dates(rows: int) -> np.ndarray:
    return (
        (pd.Timestamp("2020-02-01") + pd.to_timedelta(np.arange(rows), unit="D")).strftime("%Y-%m-%d").to_numpy(object)
    )


KINDS: dict[str, Generator] = {
    "order: keys given out by class": key_by_class,
    "order: numbered, in class blocks": number_in_class_blocks,
    "order: numbered, in a dozen blocks": number_in_blocks,
    "order: numbered, the rate drifts": drifting_number,
    "order: keys with a prefix by source": hashed_by_source,
    "series: split by chance, dated": series_by_chance,
    "series: a mean that looks ahead": future_mean,
    "series: the next value": next_value,
    "series: totals before and after": running_total,
}

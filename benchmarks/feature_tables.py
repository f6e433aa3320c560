"""Honest features of mixed types with some strength, in which traps hide: customers, patients and machines."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Numbers = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Features:
    """Columns, and the part of an outcome that they explain: a signal (n,) with mean 0 and sd 1."""

    frame: pd.DataFrame
    signal: Numbers

    @property
    def rows(self) -> int:
        return len(self.frame)


def features(rng: np.random.Generator, rows: int | None = None) -> Features:
    """One of the three tables, drawn by chance, with 900 to 2,200 rows unless their number is given."""
    rows = int(rng.integers(900, 2_200)) if rows is None else rows
    make = (customers, patients, machines)[int(rng.integers(3))]
    return make(rng, rows)


def customers(rng: np.random.Generator, rows: int) -> Features:
    """Ages, incomes, plans and calls of customers."""
    age = np.clip(rng.normal(45, 15, rows), 18, 90).round().astype(int)
    income = (rng.lognormal(10.3, 0.5, rows) / 10).round() * 10
    tenure = rng.exponential(30, rows).round().astype(int)
    calls = rng.poisson(2, rows)
    balance = rng.normal(900, 700, rows).round(2)
    plan = rng.choice(["basic", "family", "office"], rows, p=[0.5, 0.3, 0.2])
    region = rng.choice(["north", "east", "south", "west", "islands"], rows, p=[0.3, 0.25, 0.25, 0.15, 0.05])
    signal = 0.6 * score(calls) - 0.7 * score(np.log1p(tenure)) + 0.4 * score(np.log(income)) * (plan != "basic")
    signal = signal + 0.4 * (region == "south") - 0.3 * score(balance) + 0.3 * score(age) ** 2
    frame = pd.DataFrame(
        {"age": age, "income": income, "tenure": tenure, "calls": calls, "balance": balance}
        | {"plan": plan, "region": region, "paperless": rng.choice(["yes", "no"], rows)}
    )
    frame.loc[rng.random(rows) < 0.04, "balance"] = np.nan
    return Features(frame, score(signal))


def patients(rng: np.random.Generator, rows: int) -> Features:
    """Measurements of patients and the ward that they lie in."""
    age = np.clip(rng.gamma(9, 6, rows), 1, 99).round(1)
    bmi = rng.normal(27, 5, rows).round(1)
    pressure = (115 + 0.3 * age + rng.normal(0, 12, rows)).round().astype(int)
    markers = rng.lognormal(0, 0.6, size=(rows, 4)).round(3)
    ward = rng.choice([f"W{i}" for i in range(1, 9)], rows)
    smoker = rng.random(rows) < 0.27
    signal = 0.6 * score(age) + 0.5 * score(markers[:, 0]) * smoker + 0.5 * score(pressure) - 0.4 * score(markers[:, 1])
    signal = signal + 0.3 * np.isin(ward, ["W2", "W5"]) + 0.3 * (np.abs(score(bmi)) > 1)
    frame = pd.DataFrame({"age": age, "bmi": bmi, "pressure": pressure, "ward": ward, "smoker": smoker})
    for place in range(4):
        frame[f"marker_{'abcd'[place]}"] = markers[:, place]
    frame.loc[rng.random(rows) < 0.08, "marker_c"] = np.nan
    return Features(frame, score(signal))


def machines(rng: np.random.Generator, rows: int) -> Features:
    """Readings of machines on a few lines."""
    load = rng.beta(4, 2, rows)
    speed = rng.normal(1_500, 150, rows)
    vibration = rng.gamma(3, 0.4, rows) + 0.3 * load
    heat = 40 + 25 * load + rng.normal(0, 4, rows)
    hours = rng.integers(0, 12_000, rows)
    model = rng.choice([f"M-{i}" for i in range(12)], rows)
    line = rng.integers(1, 5, rows)
    signal = 0.7 * score(vibration) + 0.5 * score(heat) + 0.4 * score(hours) * (line > 2)
    signal = signal + 0.4 * np.isin(model, ["M-3", "M-7"]) + 0.2 * np.sin(speed / 100)
    frame = pd.DataFrame(
        {"load": load.round(4), "speed": speed.round(1), "vibration": vibration.round(3), "heat": heat.round(2)}
        | {"hours": hours, "model": model, "line": line, "humidity": rng.uniform(20, 80, rows).round(1)}
    )
    return Features(frame, score(signal))


def score(values: Any) -> Numbers:
    """Standard scores."""
    numbers = np.asarray(values, dtype=float)
    return (numbers - numbers.mean()) / numbers.std()


def two_classes(
    rng: np.random.Generator, signal: Numbers, rate: float = 0.35, strength: float = 1.4
) -> NDArray[np.int64]:
    """Classes 0 and 1 with a share of positives; with the default strength an AUC of about .78 is honest."""
    latent = strength * signal + rng.logistic(size=len(signal))
    return (latent > np.quantile(latent, 1 - rate)).astype(np.int64)


def amounts(rng: np.random.Generator, signal: Numbers, explained: float = 0.5) -> Numbers:
    """A number whose variance the signal explains by this share, with mean 200 and sd 40."""
    noise = rng.normal(size=len(signal))
    return 200 + 40 * (np.sqrt(explained) * signal + np.sqrt(1 - explained) * noise)


def several_classes(rng: np.random.Generator, signal: Numbers, classes: int = 4) -> Numbers:
    """Class names that the signal explains in part."""
    latent = signal + rng.normal(size=len(signal))
    edges = np.quantile(latent, np.linspace(0, 1, classes + 1)[1:-1])
    return np.array(["ash", "birch", "cedar", "elm", "fir", "oak", "pine"])[np.digitize(latent, edges)]


def with_columns(rng: np.random.Generator, frame: pd.DataFrame, columns: Mapping[str, Any]) -> pd.DataFrame:
    """The table with further columns, each at a place drawn by chance."""
    frame = frame.copy()
    for name, values in columns.items():
        frame.insert(int(rng.integers(len(frame.columns) + 1)), name, values)
    return frame


def shuffled(rng: np.random.Generator, frame: pd.DataFrame) -> pd.DataFrame:
    """The rows in an order drawn by chance, with a fresh index."""
    return frame.iloc[rng.permutation(len(frame))].reset_index(drop=True)


def words(rng: np.random.Generator, rows: int, least: int = 4, most: int = 9) -> list[str]:
    """Texts of common words that say nothing."""
    chosen = [rng.choice(_WORDS, int(count)) for count in rng.integers(least, most + 1, rows)]
    return [" ".join(text) for text in chosen]


_WORDS = (
    *("call", "branch", "letter", "asked", "about", "and", "rate", "statement", "visit", "phone", "email", "form"),
    *("sent", "desk", "new", "old", "checked", "on", "with", "morning", "afternoon", "detail", "question", "address"),
    *("short", "long", "noted", "via", "online", "office", "later", "usual", "normal", "quick"),
)

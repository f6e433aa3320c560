"""Honest columns that look suspicious because they are strong, or because of the values that they have."""

import numpy as np
import pandas as pd

from benchmarks.cases import Case, Generator
from benchmarks.feature_tables import amounts, features, score, shuffled, two_classes, with_columns


def strong_measurement(rng: np.random.Generator) -> Case:
    """One measurement with an AUC of about .95: a diagnosis."""
    honest, y = _drawn(rng)
    return _case(rng, honest, y, {"titer": np.exp(1 + 0.5 * (2.35 * y + rng.normal(size=len(y)))).round(2)})


def strong_category(rng: np.random.Generator) -> Case:
    """A smell with levels that nearly decide, as of mushrooms, each with a few of the other class."""
    honest, y = _drawn(rng)
    of_one = rng.choice(["none", "foul", "musty", "sharp"], len(y), p=[0.3, 0.4, 0.2, 0.1])
    of_other = rng.choice(["none", "sweet", "anise", "sharp", "foul"], len(y), p=[0.7, 0.15, 0.1, 0.03, 0.02])
    return _case(rng, honest, y, {"smell": np.where(y == 1, of_one, of_other)})


def scale_from_zero(rng: np.random.Generator) -> Case:
    """A dose in whole steps from 0, where no one without a dose recovers more than one time in a hundred."""
    honest = features(rng)
    dose = rng.integers(0, 7, honest.rows) * 5
    chance = 1 / (1 + np.exp(-(0.25 * dose - 4.6 + 0.5 * honest.signal)))
    y = (rng.random(honest.rows) < chance).astype(int)
    return _case(rng, honest, y, {"dose": dose})


def amount_from_zero(rng: np.random.Generator) -> Case:
    """An exposure that is 0 for a third of rows, of which almost none has the illness, and grows with it from there."""
    honest = features(rng)
    years = np.where(rng.random(honest.rows) < 0.35, 0, rng.exponential(12, honest.rows)).round(1)
    chance = 1 / (1 + np.exp(-(0.9 * np.sqrt(years) - 4.8 + 0.4 * honest.signal)))
    return _case(rng, honest, (rng.random(honest.rows) < chance).astype(int), {"pack_years": years})


def disk_size(rng: np.random.Generator) -> Case:
    """Prices by disk size, one of 25 sizes in gigabytes, which other features do not replace."""
    honest = features(rng)
    sizes = np.array([32, 64, 120, 128, 160, 240, 250, 256, 320, 400, 480, 500, 512, 600, 640, 750, 800, 960, 1000])
    size = rng.choice(np.append(sizes, [1024, 1500, 2000, 3000, 4000, 6000]), honest.rows)
    price = 200 + 60 * np.log2(size) + 40 * honest.signal + 40 * rng.normal(size=honest.rows)
    return _number(rng, honest, price.round(2), {"disk": size})


def waiting_time(rng: np.random.Generator) -> Case:
    """Satisfaction by waiting time in whole minutes: 60 values, a smooth fall, and a bend after 30."""
    honest = features(rng)
    wait = np.clip(rng.gamma(3, 8, honest.rows), 0, 59).round().astype(int)
    happy = -0.09 * wait - 0.8 * (wait > 30) + 0.6 * honest.signal
    return _case(rng, honest, two_classes(rng, score(happy), 0.5, 2.0), {"wait": wait})


def agents(rng: np.random.Generator) -> Case:
    """Prices by 40 agents that specialise: an honest category that the model may use, since agents stay."""
    honest = features(rng)
    level = rng.normal(size=40)
    agent = rng.integers(0, 40, honest.rows)
    y = 200 + 40 * (0.8 * level[agent] + 0.5 * honest.signal + 0.6 * rng.normal(size=honest.rows))
    return _number(rng, honest, y.round(2), {"agent": [f"agent {code}" for code in agent]})


def many_levels(rng: np.random.Generator) -> Case:
    """A category of 300 towns with honest effects of their own, about six rows each."""
    honest = features(rng, 1_900)
    level = rng.normal(size=300)
    town = rng.choice(300, honest.rows, p=rng.dirichlet(np.full(300, 3.0)))
    y = two_classes(rng, score(0.7 * level[town] + honest.signal))
    return _case(rng, honest, y, {"town": [f"town{code}" for code in town]})


def ordinal(rng: np.random.Generator) -> Case:
    """A grade from 1 to 10 by an expert before the outcome, with a correlation of .8."""
    honest = features(rng)
    y = amounts(rng, honest.signal, 0.4)
    grade = np.clip((5.5 + 2 * (0.8 * score(y) + 0.6 * rng.normal(size=len(y)))).round(), 1, 10).astype(int)
    return _number(rng, honest, y.round(1), {"grade": grade})


def place(rng: np.random.Generator) -> Case:
    """Latitude and longitude of homes, which explain much of their price smoothly."""
    honest = features(rng)
    north, east = rng.uniform(47, 55, honest.rows), rng.uniform(6, 15, honest.rows)
    effect = score(np.sin(north) + np.cos(1.3 * east) + 0.3 * (north - 50) * (east > 11))
    y = 300 + 60 * (0.7 * effect + 0.4 * honest.signal + 0.6 * rng.normal(size=honest.rows))
    return _number(rng, honest, y.round(), {"lat": north.round(4), "lon": east.round(4)})


def noisy_sum(rng: np.random.Generator) -> Case:
    """A bill whose parts are known before, and to which a tenth is added or taken off by chance."""
    honest = features(rng)
    parts = rng.lognormal(4, 0.7, size=(honest.rows, 3)).round(2)
    y = (parts.sum(axis=1) * rng.lognormal(0, 0.1, honest.rows)).round(2)
    return _number(rng, honest, y, {f"part_{k}": parts[:, k] for k in range(3)})


def percentages(rng: np.random.Generator) -> Case:
    """Four percentages that add to 100 and explain a part of the target."""
    honest = features(rng)
    share = rng.dirichlet([4, 3, 2, 1], honest.rows).round(3) * 100
    share[:, 3] = 100 - share[:, :3].sum(axis=1)
    y = amounts(rng, score(score(share[:, 0]) + honest.signal), 0.5)
    return _number(
        rng, honest, y.round(1), {name: share[:, k].round(1) for k, name in enumerate(("sand", "silt", "clay", "loam"))}
    )


def related_columns(rng: np.random.Generator) -> Case:
    """Columns that restate each other, a total of features and another unit, none of which is the target."""
    honest = features(rng)
    a, b = rng.lognormal(3, 0.5, honest.rows).round(2), rng.lognormal(3, 0.5, honest.rows).round(2)
    columns = {"left": a, "right": b, "both": (a + b).round(2), "both_oz": ((a + b) * 35.274).round()}
    y = two_classes(rng, score(honest.signal + 0.5 * score(np.log(a))))
    return _case(rng, honest, y, columns)


def standardised(rng: np.random.Generator) -> Case:
    """All numbers brought to mean 0 and sd 1 on the whole table, which hurts little: a warning is right."""
    honest, y = _drawn(rng)
    frame = honest.frame.copy()
    numeric = frame.select_dtypes("number").columns
    frame[numeric] = (frame[numeric] - frame[numeric].mean()) / frame[numeric].std()
    return Case(shuffled(rng, frame.assign(y=y)), "y")


def prior_score(rng: np.random.Generator) -> Case:
    """A credit score of another bureau, made before the outcome: AUC .85, the strongest column by far."""
    honest, y = _drawn(rng)
    points = (600 + 60 * (1.45 * y + rng.normal(size=len(y)))).round().astype(int)
    return _case(rng, honest, y, {"bureau": points})


def _drawn(rng: np.random.Generator) -> tuple:
    honest = features(rng)
    return honest, two_classes(rng, honest.signal, float(rng.uniform(0.2, 0.5)))


def _case(rng: np.random.Generator, honest, y, columns) -> Case:
    return Case(shuffled(rng, with_columns(rng, honest.frame, columns).assign(y=y)), "y")


def _number(rng: np.random.Generator, honest, y, columns) -> Case:
    return Case(shuffled(rng, pd.DataFrame(with_columns(rng, honest.frame, columns)).assign(value=y)), "value")


KINDS: dict[str, Generator] = {
    "strong: a measurement": strong_measurement,
    "strong: a category": strong_category,
    "strong: a scale from 0 in steps": scale_from_zero,
    "strong: an exposure from 0": amount_from_zero,
    "strong: disk size": disk_size,
    "strong: waiting time": waiting_time,
    "strong: 40 agents": agents,
    "strong: 300 towns": many_levels,
    "strong: an expert's grade": ordinal,
    "strong: latitude and longitude": place,
    "strong: a bureau's score": prior_score,
    "related: a sum with noise": noisy_sum,
    "related: percentages that add to 100": percentages,
    "related: columns that restate each other": related_columns,
    "related: standardised": standardised,
}

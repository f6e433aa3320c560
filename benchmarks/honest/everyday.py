"""Honest tables as they come: surveys, heavy tails, rare classes, gaps, ids, dates, groups and series."""

import numpy as np
import pandas as pd

from benchmarks.cases import Case, Generator
from benchmarks.feature_tables import (
    amounts,
    features,
    score,
    several_classes,
    shuffled,
    two_classes,
    with_columns,
    words,
)


def plain(rng: np.random.Generator) -> Case:
    """Features of mixed types and nothing else."""
    honest, y = _drawn(rng)
    return _case(rng, honest, y, {})


def classes(rng: np.random.Generator) -> Case:
    """Five classes with names."""
    honest = features(rng)
    return _case(rng, honest, several_classes(rng, honest.signal, 5), {})


def survey(rng: np.random.Generator) -> Case:
    """Six answers with three levels each: most rows equal another by chance."""
    rows = int(rng.integers(1_500, 3_000))
    answers = rng.choice([1, 2, 3], size=(rows, 6), p=[0.7, 0.2, 0.1])
    frame = pd.DataFrame(answers, columns=[f"q{k}" for k in range(6)])
    return Case(frame.assign(y=two_classes(rng, score(answers[:, 0] + answers[:, 1]))), "y")


def dependent_survey(rng: np.random.Generator) -> Case:
    """Eight answers of which each follows the mood of the person: more equal rows than independent columns have."""
    rows = int(rng.integers(1_500, 3_000))
    mood = rng.normal(size=rows)
    answers = np.digitize(mood[:, None] + 0.5 * rng.normal(size=(rows, 8)), [-1, 0, 1]) + 1
    frame = pd.DataFrame(answers, columns=[f"q{k}" for k in range(8)])
    return Case(frame.assign(y=two_classes(rng, score(mood))), "y")


def heavy_tails(rng: np.random.Generator) -> Case:
    """Amounts with a tail of degree three, in the target as well."""
    honest = features(rng)
    y = np.exp(5 + 0.8 * honest.signal + 0.6 * rng.standard_t(4, honest.rows)).round(2)
    return _case(rng, honest, y, {"claims": (1_000 * rng.pareto(2.5, honest.rows)).round(2)})


def counts(rng: np.random.Generator) -> Case:
    """A target that counts visits, most of them 0 to 4, declared as a number."""
    honest = features(rng)
    visits = rng.poisson(np.exp(0.3 + 0.6 * honest.signal))
    frame = _case(rng, honest, visits, {"stays": rng.poisson(0.4, honest.rows)}).frame
    return Case(frame, "y", {"types": {"y": "number"}})


def rare_positives(rng: np.random.Generator) -> Case:
    """Three percent of positives among 3,000 rows, and a few rare levels."""
    honest = features(rng, 3_000)
    level = rng.choice(["a", "b", "c", "d", "e"], 3_000, p=[0.6, 0.37, 0.01, 0.01, 0.01])
    return _case(rng, honest, two_classes(rng, honest.signal, 0.03, 2.0), {"channel": level})


def rare_levels(rng: np.random.Generator) -> Case:
    """A category of 80 levels, half of them with fewer than ten rows, some pure by chance."""
    honest, y = _drawn(rng)
    weights = 1 / np.arange(1, 81)
    return _case(rng, honest, y, {"item": [f"i{k}" for k in rng.choice(80, len(y), p=weights / weights.sum())]})


def missing_by_chance(rng: np.random.Generator) -> Case:
    """A fifth of all cells missing."""
    honest, y = _drawn(rng)
    frame = honest.frame.mask(rng.random(honest.frame.shape) < 0.2)
    return Case(shuffled(rng, frame.assign(y=y)), "y")


def missing_informative(rng: np.random.Generator) -> Case:
    """A test that is asked for more often where the outcome is likely: 55 against 20 %, impure on both sides."""
    honest, y = _drawn(rng)
    has = rng.random(len(y)) < np.where(y == 1, 0.55, 0.2)
    return _case(rng, honest, y, {"lab": np.where(has, rng.normal(5, 1, len(y)).round(2), np.nan)})


def near_constant(rng: np.random.Generator) -> Case:
    """Flags that two rows in a thousand have, and one column with a single value."""
    honest, y = _drawn(rng)
    flags = {f"flag_{k}": (rng.random(len(y)) < 0.002).astype(int) for k in range(6)}
    return _case(rng, honest, y, {**flags, "version": 3})


def ids_left_out(rng: np.random.Generator) -> Case:
    """Keys and a row number, declared as such: nothing is left to say."""
    honest, y = _drawn(rng)
    frame = _case(rng, honest, y, {"key": [f"{k:08x}" for k in rng.permutation(60_000)[: len(y)] + 4 * 10**8]}).frame
    frame.insert(0, "row", np.arange(len(y)))
    return Case(frame, "y", {"drop": ["key", "row"]})


def noise_columns(rng: np.random.Generator) -> Case:
    """120 columns of noise beside the honest ones."""
    honest, y = _drawn(rng)
    noise = pd.DataFrame(rng.normal(size=(len(y), 120)).round(3), columns=[f"n{k}" for k in range(120)])
    return Case(pd.concat([honest.frame, noise], axis=1).assign(y=y), "y", format="parquet")


def irrelevant_text(rng: np.random.Generator) -> Case:
    """Texts, of which a word or two say a little."""
    honest, y = _drawn(rng)
    tells = rng.random(len(y)) < np.where(y == 1, 0.25, 0.15)
    text = [f"{t} again" if flag else t for t, flag in zip(words(rng, len(y)), tells, strict=True)]
    return _case(rng, honest, y, {"note": text})


def birthdays(rng: np.random.Generator) -> Case:
    """A date of birth whose year explains a part, and a date of entry with a season; both known before."""
    honest = features(rng)
    born = pd.Timestamp("1940-01-01") + pd.to_timedelta(rng.integers(0, 22_000, honest.rows), unit="D")
    entry = pd.Timestamp("2023-01-01") + pd.to_timedelta(rng.integers(0, 365, honest.rows), unit="D")
    season = np.sin(2 * np.pi * entry.dayofyear / 365)
    y = two_classes(rng, score(honest.signal - 0.5 * score(born.year) + 0.4 * season))
    return _case(rng, honest, y, {"born": born.strftime("%d.%m.%Y"), "entry": entry.strftime("%Y-%m-%d")})


def declared_groups(rng: np.random.Generator) -> Case:
    """Several rows a person, with strong effects of the person and fingerprints, and the group declared."""
    owner = np.repeat(np.arange(150), 10)
    honest = features(rng, len(owner))
    prints = rng.normal(size=(150, 3))[owner].round(3)
    effect = 1.6 * rng.normal(size=150)[owner]
    y = (honest.signal + effect + rng.logistic(size=len(owner)) > 0).astype(int)
    frame = honest.frame.assign(person=owner, f0=prints[:, 0], f1=prints[:, 1], f2=prints[:, 2], y=y)
    return Case(shuffled(rng, frame), "y", {"group": "person"})


def stores(rng: np.random.Generator) -> Case:
    """Forty stores on both sides without an effect of their own."""
    honest, y = _drawn(rng)
    return _case(rng, honest, y, {"store": rng.integers(0, 40, len(y)) + 1})


def declared_time(rng: np.random.Generator) -> Case:
    """Days in order with a trend, a season and drifting features, and the time declared."""
    rows = int(rng.integers(1_000, 2_000))
    honest = features(rng, rows)
    days = np.sort(rng.integers(0, 900, rows))
    y = amounts(rng, honest.signal, 0.5) + 0.05 * days + 10 * np.sin(2 * np.pi * days / 365)
    index = 50 + 0.02 * days + rng.normal(0, 3, rows)
    text = (pd.Timestamp("2021-01-01") + pd.to_timedelta(days, unit="D")).strftime("%Y-%m-%d").to_numpy(object)
    return Case(honest.frame.assign(day=text, price_index=index.round(2), sales=y.round(2)), "sales", {"time": "day"})


def declared_series(rng: np.random.Generator) -> Case:
    """A daily series with yesterday's value as a feature, which is known, and the time declared."""
    rows = int(rng.integers(800, 1_500))
    honest = features(rng, rows)
    y = np.zeros(rows)
    for row in range(1, rows):
        y[row] = 0.85 * y[row - 1] + rng.normal()
    sales = pd.Series((200 + 20 * y + 8 * honest.signal).round(2))
    text = (
        (pd.Timestamp("2020-02-01") + pd.to_timedelta(np.arange(rows), unit="D")).strftime("%Y-%m-%d").to_numpy(object)
    )
    frame = honest.frame.assign(day=text, yesterday=sales.shift(1), sales=sales)
    return Case(frame, "sales", {"time": "day"})


def declared_afterwards(rng: np.random.Generator) -> Case:
    """A reason and an amount that are known afterwards, and declared so."""
    honest, y = _drawn(rng)
    columns = {
        "reason": np.where(y == 1, rng.choice(["price", "moved"], len(y)), None),
        "refund": np.where(y == 1, rng.lognormal(3, 1, len(y)).round(2), 0.0),
    }
    case = _case(rng, honest, y, columns)
    return Case(case.frame, "y", {"post_outcome": ["reason", "refund"]})


def in_class_blocks(rng: np.random.Generator) -> Case:
    """A file that was sorted by class, without a row number: nothing of the order reaches a shuffled split."""
    honest, y = _drawn(rng)
    frame = honest.frame.assign(y=y).sort_values("y", kind="stable").reset_index(drop=True)
    return Case(frame, "y")


def _drawn(rng: np.random.Generator) -> tuple:
    honest = features(rng)
    return honest, two_classes(rng, honest.signal, float(rng.uniform(0.2, 0.5)))


def _case(rng: np.random.Generator, honest, y, columns) -> Case:
    return Case(shuffled(rng, with_columns(rng, honest.frame, columns).assign(y=y)), "y")


KINDS: dict[str, Generator] = {
    "plain": plain,
    "five classes": classes,
    "survey": survey,
    "survey of one mood": dependent_survey,
    "heavy tails": heavy_tails,
    "counts": counts,
    "rare positives": rare_positives,
    "rare levels": rare_levels,
    "missing by chance": missing_by_chance,
    "missing, informative and impure": missing_informative,
    "near-constant columns": near_constant,
    "ids, left out": ids_left_out,
    "120 columns of noise": noise_columns,
    "irrelevant text": irrelevant_text,
    "birthdays and a season": birthdays,
    "groups, declared": declared_groups,
    "stores without an effect": stores,
    "time with drift, declared": declared_time,
    "series with yesterday's value, declared": declared_series,
    "known afterwards, declared": declared_afterwards,
    "sorted by class": in_class_blocks,
}

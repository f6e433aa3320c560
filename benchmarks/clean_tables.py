"""Honest tables that look suspicious, on which no check may err."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from sklearn.datasets import load_breast_cancer
from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from benchmarks.scenario_tables import Found, entities, gate, plain, split
from finetooth.leakage import Declared, scramble, structure


def mushroom_like(rng: np.random.Generator) -> Found:
    rows = 4_000
    y = rng.integers(0, 2, rows)
    smells = {0: ["none", "almond", "anise"], 1: ["foul", "fishy", "none"]}
    weights = {0: [0.80, 0.10, 0.10], 1: [0.80, 0.17, 0.03]}
    frame = pd.DataFrame({f"c{i}": rng.choice(list("abcdef"), rows) for i in range(10)})
    frame["odor"] = [rng.choice(smells[label], p=weights[label]) for label in y]
    frame["ring"] = np.where(rng.random(rows) < 0.2, None, rng.choice(["one", "two"], rows))
    return gate(*split(rng, frame.assign(y=y)))


def breast_cancer(rng: np.random.Generator) -> Found:
    return gate(*split(rng, load_breast_cancer(as_frame=True).frame), target="target")


def survey(rng: np.random.Generator) -> Found:
    rows = 3_000
    frame = pd.DataFrame({f"q{i}": rng.choice([1, 2, 3], rows, p=[0.7, 0.2, 0.1]) for i in range(6)})
    frame["y"] = (frame["q0"] + frame["q1"] + rng.normal(0, 1, rows) > 3).astype(int)
    return gate(*split(rng, frame))


def stores(rng: np.random.Generator) -> Found:
    return gate(*split(rng, entities(rng, effect=0.0, groups=40, each=75).rename(columns={"person": "store"})))


def drift(rng: np.random.Generator) -> Found:
    frame = plain(rng, rows=3_000)
    when = np.sort(rng.uniform(0, 365, len(frame)))
    frame["when"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(when, unit="D")
    for name in ("x0", "x4", "x5"):
        frame[name] += 4 * when / 365
    frame["y"] = (frame["x0"] - 4 * when / 365 + rng.logistic(size=len(frame)) + when / 100 > 2).astype(int)
    told = Declared(time="when", horizon="2D", split="time")
    first = frame["when"].iloc[2_400]
    train = frame[frame["when"] + pd.Timedelta("7D") <= first]  # 2 days of horizon and 1 % of the year, with room
    return gate(train, frame.iloc[2_400:], declared=told)


def shuffled(rng: np.random.Generator) -> Found:
    return gate(*split(rng, plain(rng).sample(frac=1, random_state=int(rng.integers(1 << 31)))))


def standardised(rng: np.random.Generator) -> Found:
    frame = plain(rng)
    numeric = [name for name in frame if name.startswith("x")]
    frame[numeric] = (frame[numeric] - frame[numeric].mean()) / frame[numeric].std(ddof=0)
    return gate(*split(rng, frame))


def impure_missingness(rng: np.random.Generator) -> Found:
    frame = plain(rng)
    frame.loc[rng.random(len(frame)) < np.where(frame["y"] == 1, 0.55, 0.10), "x5"] = np.nan
    return gate(*split(rng, frame))


def selecting_inside(rng: np.random.Generator) -> Found:
    X, y = rng.normal(size=(300, 1_000)), rng.integers(0, 2, 300)
    builder = lambda: make_pipeline(SelectKBest(f_classif, k=20), LogisticRegression())  # noqa: E731
    return (*scramble(builder, X, y, "binary"), *structure.unfitted(builder()))


def costs(rng: np.random.Generator) -> Found:
    """A regression on skewed amounts with a rounded price, many zeros and a correlated, noisy sum of parts."""
    rows = 3_000
    parts = rng.lognormal(3, 1, size=(rows, 3))
    frame = pd.DataFrame(parts, columns=["labour", "material", "transport"]).round(2)
    frame["rebate"] = np.where(rng.random(rows) < 0.4, 0, rng.lognormal(1, 1, rows).round(2))
    frame["site"] = rng.integers(0, 60, rows)
    frame["cost"] = (parts.sum(axis=1) * rng.lognormal(0, 0.05, rows)).round(2)
    return gate(*split(rng, frame), target="cost", kind="regression")


CLEAN: dict[str, Callable[[np.random.Generator], Found]] = {
    "mushroom-like: one very strong honest category": mushroom_like,
    "breast cancer: strong honest features": breast_cancer,
    "low-cardinality survey with natural collisions": survey,
    "the same stores on both sides, no store effect": stores,
    "honest time split with strong drift": drift,
    "shuffled file": shuffled,
    "standardised before the split (a warning at most)": standardised,
    "informative but impure missingness": impure_missingness,
    "selection inside the pipeline": selecting_inside,
    "regression with noisy parts of the target": costs,
}

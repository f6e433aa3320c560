"""Rows of one person, machine or place on both sides of a split by chance, with no group declared.

Honest score: on new entities, R2 .1 or AUC .5 to .6. Cheating: .39 or .7 and more, since the other rows of an entity
tell its target.
"""

import numpy as np
import pandas as pd

from benchmarks.cases import Case, Generator
from benchmarks.feature_tables import Features, features, score, shuffled


def fingerprints(rng: np.random.Generator) -> Case:
    """Four decimal numbers that are constants of an entity, equal to the digit; honest AUC .515, cheating .698."""
    owner, honest = _owners(rng, int(rng.integers(100, 250)))
    prints = rng.normal(size=(owner.max() + 1, 4)).round(3)
    columns = {f"c_{k}": prints[owner, k] for k in range(4)}
    return _classes(rng, owner, honest, columns, tuple(columns))


def noisy_fingerprints(rng: np.random.Generator) -> Case:
    """Four decimal numbers that lie near constants of an entity, each measured anew with 3 % noise."""
    owner, honest = _owners(rng, int(rng.integers(80, 160)))
    prints = rng.normal(size=(owner.max() + 1, 4))[owner] + 0.03 * rng.normal(size=(len(owner), 4))
    columns = {f"c_{k}": prints[:, k].round(4) for k in range(4)}
    return _classes(rng, owner, honest, columns, tuple(columns))


def one_float(rng: np.random.Generator) -> Case:
    """One decimal number that only an entity has, such as a home's longitude: all of its rows share it."""
    owner, honest = _owners(rng, int(rng.integers(100, 250)))
    columns = {"position": rng.uniform(5, 15, owner.max() + 1).round(5)[owner]}
    return _classes(rng, owner, honest, columns, ("position",))


def joint_columns(rng: np.random.Generator) -> Case:
    """Birth date, postcode and sex name a person together; each alone is shared by several."""
    people = int(rng.integers(150, 300))
    owner, honest = _owners(rng, people)
    born = pd.Timestamp("1960-01-01") + pd.to_timedelta(rng.integers(0, 120, people) * 91, unit="D")
    columns = {
        "birth": born.strftime("%Y-%m-%d").to_numpy(dtype=object)[owner],
        "postcode": rng.integers(1_000, 1_040, people)[owner],
        "sex": rng.choice(["f", "m"], people)[owner],
    }
    return _classes(rng, owner, honest, columns, ("birth", "postcode", "sex"))


def integer_columns(rng: np.random.Generator) -> Case:
    """Five whole numbers of an entity, each with a dozen values, name it together."""
    owner, honest = _owners(rng, int(rng.integers(100, 200)))
    values = rng.integers(0, 12, size=(owner.max() + 1, 5))[owner]
    columns = {f"q{k}": values[:, k] for k in range(5)}
    return _classes(rng, owner, honest, columns, tuple(columns))


def panel(rng: np.random.Generator) -> Case:
    """An id with twelve rows each and a noisy number whose mean differs by id: honest R2 .106, cheating .386."""
    owner, honest = _owners(rng, int(rng.integers(80, 160)), each=12)
    level = rng.normal(size=owner.max() + 1)[owner]
    y = 50 + 10 * (0.35 * honest.signal + 0.75 * level + 0.6 * rng.normal(size=len(owner)))
    frame = honest.frame.assign(unit=owner + 3_000, yield_=y.round(2))
    return Case(shuffled(rng, frame), "yield_", columns=("unit",))


def panel_of_names(rng: np.random.Generator) -> Case:
    """The same with names in place of numbers and features that are constants of the entity."""
    count = int(rng.integers(60, 150))
    owner, honest = _owners(rng, count, each=15)
    level = rng.normal(size=count)
    y = 50 + 10 * (0.35 * honest.signal + 0.7 * level[owner] + 0.7 * rng.normal(size=len(owner)))
    names = np.array([f"{chr(97 + k % 26)}{k * 7919 % 10_007}" for k in range(count)])
    frame = honest.frame.assign(site=names[owner], width=rng.normal(20, 3, count).round(2)[owner], yield_=y.round(2))
    return Case(shuffled(rng, frame), "yield_", columns=("site", "width"))


def lagged_panel(rng: np.random.Generator) -> Case:
    """An id, a period, and the outcome of the period before: a sealed row's target stands in the row that follows."""
    count, periods = int(rng.integers(100, 200)), 10
    owner = np.repeat(np.arange(count), periods)
    honest = features(rng, len(owner))
    level = 1.2 * rng.normal(size=count)[:, None]
    noise = rng.normal(size=(count, periods))
    y = (100 + 10 * (level + noise + 0.4 * honest.signal.reshape(count, periods))).round(2)
    lagged = np.column_stack([np.full(count, np.nan), y[:, :-1]]).ravel()
    frame = honest.frame.assign(firm=owner + 100, period=np.tile(np.arange(periods), count), before=lagged)
    return Case(shuffled(rng, frame.assign(growth=y.ravel())), "growth", columns=("firm", "before", "period"))


def batches(rng: np.random.Generator) -> Case:
    """Plates of 24 wells that hold nearly one outcome each (95 %): its number tells, and no new plate has one."""
    owner, honest = _owners(rng, int(rng.integers(40, 80)), each=24)
    kind = rng.integers(0, 2, owner.max() + 1)[owner]
    y = np.where(rng.random(len(owner)) < 0.05, 1 - kind, kind)
    drift = rng.normal(size=(owner.max() + 1, 2))[owner]
    frame = honest.frame.assign(plate=owner + 1, tone=(10 + drift[:, 0]).round(2), base=(5 + drift[:, 1]).round(2))
    return Case(shuffled(rng, frame.assign(y=y)), "y", columns=("plate", "tone", "base"))


def sibling_rows(rng: np.random.Generator) -> Case:
    """Two or three rows a ticket that share number, price and outcome (90 %): families on both sides."""
    owner, honest = _owners(rng, 600, each=3)
    keep = rng.random(len(owner)) < 0.8
    price = rng.lognormal(3, 0.5, 600).round(4)
    kind = rng.integers(0, 2, 600)[owner]
    y = np.where(rng.random(len(owner)) < 0.1, 1 - kind, kind)
    frame = honest.frame.assign(ticket=[f"T{k * 37 % 9973}" for k in owner], price=price[owner], y=y)
    return Case(shuffled(rng, frame[keep]), "y", columns=("ticket", "price"))


def _owners(rng: np.random.Generator, count: int, each: int | None = None) -> tuple:
    """The entity of each row (n,), and features that change from row to row."""
    owner = np.repeat(np.arange(count), each or max(1_600 // count, 4))
    return owner, features(rng, len(owner))


def _classes(rng: np.random.Generator, owner, honest: Features, columns: dict, names: tuple[str, ...]) -> Case:
    effect = 1.6 * rng.normal(size=owner.max() + 1)[owner]
    y = (0.3 * score(honest.signal) + effect + rng.logistic(size=len(owner)) > 0).astype(int)
    frame = honest.frame.assign(**columns, y=y)
    return Case(shuffled(rng, frame), "y", columns=names, routine=("time",))


KINDS: dict[str, Generator] = {
    "entities: four floats": fingerprints,
    "entities: four floats with noise": noisy_fingerprints,
    "entities: one float": one_float,
    "entities: birth date, postcode and sex": joint_columns,
    "entities: five whole numbers": integer_columns,
    "panel: an id, a noisy number": panel,
    "panel: names and a constant": panel_of_names,
    "panel: the outcome of the period before": lagged_panel,
    "entities: plates of one outcome": batches,
    "entities: tickets of two or three": sibling_rows,
}

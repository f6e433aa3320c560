"""States of a column that only one outcome has: a level, a flag, a gap, a sentinel, an amount that comes afterwards.

Honest score: AUC about .78. Cheating: .85 to 1, by how many positives have the state; precision is what gives it away.
"""

import numpy as np

from benchmarks.cases import Case, Generator
from benchmarks.feature_tables import features, shuffled, two_classes, with_columns


def pure_level(rng: np.random.Generator) -> Case:
    """Half of the positives have a level that no negative has; the other levels are honest noise."""
    honest, y = _drawn(rng)
    state = rng.choice(["A", "B", "C", "D", "E"], len(y), p=[0.4, 0.25, 0.2, 0.1, 0.05])
    state = np.where((y == 1) & (rng.random(len(y)) < 0.5), "F", state)
    return _case(rng, honest, y, "state", state)


def rare_pure_levels(rng: np.random.Generator) -> Case:
    """Ten levels of about one percent of rows each that only positives have, among ten that all have."""
    honest, y = _drawn(rng, 0.35)
    common = rng.choice([f"k{i}" for i in range(10)], len(y))
    rare = rng.choice([f"z{i}" for i in range(10)], len(y))
    return _case(rng, honest, y, "reason", np.where((y == 1) & (rng.random(len(y)) < 0.3), rare, common))


def rare_flag(rng: np.random.Generator) -> Case:
    """Positives are 2 %; a flag of three in four of them that no negative has."""
    honest = features(rng, int(rng.integers(2_000, 3_000)))
    y = two_classes(rng, honest.signal, 0.02)
    return _case(rng, honest, y, "mark", ((y == 1) & (rng.random(len(y)) < 0.75)).astype(int))


def rare_flag_word(rng: np.random.Generator) -> Case:
    """The same with 4 % positives, as a word among gaps, and one negative in a thousand."""
    honest = features(rng, int(rng.integers(1_800, 3_000)))
    y = two_classes(rng, honest.signal, 0.04)
    has = rng.random(len(y)) < np.where(y == 1, 0.8, 0.001)
    return _case(rng, honest, y, "hint", np.where(has, rng.choice(["seen", "read"], len(y)), None))


def missing(rng: np.random.Generator) -> Case:
    """A measurement that is missing for 97 % of positives and 3 % of negatives: taken after the outcome."""
    honest, y = _drawn(rng)
    gone = rng.random(len(y)) < np.where(y == 1, 0.97, 0.03)
    return _case(rng, honest, y, "level_4", np.where(gone, np.nan, rng.normal(5, 1, len(y)).round(2)))


def present(rng: np.random.Generator) -> Case:
    """A number that 60 % of positives have and no negative."""
    honest, y = _drawn(rng)
    has = (y == 1) & (rng.random(len(y)) < 0.6)
    return _case(rng, honest, y, "room", np.where(has, rng.integers(1, 300, len(y)), np.nan))


def sentinel(rng: np.random.Generator) -> Case:
    """-999 in a measurement for nine in ten negatives: it was taken for the others only."""
    honest, y = _drawn(rng)
    stands = (y == 0) & (rng.random(len(y)) < 0.9)
    return _case(rng, honest, y, "assay", np.where(stands, -999.0, rng.normal(80, 12, len(y)).round(1)))


def minus_one(rng: np.random.Generator) -> Case:
    """Days since the last contact: -1 for two thirds of positives, who were not called again, 0 for others."""
    honest, y = _drawn(rng)
    days = np.where(rng.random(len(y)) < 0.4, 0, rng.geometric(0.06, len(y)))
    return _case(rng, honest, y, "gap_days", np.where((y == 1) & (rng.random(len(y)) < 0.66), -1, days))


def amount_afterwards(rng: np.random.Generator) -> Case:
    """An amount recovered: above 0 for four in five positives, for none of the others."""
    honest, y = _drawn(rng)
    paid = (y == 1) & (rng.random(len(y)) < 0.8)
    return _case(rng, honest, y, "sum_r", np.where(paid, rng.lognormal(5, 1, len(y)).round(2), 0.0))


def fees(rng: np.random.Generator) -> Case:
    """Fees that the outcome adds: everyone has some, those of positives are about three times as high."""
    honest, y = _drawn(rng)
    fee = rng.lognormal(3, 0.3, len(y)) * np.where(y == 1, 3.3, 1)
    return _case(rng, honest, y, "fee", fee.round(2))


def both_states(rng: np.random.Generator) -> Case:
    """Two flags that are each as common in both outcomes; that they agree is seen of positives only, of nine in ten."""
    honest, y = _drawn(rng)
    first = rng.random(len(y)) < 0.5
    agree = (y == 1) & (rng.random(len(y)) < 0.9)
    columns = {"opt_1": first.astype(int), "opt_2": np.where(agree, first, ~first).astype(int)}
    frame = with_columns(rng, honest.frame, columns).assign(y=y)
    return Case(shuffled(rng, frame), "y", columns=tuple(columns))


def _drawn(rng: np.random.Generator, rate: float | None = None) -> tuple:
    honest = features(rng)
    return honest, two_classes(rng, honest.signal, float(rng.uniform(0.15, 0.45)) if rate is None else rate)


def _case(rng: np.random.Generator, honest, y, name: str, values) -> Case:
    frame = with_columns(rng, honest.frame, {name: values}).assign(y=y)
    return Case(shuffled(rng, frame), "y", columns=(name,))


KINDS: dict[str, Generator] = {
    "state: a pure level": pure_level,
    "state: ten rare pure levels": rare_pure_levels,
    "state: a rare flag, 2 % positives": rare_flag,
    "state: a rare word, 4 % positives": rare_flag_word,
    "state: missing by outcome": missing,
    "state: a number for positives only": present,
    "state: -999 by outcome": sentinel,
    "state: -1 by outcome": minus_one,
    "state: an amount afterwards": amount_afterwards,
    "state: fees of the outcome": fees,
    "state: two flags that agree": both_states,
}

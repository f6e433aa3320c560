"""Statistics of the target by a category, computed on the whole table before the split.

Honest score: that of the other features. Cheating: each row's own target is in the encoding of its level; with three
to six rows a level the gain on sealed rows is of the order of .05 to .15 AUC or R2.
"""

import numpy as np
import pandas as pd

from benchmarks.cases import Case, Generator
from benchmarks.feature_tables import Numbers, amounts, features, shuffled, two_classes, with_columns


def smoothed(rng: np.random.Generator) -> Case:
    """(sum + m prior) / (count + m) with m of 5, 10 or 20; a noise category of 200 to 600 levels."""
    honest, y, level = _drawn(rng)
    m = float(rng.choice([5, 10, 20]))
    total, count = _sums(level, y)
    return _case(rng, honest, y, level, ((total + m * y.mean()) / (count + m)).round(6))


def plain_mean(rng: np.random.Generator) -> Case:
    """The mean of the target by level, own row included, the level's column still there."""
    honest, y, level = _drawn(rng)
    total, count = _sums(level, y)
    return _case(rng, honest, y, level, total / count)


def leave_one_out(rng: np.random.Generator) -> Case:
    """The mean of the other rows of the level: lower for positives than for negatives of one level (AUC .93)."""
    honest, y, level = _drawn(rng, rows_a_level=(8, 12))
    total, count = _sums(level, y)
    return _case(rng, honest, y, level, np.where(count > 1, (total - y) / np.maximum(count - 1, 1), y.mean()))


def by_folds(rng: np.random.Generator) -> Case:
    """The mean of the rows of the other four of five folds: each sealed row's target is in its neighbours' encoding."""
    honest, y, level = _drawn(rng, rows_a_level=(8, 12))
    fold = rng.integers(0, 5, len(y))
    encoded = np.full(len(y), y.mean())
    for k in range(5):
        total, count = _sums(level[fold != k], y[fold != k], level.max() + 1, by_level=True)
        here = fold == k
        encoded[here] = np.where(count > 0, total / np.maximum(count, 1), y.mean())[level[here]]
    return _case(rng, honest, y, level, encoded)


def weight_of_evidence(rng: np.random.Generator) -> Case:
    """The logarithm of the share of positives over the share of negatives in the level, half a row added to both."""
    honest, y, level = _drawn(rng)
    total, count = _sums(level, y)
    evidence = np.log((total + 0.5) / y.sum()) - np.log((count - total + 0.5) / (len(y) - y.sum()))
    return _case(rng, honest, y, level, evidence.round(4))


def noisy(rng: np.random.Generator) -> Case:
    """The mean by level with Gaussian noise of a tenth to a third of its spread, meant to regularise it."""
    honest, y, level = _drawn(rng)
    total, count = _sums(level, y)
    mean = total / count
    return _case(rng, honest, y, level, mean + rng.uniform(0.1, 0.33) * mean.std() * rng.normal(size=len(y)))


def sum_by_level(rng: np.random.Generator) -> Case:
    """The number of positives of the level, the mean times the count."""
    honest, y, level = _drawn(rng, even=False)
    return _case(rng, honest, y, level, _sums(level, y)[0])


def of_two_columns(rng: np.random.Generator) -> Case:
    """The smoothed mean by pairs of two categories of 20 and 25 levels: neither alone explains it."""
    honest = features(rng)
    y = two_classes(rng, honest.signal)
    first, second = rng.integers(0, 20, len(y)), rng.integers(0, 25, len(y))
    total, count = _sums(first * 25 + second, y)
    columns = {
        "branch": [f"b{code}" for code in first],
        "product": [f"p{code}" for code in second],
        "level": ((total + 2 * y.mean()) / (count + 2)).round(5),
    }
    return Case(shuffled(rng, with_columns(rng, honest.frame, columns).assign(y=y)), "y", columns=("level",))


def level_dropped(rng: np.random.Generator) -> Case:
    """The mean by level, while the level's column is no longer in the table."""
    honest, y, level = _drawn(rng)
    total, count = _sums(level, y)
    frame = with_columns(rng, honest.frame, {"index_b": (total / count).round(6)}).assign(y=y)
    return Case(shuffled(rng, frame), "y", columns=("index_b",))


def mean_of_amounts(rng: np.random.Generator) -> Case:
    """The mean of a number by level with three rows a level, own row included; honest R2 .4, cheating .6."""
    honest = features(rng)
    y = amounts(rng, honest.signal).round(1)
    level = rng.integers(0, len(y) // 3, len(y))
    total, count = _sums(level, y)
    return _case(rng, honest, y, level, (total / count).round(3), "amount")


def median_of_amounts(rng: np.random.Generator) -> Case:
    """The median of a number by level, own row included."""
    honest = features(rng)
    y = amounts(rng, honest.signal).round(1)
    level = rng.integers(0, len(y) // 3, len(y))
    return _case(rng, honest, y, level, pd.Series(y).groupby(level).transform("median").to_numpy(), "amount")


def _drawn(rng: np.random.Generator, *, even: bool = True, rows_a_level: tuple[int, int] = (3, 6)) -> tuple:
    """Honest features, two classes, and a level a row that says nothing: as many rows a level, or few to many."""
    honest = features(rng)
    y = two_classes(rng, honest.signal, float(rng.uniform(0.25, 0.5)))
    levels = len(y) // int(rng.integers(*rows_a_level, endpoint=True))
    share = np.ones(levels) if even else rng.exponential(1, levels)
    return honest, y, rng.choice(levels, len(y), p=share / share.sum())


def _sums(level: Numbers, y: Numbers, levels: int | None = None, *, by_level: bool = False) -> tuple[Numbers, Numbers]:
    """Sum of the target and number of rows of each row's level, or of each level."""
    levels = int(level.max()) + 1 if levels is None else int(levels)
    total, count = np.bincount(level, y, levels), np.bincount(level, minlength=levels)
    return (total, count) if by_level else (total[level], count[level])


def _case(rng: np.random.Generator, honest, y, level, encoded, target: str = "y") -> Case:
    columns = {"agent": [f"A{code:03d}" for code in level], "index_b": encoded}
    frame = with_columns(rng, honest.frame, columns).assign(**{target: y})
    return Case(shuffled(rng, frame), target, columns=("index_b",))


KINDS: dict[str, Generator] = {
    "encoding: mean": plain_mean,
    "encoding: smoothed mean": smoothed,
    "encoding: leave one out": leave_one_out,
    "encoding: by folds": by_folds,
    "encoding: weight of evidence": weight_of_evidence,
    "encoding: with noise": noisy,
    "encoding: sum by level": sum_by_level,
    "encoding: of two columns together": of_two_columns,
    "encoding: the level's column dropped": level_dropped,
    "encoding: mean of a number": mean_of_amounts,
    "encoding: median of a number": median_of_amounts,
}

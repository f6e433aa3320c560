"""The target once more, in another unit, scale, order or class scheme.

Honest score: R2 .5 or AUC .78. Cheating: near 1 by that column alone.
"""

import numpy as np
from scipy.stats import rankdata

from benchmarks.cases import Case, Generator
from benchmarks.feature_tables import (
    Numbers,
    amounts,
    features,
    score,
    several_classes,
    shuffled,
    two_classes,
    with_columns,
)


def other_unit(rng: np.random.Generator) -> Case:
    """Pounds in place of kilograms, rounded to a whole number."""
    return _number(rng, lambda y: (y * 2.2046).round())


def other_unit_noisy(rng: np.random.Generator) -> Case:
    """Fahrenheit by a second instrument: a linear form with noise of 2 % of the spread."""
    return _number(rng, lambda y: (32 + 1.8 * y + 0.02 * 1.8 * y.std() * rng.normal(size=len(y))).round(1))


def logarithm(rng: np.random.Generator) -> Case:
    """log(1 + y)."""
    return _number(rng, lambda y: np.log1p(np.clip(y, 0, None)).round(5))


def rank(rng: np.random.Generator) -> Case:
    """The place of the row in the order of the target, in percent."""
    return _number(rng, lambda y: (100 * rankdata(y) / len(y)).round(1))


def binned(rng: np.random.Generator) -> Case:
    """The decile of the target, as a label."""
    letters = np.array(list("KCFABHGDJE"))
    return _number(rng, lambda y: letters[np.digitize(y, np.quantile(y, np.linspace(0, 1, 11)[1:-1]))])


def with_noise(rng: np.random.Generator) -> Case:
    """A later estimate of the target, off by a tenth of its spread."""
    return _number(rng, lambda y: (y + 0.1 * y.std() * rng.normal(size=len(y))).round(1))


def standardised(rng: np.random.Generator) -> Case:
    """The target with mean 0 and sd 1, left over from another model."""
    return _number(rng, score)


def negative_square(rng: np.random.Generator) -> Case:
    """A form that falls: 1 / y."""
    return _number(rng, lambda y: (1_000 / np.clip(y, 1, None)).round(4))


def other_model(rng: np.random.Generator) -> Case:
    """The probability by a model that was fitted with these rows: .97 AUC, honest .78."""
    honest = features(rng)
    y = two_classes(rng, honest.signal)
    probability = 1 / (1 + np.exp(-(2.6 * (2 * y - 1) + 0.8 * honest.signal + 1.2 * rng.normal(size=len(y)))))
    frame = with_columns(rng, honest.frame, {"band_p": probability.round(4)}).assign(y=y)
    return Case(shuffled(rng, frame), "y", columns=("band_p",))


def one_class(rng: np.random.Generator) -> Case:
    """Of four classes, a column that says whether a row is of the second (99 %): each other class stays open."""
    honest = features(rng)
    y = several_classes(rng, honest.signal)
    flag = (y == "birch") ^ (rng.random(len(y)) < 0.01)
    return _classes(rng, honest, y, np.where(flag, 1, 0))


def finer_classes(rng: np.random.Generator) -> Case:
    """A category of which each class of the target has three to five levels of its own."""
    honest = features(rng)
    y = several_classes(rng, honest.signal)
    codes = {
        name: rng.choice(900, int(rng.integers(3, 6)), replace=False) * 4 + k for k, name in enumerate(sorted(set(y)))
    }
    return _classes(rng, honest, y, [f"c{rng.choice(codes[name])}" for name in y])


def coarser_classes(rng: np.random.Generator) -> Case:
    """The group of classes that a class belongs to: 4 classes in 2 groups, honest accuracy .45, cheating .65."""
    honest = features(rng)
    y = several_classes(rng, honest.signal)
    return _classes(rng, honest, y, np.where(np.isin(y, ["ash", "cedar"]), "x", "z"))


def two_class_codes(rng: np.random.Generator) -> Case:
    """Two classes as ten codes, five each, in any order: no number or text that resembles the target."""
    honest = features(rng)
    y = two_classes(rng, honest.signal)
    codes = rng.permutation(100)[:10] + 300
    frame = with_columns(rng, honest.frame, {"kind_c": codes[rng.integers(0, 5, len(y)) + 5 * y]}).assign(y=y)
    return Case(shuffled(rng, frame), "y", columns=("kind_c",))


def _number(rng: np.random.Generator, form) -> Case:
    honest = features(rng)
    y: Numbers = amounts(rng, honest.signal).round(2)
    frame = with_columns(rng, honest.frame, {"reading_2": form(y)}).assign(outcome=y)
    return Case(shuffled(rng, frame), "outcome", columns=("reading_2",))


def _classes(rng: np.random.Generator, honest, y, values) -> Case:
    frame = with_columns(rng, honest.frame, {"type_2": values}).assign(tree=y)
    return Case(shuffled(rng, frame), "tree", columns=("type_2",))


KINDS: dict[str, Generator] = {
    "restated: another unit, rounded": other_unit,
    "restated: another unit, with noise": other_unit_noisy,
    "restated: logarithm": logarithm,
    "restated: inverse": negative_square,
    "restated: percent rank": rank,
    "restated: deciles as labels": binned,
    "restated: with noise of a tenth": with_noise,
    "restated: standardised": standardised,
    "restated: another model's probability": other_model,
    "restated: one of four classes": one_class,
    "restated: finer classes": finer_classes,
    "restated: coarser classes": coarser_classes,
    "restated: ten codes of two classes": two_class_codes,
}

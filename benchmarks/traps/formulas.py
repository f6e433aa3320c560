"""Targets that other columns make by a formula: sums, products, ratios, and classes that are cut from them.

Honest score: R2 .3 to .5 or AUC .78 by the other features. Cheating: exact, or exact but for rounding; trees reach
R2 .6 to .99 of it.
"""

from functools import partial

import numpy as np

from benchmarks.cases import Case, Generator
from benchmarks.feature_tables import Features, Numbers, features, score, shuffled, with_columns

_PARTS = ("area_1", "area_2", "area_3", "area_4", "area_5", "area_6")


def exact_sum(rng: np.random.Generator, parts: int) -> Case:
    """The target is the sum of its parts, to the cent."""
    honest = features(rng)
    values = _parts(rng, honest, parts)
    return _case(rng, honest, values, values.sum(axis=1).round(2))


def weighted_sum(rng: np.random.Generator) -> Case:
    """Points by a scheme: each of three parts times a weight of its own, rounded to a tenth."""
    honest = features(rng)
    values = _parts(rng, honest, 3)
    weights = rng.uniform(0.2, 3, 3).round(1)
    return _case(rng, honest, values, (values @ weights).round(1))


def product(rng: np.random.Generator) -> Case:
    """Quantity times price."""
    honest = features(rng)
    quantity = rng.poisson(6, honest.rows) + 1
    price = np.exp(2.5 + 0.5 * honest.signal + 0.4 * rng.normal(size=honest.rows)).round(2)
    return _case(rng, honest, np.column_stack([quantity, price]), (quantity * price).round(2))


def ratio(rng: np.random.Generator, digits: int) -> Case:
    """One amount over another, rounded."""
    honest = features(rng)
    above = np.exp(8 + 0.4 * honest.signal + 0.5 * rng.normal(size=honest.rows)).round()
    below = rng.lognormal(4, 0.6, honest.rows).round() + 1
    return _case(rng, honest, np.column_stack([above, below]), (above / below).round(digits))


def annuity(rng: np.random.Generator) -> Case:
    """The monthly payment of a loan by amount, yearly rate and months, rounded to a whole number."""
    honest = features(rng)
    loan = np.exp(9.5 + 0.5 * honest.signal + 0.4 * rng.normal(size=honest.rows)).round(-2)
    rate = rng.uniform(0.02, 0.14, honest.rows).round(4)
    months = rng.choice([12, 24, 36, 48, 60, 84], honest.rows)
    monthly = rate / 12
    payment = loan * monthly / (1 - (1 + monthly) ** -months)
    return _case(rng, honest, np.column_stack([loan, rate, months]), payment.round())


def logarithms(rng: np.random.Generator) -> Case:
    """A grade log(a) - 2 log(b) + 3, rounded to two digits, such as an index of the body."""
    honest = features(rng)
    first = np.exp(4 + 0.3 * honest.signal + 0.3 * rng.normal(size=honest.rows)).round(1)
    second = rng.lognormal(0.5, 0.25, honest.rows).round(3)
    return _case(rng, honest, np.column_stack([first, second]), (np.log(first) - 2 * np.log(second) + 3).round(2))


def mean_of_parts(rng: np.random.Generator) -> Case:
    """A mark that is the mean of five partial marks, rounded to a whole number."""
    honest = features(rng)
    marks = np.clip(rng.normal(60, 18, size=(honest.rows, 5)) + 9 * honest.signal[:, None], 0, 100).round()
    return _case(rng, honest, marks, marks.mean(axis=1).round())


def cut_sum(rng: np.random.Generator) -> Case:
    """Positive where the sum of three amounts exceeds a limit; honest AUC .9 of each, cheating 1."""
    honest = features(rng)
    values = _parts(rng, honest, 3)
    total = values.sum(axis=1)
    return _case(rng, honest, values, (total > np.quantile(total, rng.uniform(0.5, 0.8))).astype(int))


def cut_difference(rng: np.random.Generator) -> Case:
    """Positive where spending exceeds the budget."""
    honest = features(rng)
    budget = rng.lognormal(6, 0.5, honest.rows).round(1)
    spent = (budget * np.exp(0.25 * rng.normal(size=honest.rows) + 0.15 * honest.signal - 0.1)).round(1)
    return _case(rng, honest, np.column_stack([budget, spent]), (spent > budget).astype(int))


def cut_ratio(rng: np.random.Generator) -> Case:
    """Positive where debt over income exceeds .4."""
    honest = features(rng)
    income = rng.lognormal(8, 0.5, honest.rows).round()
    debt = (income * np.exp(-1 + 0.4 * rng.normal(size=honest.rows) + 0.3 * honest.signal)).round()
    return _case(rng, honest, np.column_stack([income, debt]), (debt / income > 0.4).astype(int))


def cut_column(rng: np.random.Generator) -> Case:
    """Positive where one measurement exceeds a limit, the measurement written down with a little noise."""
    honest = features(rng)
    exact = 0.6 * honest.signal + 0.8 * rng.normal(size=honest.rows)
    y = (exact > np.quantile(exact, 0.7)).astype(int)
    written = (50 + 10 * (exact + 0.02 * rng.normal(size=honest.rows))).round(2)
    return _case(rng, honest, written[:, None], y)


def classes_of_sum(rng: np.random.Generator) -> Case:
    """Four grades by the sum of three partial points."""
    honest = features(rng)
    points = np.clip(rng.normal(12, 4, size=(honest.rows, 3)) + 2 * honest.signal[:, None], 0, 25).round()
    grade = np.array(["D", "C", "B", "A"])[np.digitize(points.sum(axis=1), [29, 37, 45])]
    return _case(rng, honest, points, grade)


def _parts(rng: np.random.Generator, honest: Features, parts: int) -> Numbers:
    """Amounts to the cent of which the signal explains a part."""
    base = rng.normal(size=(honest.rows, parts)) + 0.5 * score(honest.signal)[:, None]
    return np.exp(4 + 0.45 * base).round(2)


def _case(rng: np.random.Generator, honest: Features, values: Numbers, y: Numbers) -> Case:
    names = _PARTS[: values.shape[1]]
    columns = {name: values[:, place] for place, name in enumerate(names)}
    return Case(shuffled(rng, with_columns(rng, honest.frame, columns).assign(result=y)), "result", columns=names)


KINDS: dict[str, Generator] = {
    "formula: sum of 2 parts": partial(exact_sum, parts=2),
    "formula: sum of 4 parts": partial(exact_sum, parts=4),
    "formula: sum of 6 parts": partial(exact_sum, parts=6),
    "formula: weighted sum": weighted_sum,
    "formula: rounded mean of 5 parts": mean_of_parts,
    "formula: product": product,
    "formula: ratio, 2 digits": partial(ratio, digits=2),
    "formula: ratio, rounded to integers": partial(ratio, digits=0),
    "formula: annuity, rounded": annuity,
    "formula: logarithms, rounded": logarithms,
    "cut: sum of 3": cut_sum,
    "cut: difference": cut_difference,
    "cut: ratio": cut_ratio,
    "cut: one column, written with noise": cut_column,
    "cut: grades of a sum": classes_of_sum,
}

"""Sparse linear relations that hold to the last digit that was written down."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from finetooth.leakage.columns import Floats

EXACT = 1e-9  # 1 - R2 of the least squares
ROUNDED = 1e-4  # the same where parts and result were rounded
TERMS = 30  # in a relation
MIDDLE = 0.1  # share of rows below and above the middle ones
WIDE = 2  # rows a column below which all columns together would fit by chance
SLACK = 1.1  # least squares moves a bound of half a unit a little, and more with more columns


@dataclass(frozen=True, slots=True)
class Problem:
    """A target (n,), columns (n, p), and what was written down: `unit` of the target, `units` (p,) of the columns.

    `y` is the target on the scale on which the columns add up, `target` as it is. `per` (n,) is how much of the target
    one on that scale makes: the derivative at each row.
    """

    X: Floats
    y: Floats
    target: Floats
    per: Floats
    unit: float
    units: Floats


def written_unit(values: Floats) -> float:
    """The step of the numbers as they were written: .01 for two decimals, 5 for multiples of five; 0 if there is none.

    Of at most 2,000 finite values (n,).
    """
    sample = values[np.isfinite(values)][:2_000]
    if not len(sample):
        return 0.0
    scale = float(np.abs(sample).max())
    for decimals in range(-6, 9):
        for step in (5.0, 1.0):
            unit = step * 10.0**-decimals
            if unit > scale or unit < 1e-13 * scale:
                continue
            steps = sample / unit
            if np.abs(steps - np.round(steps)).max() <= 1e-6:
                return unit if scale / unit < 1e9 else 0.0
    return 0.0


def support(problem: Problem) -> NDArray[np.intp] | None:
    """The columns of a sparse relation that holds to the last digit, or None."""
    spread = problem.X.std(axis=0)
    moving = np.flatnonzero(spread > 1e-12 * np.maximum(np.abs(problem.X).max(axis=0), 1e-300))
    if not len(moving) or np.ptp(problem.y) == 0:
        return None
    if len(problem.y) > WIDE * len(moving) + 20:
        if not holds(problem, moving):
            return None
        weights = np.abs(fit(problem, moving)[:-1] * spread[moving])
        return _pruned(problem, _shortest(problem, moving[np.argsort(-weights)]))
    chosen = _pursuit(problem, moving)
    return None if chosen is None else _pruned(problem, chosen)


def fit(problem: Problem, columns: NDArray[np.intp]) -> Floats:
    """The weights of the columns and the constant (k + 1,), by least squares in the target's unit."""
    A = np.column_stack([problem.X[:, columns], np.ones(len(problem.y))]) * problem.per[:, None]
    sizes = np.maximum(np.abs(A).max(axis=0), 1e-300)
    weights: Floats = np.linalg.lstsq(A / sizes, problem.y * problem.per, rcond=None)[0] / sizes
    return weights


def holds(problem: Problem, columns: NDArray[np.intp]) -> bool:
    """Whether the columns give the target in each row to the last digit that was written down."""
    weights = fit(problem, columns)
    residual = (problem.y - problem.X[:, columns] @ weights[:-1] - weights[-1]) * problem.per
    target = problem.target
    # A few rows with a large value must not stand for all, so the middle of them counts by itself.
    low, high = np.quantile(target, [MIDDLE, 1 - MIDDLE])
    middle = (target >= low) & (target <= high)
    parts = (np.ones(len(target), dtype=bool), middle) if high > low else (np.ones(len(target), dtype=bool),)
    unexplained = max(float((residual[part] ** 2).mean()) / max(float(target[part].var()), 1e-300) for part in parts)
    if unexplained <= EXACT:
        return True
    largest = float(np.abs(residual).max())
    half = problem.unit / 2
    slack = SLACK + 3 * np.sqrt(len(columns) / len(target))
    if half > 0 and largest <= slack * half and float(target.std()) > 2 * problem.unit:
        return True
    shares = np.abs(weights[:-1]) * problem.units[columns]
    # Half a unit of each part; of many parts, four standard deviations of the sum of their rounding errors.
    by_parts = min(float(shares.sum()) / 2, 4 * float(np.sqrt((shares**2).sum() / 12)))
    return unexplained <= ROUNDED and largest <= slack * (half + by_parts)


def _shortest(problem: Problem, order: NDArray[np.intp]) -> NDArray[np.intp]:
    """The first columns of an order that are enough."""
    low, high = 0, len(order)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(problem, order[:middle]) else (middle, high)
    return order[:high]


def _pruned(problem: Problem, columns: NDArray[np.intp]) -> NDArray[np.intp] | None:
    """Without what can be left out; None for a relation of too many columns."""
    if len(columns) > 4 * TERMS:
        return None
    for column in columns[::-1]:
        without = columns[columns != column]
        if len(without) and holds(problem, without):
            columns = without
    return columns if len(columns) <= TERMS and len(problem.y) > 2 * len(columns) + 20 else None


def _pursuit(problem: Problem, moving: NDArray[np.intp]) -> NDArray[np.intp] | None:
    """Orthogonal matching pursuit (Pati 1993), for more columns than rows can tell apart at once."""
    A = problem.X[:, moving] * problem.per[:, None]
    A = A - A.mean(axis=0)
    A /= np.maximum(np.sqrt((A**2).sum(axis=0)), 1e-300)
    y = problem.y * problem.per
    residual = y - y.mean()
    basis: list[Floats] = []
    chosen: list[int] = []
    for _ in range(min(TERMS, len(y) // 4)):
        best = int(np.argmax(np.abs(A.T @ residual)))
        if best in chosen:
            return None
        chosen.append(best)
        direction = A[:, best].copy()
        for _ in range(2):
            for each in basis:
                direction -= each * (each @ direction)
        basis.append(direction / max(float(np.linalg.norm(direction)), 1e-300))
        residual = residual - basis[-1] * (basis[-1] @ residual)
        if (residual**2).sum() <= 0.01 * ((y - y.mean()) ** 2).sum() and holds(problem, moving[chosen]):
            return moving[chosen]
    return None

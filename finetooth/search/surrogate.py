"""What the genetic search asks before it tries an offspring: a Gaussian process, and extra trees that correct it.

The process knows where it is unsure and bends smoothly; trees know steps and plateaus. Their mean is a better guess than
either (benchmarks/search_quality.py); the spread is that of the process.
"""

import math
from dataclasses import dataclass, replace

import numpy as np

from finetooth.search import forest, gaussian
from finetooth.search.encoding import Columns, Matrix


@dataclass(frozen=True, slots=True)
class Surrogate:
    """A fitted process and, unless they are switched off, trees."""

    process: gaussian.Process
    trees: forest.Trees


def fit(columns: Columns, targets: Matrix, rng: np.random.Generator, trees: int) -> Surrogate:
    """Fit to `targets` (n,), which are standard scores, larger is better."""
    return Surrogate(gaussian.fit(columns, targets), forest.fit(columns.values, targets, rng, trees))


def predict(surrogate: Surrogate, values: Matrix) -> tuple[Matrix, Matrix]:
    """Mean and standard deviation (m,) of the score at `values` (m, columns)."""
    mean, deviation = gaussian.predict(surrogate.process, values)
    return (mean + forest.predict(surrogate.trees, values)) / 2 if surrogate.trees else mean, deviation


def believe(surrogate: Surrogate, values: Matrix) -> Surrogate:
    """The surrogate as if trials at `values` (m, columns) had come out as its process guesses."""
    return replace(surrogate, process=gaussian.believe(surrogate.process, values))


def expected_improvement(mean: Matrix, deviation: Matrix, best: float) -> Matrix:
    """The mean gain over `best` (m,), larger scores being better (Jones, Schonlau and Welch 1998, equation 15)."""
    from scipy.special import ndtr

    ratio = (mean - best) / deviation
    density = np.exp(-0.5 * ratio * ratio) / math.sqrt(2 * math.pi)
    return np.asarray(deviation * (ratio * ndtr(ratio) + density), float)

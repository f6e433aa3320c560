"""What the genetic search asks before it tries an offspring: a Gaussian process, and extra trees that correct it.

The process knows where it is unsure and bends smoothly; trees know steps and plateaus. Where the process alone cannot
guess a trial that is left out, their mean is the better guess (benchmarks/search_quality.py).
"""

import math
from dataclasses import dataclass, replace

import numpy as np

from finetooth.search import forest, gaussian
from finetooth.search.encoding import Columns, Matrix

TRUSTED = (0.5, 0.9)  # shares of explained variance between which the trees lose their half of the mean


@dataclass(frozen=True, slots=True)
class Surrogate:
    """A fitted process, trees, and the weight of the trees in the mean; the spread is that of the process."""

    process: gaussian.Process
    trees: forest.Trees
    weight: float


def fit(columns: Columns, targets: Matrix, rng: np.random.Generator, trees: int) -> Surrogate:
    """Fit to `targets` (n,), which are standard scores, larger is better."""
    process = gaussian.fit(columns, targets)
    weight = round(float(np.interp(gaussian.explained(process), TRUSTED, (0.5, 0.0))), 2) if trees else 0.0
    grown = forest.fit(columns.values, targets, rng, trees) if weight else ()
    return Surrogate(process, grown, weight)


def predict(surrogate: Surrogate, values: Matrix) -> tuple[Matrix, Matrix]:
    """Mean and standard deviation (m,) of the score at `values` (m, columns)."""
    mean, deviation = gaussian.predict(surrogate.process, values)
    if surrogate.trees:
        mean = (1 - surrogate.weight) * mean + surrogate.weight * forest.predict(surrogate.trees, values)
    return mean, deviation


def believe(surrogate: Surrogate, values: Matrix) -> Surrogate:
    """The surrogate as if trials at `values` (m, columns) had come out as its process guesses."""
    return replace(surrogate, process=gaussian.believe(surrogate.process, values))


def expected_improvement(mean: Matrix, deviation: Matrix, best: float) -> Matrix:
    """The mean gain over `best` (m,), larger scores being better (Jones, Schonlau and Welch 1998, equation 15)."""
    from scipy.special import ndtr

    ratio = (mean - best) / deviation
    density = np.exp(-0.5 * ratio * ratio) / math.sqrt(2 * math.pi)
    return np.asarray(deviation * (ratio * ndtr(ratio) + density), float)

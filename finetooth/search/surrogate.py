"""A Gaussian process that guesses how good a candidate is, and how sure that guess is.

Matern 5/2 kernel with one length scale a parameter, fitted by maximum a posteriori (Rasmussen and Williams 2006,
chapters 2 and 5; priors on the length scales grow with the dimension, Hvarfner et al. 2024).
"""

import math
from dataclasses import dataclass

import numpy as np

from finetooth.search.encoding import Columns, Matrix, Places

LENGTH_SPREAD = 1.6  # standard deviation of the prior on a log length scale
LOG_NOISE, NOISE_SPREAD = -6.0, 2.0
FITTED = 72  # length scales are fitted on so many trials, which bounds the time of a proposal
STEPS = 15
DIGITS = 2  # length scales are rounded, so that last digits, which differ between machines, decide nothing


@dataclass(frozen=True, slots=True)
class Process:
    """A fitted process: scaled inputs (n, columns), the Cholesky factor of their covariance, and its solution."""

    inputs: Matrix
    targets: Matrix
    lengths: Matrix
    noise: float
    scale: float
    factor: Matrix
    weights: Matrix


def fit(columns: Columns, targets: Matrix) -> Process:
    """Fit to `targets` (n,), which are standard scores, larger is better."""
    # Every k-th of the ranks: the subset that fits the length scales spans good and bad alike.
    order = np.argsort(-targets, kind="stable")
    chosen = np.sort(order[np.unique(np.linspace(0, len(order) - 1, min(FITTED, len(order))).round().astype(int))])
    theta = _fit_scales(columns.values[chosen], columns.groups, targets[chosen])
    lengths = np.exp(theta[:-1])[columns.groups]
    return _posterior(columns.values / lengths, targets, lengths, math.exp(theta[-1]), scale=None)


def predict(process: Process, values: Matrix) -> tuple[Matrix, Matrix]:
    """Mean and standard deviation (m,) of the score at `values` (m, columns)."""
    from scipy.linalg import solve_triangular

    across = _across(process, values)
    half = solve_triangular(process.factor, across.T, lower=True, check_finite=False)
    variance = np.maximum(1.0 - (half * half).sum(0), 1e-9) * process.scale
    return across @ process.weights, np.sqrt(variance)


def mean(process: Process, values: Matrix) -> Matrix:
    """The mean (m,) alone, which is the smaller part of the work."""
    return np.asarray(_across(process, values) @ process.weights, float)


def believe(process: Process, values: Matrix) -> Process:
    """The process as if trials at `values` (m, columns) had come out as it guesses (Ginsbourger et al. 2010)."""
    inputs = np.vstack([process.inputs, values / process.lengths])
    targets = np.concatenate([process.targets, mean(process, values)])
    return _posterior(inputs, targets, process.lengths, process.noise, process.scale)


def success(process: Process, failed: Matrix, values: Matrix) -> Matrix:
    """How likely (m,) a trial at `values` is not to fail: the share of completed trials among those near it.

    Nearness is the covariance of the process, and one success is taken for granted, so that a failure of a worker does
    not close a region in which others came through. `failed` (n, columns), `values` (m, columns).
    """
    scaled = values / process.lengths
    completed = 1.0 + _matern(_distances(scaled, process.inputs)).sum(1)
    return np.asarray(completed / (completed + _matern(_distances(scaled, failed / process.lengths)).sum(1)), float)


def _posterior(inputs: Matrix, targets: Matrix, lengths: Matrix, noise: float, scale: float | None) -> Process:
    from scipy.linalg import cho_solve

    covariance = _matern(_distances(inputs, inputs)) + noise * np.eye(len(targets))
    factor = np.asarray(np.linalg.cholesky(covariance), float)
    weights = cho_solve((factor, True), targets, check_finite=False)
    scale = max(float(targets @ weights) / len(targets), 1e-9) if scale is None else scale
    return Process(inputs, targets, lengths, noise, scale, factor, weights)


def _across(process: Process, values: Matrix) -> Matrix:
    return _matern(_distances(values / process.lengths, process.inputs))


# The matrices below are so large that fetching memory for each intermediate one would take longer than its arithmetic.
def _distances(left: Matrix, right: Matrix) -> Matrix:
    """The root of five times the squared distances."""
    found = np.asarray((left * left).sum(1)[:, None] + (right * right).sum(1)[None], float)
    found -= 2 * left @ right.T
    np.maximum(found, 0, out=found)
    found *= 5
    np.sqrt(found, out=found)
    return found


def _matern(distances: Matrix) -> Matrix:
    """(1 + d + d^2 / 3) exp(-d); `distances` is overwritten."""
    decay = np.negative(distances)
    np.exp(decay, out=decay)
    found = distances * distances
    found /= 3
    distances += 1
    found += distances
    found *= decay
    return found


def _fit_scales(values: Matrix, groups: Places, targets: Matrix) -> Matrix:
    """Log length scales (groups,) and, last, the log noise, at the highest posterior density."""
    from scipy.linalg import cho_solve
    from scipy.optimize import minimize

    count, size = int(groups.max()) + 1, len(targets)
    apart = (values[:, None, :] - values[None, :, :]) ** 2
    squares = np.array([apart[:, :, groups == group].sum(-1).ravel() for group in range(count)])
    unit = np.eye(size)
    middle = np.r_[np.full(count, math.log(0.5 * math.sqrt(count))), LOG_NOISE]
    spread = np.r_[np.full(count, LENGTH_SPREAD), NOISE_SPREAD]

    def loss(theta: Matrix) -> tuple[float, Matrix]:
        inverse, noise = np.exp(-2 * theta[:-1]), math.exp(theta[-1])
        root = np.sqrt(5 * np.dot(inverse[None], squares).reshape(size, size))
        decay = np.exp(-root)
        factor = np.linalg.cholesky((1 + root + root * root / 3) * decay + noise * unit)
        inverted = cho_solve((factor, True), unit, check_finite=False)
        weights = inverted @ targets
        scale = max(float(targets @ weights) / size, 1e-9)  # its best value in closed form
        slope = 0.5 * (inverted - weights[:, None] * weights / scale)
        # The derivative of the kernel by the squared distance is -(5/6)(1 + root) exp(-root).
        inner = slope * (5 / 6) * (1 + root) * decay
        gradient = np.append(2 * inverse * np.dot(squares, inner.reshape(-1, 1)).ravel(), noise * np.trace(slope))
        off = (theta - middle) / spread
        value = 0.5 * size * math.log(scale) + float(np.log(np.diag(factor)).sum()) + 0.5 * float(off @ off)
        return value, gradient + off / spread

    bounds = [(-4.0, 5.0)] * count + [(-12.0, 0.0)]
    found = minimize(loss, middle, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": STEPS})
    return np.asarray(np.round(found.x, DIGITS), float)


def expected_improvement(mean: Matrix, deviation: Matrix, best: float) -> Matrix:
    """The mean gain over `best` (m,), larger scores being better (Jones, Schonlau and Welch 1998, equation 15)."""
    from scipy.special import ndtr

    ratio = (mean - best) / deviation
    density = np.exp(-0.5 * ratio * ratio) / math.sqrt(2 * math.pi)
    return np.asarray(deviation * (ratio * ndtr(ratio) + density), float)

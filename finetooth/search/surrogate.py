"""A Gaussian process that guesses how good a candidate is, and how sure that guess is.

Matern 5/2 kernel with one length scale a parameter, fitted by maximum a posteriori (Rasmussen and Williams 2006,
chapters 2 and 5; priors on the length scales grow with the dimension, Hvarfner et al. 2024).
"""

import math
from dataclasses import dataclass

import numpy as np

from finetooth.search.encoding import Features, Indices, Matrix

LENGTH_SPREAD = 1.6  # standard deviation of the prior on a log length scale
LOG_NOISE, NOISE_SPREAD = -6.0, 2.0
MOST_FITTED = 72  # trials that the length scales are fitted on, which bounds the time of a proposal
MOST_ITERATIONS = 15  # of L-BFGS-B
DIGITS = 2  # length scales are rounded, so that last digits, which differ between machines, decide nothing


@dataclass(frozen=True, slots=True)
class GaussianProcess:
    """A fitted process.

    Its inputs (n, features) are divided by their length scales; beside them the Cholesky factor and its solution.
    """

    inputs: Matrix
    lengths: Matrix
    scale: float
    factor: Matrix
    weights: Matrix


def fit(features: Features, targets: Matrix) -> GaussianProcess:
    """Fit to `targets` (n,), which are standard scores, larger is better."""
    # Every k-th of the ranks: the subset that fits the length scales spans good and bad alike.
    order = np.argsort(-targets, kind="stable")
    chosen = np.sort(order[np.unique(np.linspace(0, len(order) - 1, min(MOST_FITTED, len(order))).round().astype(int))])
    theta = _fit_lengths(features.values[chosen], features.groups, targets[chosen])
    lengths = np.exp(theta[:-1])[features.groups]
    return _posterior(features.values / lengths, targets, lengths, math.exp(theta[-1]))


def predict(process: GaussianProcess, values: Matrix) -> tuple[Matrix, Matrix]:
    """Mean and standard deviation (m,) of the score at `values` (m, features)."""
    from scipy.linalg import solve_triangular

    covariance = _cross_covariance(process, values)
    half = solve_triangular(process.factor, covariance.T, lower=True, check_finite=False)
    variance = np.maximum(1.0 - (half * half).sum(0), 1e-9) * process.scale
    return covariance @ process.weights, np.sqrt(variance)


def predict_mean(process: GaussianProcess, values: Matrix) -> Matrix:
    """The mean (m,) of the score at `values` alone, which is the smaller part of the work."""
    return np.asarray(_cross_covariance(process, values) @ process.weights, float)


def success_probability(process: GaussianProcess, failed: Matrix, values: Matrix) -> Matrix:
    """The probability (m,) that a trial at `values` does not fail: the share of completed trials among those near it.

    Trials are weighted by the covariance of the process, and one success is added, so that the failure of a worker does
    not rule out a region in which others completed. `failed` (n, features), `values` (m, features).
    """
    scaled = values / process.lengths
    completed = 1.0 + _matern(_distances(scaled, process.inputs)).sum(1)
    return np.asarray(completed / (completed + _matern(_distances(scaled, failed / process.lengths)).sum(1)), float)


def _posterior(inputs: Matrix, targets: Matrix, lengths: Matrix, noise: float) -> GaussianProcess:
    from scipy.linalg import cho_solve

    covariance = _matern(_distances(inputs, inputs)) + noise * np.eye(len(targets))
    factor = np.asarray(np.linalg.cholesky(covariance), float)
    weights = cho_solve((factor, True), targets, check_finite=False)
    scale = max(float(targets @ weights) / len(targets), 1e-9)
    return GaussianProcess(inputs, lengths, scale, factor, weights)


def _cross_covariance(process: GaussianProcess, values: Matrix) -> Matrix:
    return _matern(_distances(values / process.lengths, process.inputs))


# The matrices below are so large that fetching memory for each intermediate one would take longer than its arithmetic.
def _distances(left: Matrix, right: Matrix) -> Matrix:
    """The root of five times the squared distances."""
    distances = np.asarray((left * left).sum(1)[:, None] + (right * right).sum(1)[None], float)
    distances -= 2 * left @ right.T
    np.maximum(distances, 0, out=distances)
    distances *= 5
    np.sqrt(distances, out=distances)
    return distances


def _matern(distances: Matrix) -> Matrix:
    """(1 + d + d^2 / 3) exp(-d); `distances` is overwritten."""
    decay = np.negative(distances)
    np.exp(decay, out=decay)
    covariance = distances * distances
    covariance /= 3
    distances += 1
    covariance += distances
    covariance *= decay
    return covariance


def _fit_lengths(values: Matrix, groups: Indices, targets: Matrix) -> Matrix:
    """Log length scales (groups,) and, last, the log noise, at the highest posterior density."""
    from scipy.linalg import cho_solve
    from scipy.optimize import minimize

    count, size = int(groups.max()) + 1, len(targets)
    differences = (values[:, None, :] - values[None, :, :]) ** 2
    squares = np.array([differences[:, :, groups == group].sum(-1).ravel() for group in range(count)])
    unit = np.eye(size)
    prior_mean = np.r_[np.full(count, math.log(0.5 * math.sqrt(count))), LOG_NOISE]
    prior_spread = np.r_[np.full(count, LENGTH_SPREAD), NOISE_SPREAD]

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
        deviation = (theta - prior_mean) / prior_spread
        value = 0.5 * size * math.log(scale) + float(np.log(np.diag(factor)).sum()) + 0.5 * float(deviation @ deviation)
        return value, gradient + deviation / prior_spread

    bounds = [(-4.0, 5.0)] * count + [(-12.0, 0.0)]
    result = minimize(
        loss, prior_mean, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": MOST_ITERATIONS}
    )
    return np.asarray(np.round(result.x, DIGITS), float)


def expected_improvement(mean: Matrix, deviation: Matrix, best: float) -> Matrix:
    """The mean gain over `best` (m,), larger scores being better (Jones, Schonlau and Welch 1998, equation 15)."""
    from scipy.special import ndtr

    ratio = (mean - best) / deviation
    density = np.exp(-0.5 * ratio * ratio) / math.sqrt(2 * math.pi)
    return np.asarray(deviation * (ratio * ndtr(ratio) + density), float)

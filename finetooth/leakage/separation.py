"""A direction along which two classes are in perfect order, but for what rounding swaps."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from sklearn.linear_model import LogisticRegression

from finetooth.leakage.association import auc
from finetooth.leakage.columns import Floats

INVERSE_PENALTY = 1e4
LARGEST = 1e7  # weight
SWAPPED = 0.002  # share of rows that rounding may swap at the boundary
CLOSE = 2e-3  # SDs of the direction that they may be from it
ROUNDS = 10  # of the linear program, each with more rows


def logistic() -> LogisticRegression:
    return LogisticRegression(C=INVERSE_PENALTY, max_iter=300)


def fitted(X: Floats, upper: NDArray[np.bool_]) -> Floats:
    """Weights and constant (k + 1,) of a logistic regression.

    On principal axes as well, since columns such as two dates hardly differ: whichever parts the classes better.
    """
    plain = logistic().fit(X, upper)
    axes, turned = axes_of(X)
    model = logistic().fit(turned, upper)
    weights = axes @ model.coef_[0]
    both = (
        np.append(plain.coef_[0], plain.intercept_[0]),
        np.append(weights, model.intercept_[0] - X.mean(axis=0) @ weights),
    )
    return max(both, key=lambda each: auc(upper, X @ each[:-1]).value)


def axes_of(X: Floats) -> tuple[Floats, Floats]:
    """The axes (k, r) and the rows on them (n, r), of one size each."""
    left, sizes, right = np.linalg.svd(X - X.mean(axis=0), full_matrices=False)
    used = sizes > 1e-7 * max(float(sizes.max(initial=0.0)), 1e-300)
    root = np.sqrt(len(X))
    return right[used].T * (root / sizes[used]), left[:, used] * root


def separating(X: Floats, upper: NDArray[np.bool_]) -> Floats | None:
    """The weights and the constant (k + 1,) of a direction along which the classes are in perfect order, if any.

    The least sum of hinge losses, by a linear program on the rows near the boundary, to which those are added that it
    gets wrong. Rows of both classes may come so near to each other that rounding swaps them.
    """
    start = fitted(X, upper)
    A = np.column_stack([X, np.ones(len(X))]) * np.where(upper, 1.0, -1.0)[:, None]
    margins = A @ start
    if (margins <= 0).mean() > 0.05:
        return None
    rows = np.argsort(margins)[: 200 + 10 * X.shape[1]]
    terms = A.shape[1]
    for _ in range(ROUNDS):
        # min sum(e), A w + e >= 1, e >= 0; the margin of 1 is small beside the size that the weights may reach.
        losses = np.concatenate([np.zeros(terms), np.ones(len(rows))])
        left = -np.column_stack([A[rows], np.eye(len(rows))])
        limits = [(-LARGEST, LARGEST)] * terms + [(0, None)] * len(rows)
        solved = linprog(losses, A_ub=left, b_ub=-np.ones(len(rows)), bounds=limits)
        if solved.x is None:
            return None
        weights: Floats = solved.x[:terms]
        margins = A @ weights
        wrong = margins <= 0
        if not wrong.any() or (wrong.mean() <= SWAPPED and -margins.min() <= CLOSE * float(margins.std())):
            return weights
        if not np.setdiff1d(np.flatnonzero(wrong), rows).size:
            return None
        rows = np.union1d(rows, np.flatnonzero(wrong))
    return None

"""Were classes cut from a sum, a difference, a ratio or a product of columns?

Where classes differ for a reason, rows of both lie on either side near the boundary, or there is a gap between them.
Where they were cut, they are in perfect order along a direction, and rows of both come as near to the boundary as any.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from finetooth.leakage.association import auc
from finetooth.leakage.columns import Floats
from finetooth.leakage.formula_terms import Term, each, library
from finetooth.leakage.formulas import likeliest
from finetooth.leakage.separation import axes_of, fitted, logistic, separating
from finetooth.leakage.table import Rows, Table

ROWS = 4_000
FEWEST = 200
TERMS = 30
SCREENED = 200  # columns among which a linear fit chooses
PAIRED = 6  # columns whose products and ratios are looked at
ROWS_A_TERM = 25  # of the rarer class, below which a direction may part classes by chance
ROWS_A_PAIR = 4  # the same for a term of the pairs of columns, before those that are not needed are left out
NEAR = 0.1  # SDs of the direction from the boundary
ROWS_NEAR = 20  # and three more a term: in perfect order, so near to the boundary
LIKELY = 0.9  # in-sample AUC of a linear fit below which no direction parts the classes
WARNING = 0.9995  # out-of-fold AUC of at most six columns
FEW = 6
LEVELS = 12  # of a number that is taken as ordered classes
ALMOST = 0.9995  # AUC of a logistic fit below which no direction parts the classes
STEPS = 60  # distinct values of a column that goes in steps


@dataclass(frozen=True, slots=True)
class Threshold:
    """Columns along a direction of which the target is cut; `exact` with `near` rows in perfect order at the cut."""

    columns: tuple[str, ...]
    exact: bool
    near: int
    auc: float
    rows: int


@dataclass(frozen=True, eq=False)
class _Sample:
    X: Floats
    upper: NDArray[np.bool_]
    terms: list[Term]

    def only(self, kept: Sequence[int]) -> "_Sample":
        return _Sample(self.X[:, list(kept)], self.upper, [self.terms[i] for i in kept])


def search(table: Table) -> Threshold | None:
    """The first cut that is found; None without one, or where rows or classes are too few."""
    rows = table.subset(ROWS, "threshold")
    names = [name for name in table.features if table.column(name).role in ("number", "date")]
    if len(rows) < FEWEST or not names:
        return None
    likely: Threshold | None = None
    for upper in _cuts(table, rows, names):
        cuts = [_found(table, terms, rows, upper) for terms in _forms(table, names, rows, upper)]
        exact = [cut for cut in cuts if cut is not None and cut.exact]
        if exact:  # a rule is curved on the wrong scale, and needs more columns there
            return min(exact, key=lambda cut: len(cut.columns))
        likely = likely or next((cut for cut in cuts if cut is not None), None)
    return likely


def _cuts(table: Table, rows: Rows, names: Sequence[str]) -> Iterator[NDArray[np.bool_]]:
    """Which rows lie above a cut: one for two classes, one between any two neighbours of ordered ones."""
    y = table.y[rows]
    codes = np.unique(y, return_inverse=True)[1]
    count = int(codes.max()) + 1
    if count < 2 or count > LEVELS:
        return
    if table.kind == "multiclass":
        X = np.column_stack([np.nan_to_num(_standard(table.column(name).numbers()[rows])) for name in names[:SCREENED]])
        means = np.array([X[codes == code].mean(axis=0) for code in range(count)])
        along = np.linalg.svd(means - means.mean(axis=0), full_matrices=False)[2][0]
        codes = np.argsort(np.argsort(means @ along))[codes]
    cuts = [codes >= code for code in range(1, count)]
    yield from sorted(cuts, key=lambda upper: abs(float(upper.mean()) - 0.5))[:3]


def _standard(values: Floats) -> Floats:
    """Standard scores (n,); NaN stays, and so does a column without two values."""
    present = values[np.isfinite(values)]
    if len(present) < 2 or np.ptp(present) == 0:
        return np.full(len(values), np.nan)
    scores: Floats = (values - present.mean()) / present.std()
    return scores


def _forms(table: Table, names: Sequence[str], rows: Rows, upper: NDArray[np.bool_]) -> Iterator[list[Term]]:
    yield _strongest(table, each("itself", names), rows, upper)
    yield _strongest(table, each("log", names), rows, upper)
    pairs = library(likeliest(table, names, rows)[:PAIRED])
    if min(int(upper.sum()), int((~upper).sum())) >= ROWS_A_PAIR * len(pairs):
        yield pairs


def _strongest(table: Table, terms: list[Term], rows: Rows, upper: NDArray[np.bool_]) -> list[Term]:
    """The terms with the largest t-values of a linear fit, after a screening by correlation."""
    values = {term: _standard(term.values(table, rows)) for term in terms}
    whole = [term for term in terms if np.isfinite(values[term]).mean() > 0.9]
    y = upper - upper.mean()
    screened = sorted(whole, key=lambda term: -abs(float(np.nan_to_num(values[term]) @ y)))[:SCREENED]
    if len(screened) <= TERMS:
        return screened
    X = np.column_stack([np.nan_to_num(values[term]) for term in screened])
    screened_few = min(len(screened), len(rows) // 5)
    X = X[:, :screened_few]
    gram = np.linalg.pinv(X.T @ X)
    t = np.abs(gram @ (X.T @ y)) / np.sqrt(np.maximum(np.diag(gram), 1e-300))
    return [screened[i] for i in np.argsort(-t, kind="stable")[:TERMS]]


def _found(table: Table, terms: list[Term], rows: Rows, upper: NDArray[np.bool_]) -> Threshold | None:
    sample = _sample(table, terms, rows, upper)
    rare = min(int(sample.upper.sum()), int((~sample.upper).sum()))
    if not sample.terms or rare < ROWS_A_TERM or not _likely(sample):
        return None
    weights = fitted(sample.X, sample.upper)
    if auc(sample.upper, sample.X @ weights[:-1]).value < ALMOST:
        return None
    sample = sample.only([int(i) for i in np.argsort(-np.abs(weights[:-1]), kind="stable")])
    if separating(sample.X, sample.upper) is not None:
        sample = _fewest(sample)
        near, count = _rows_near(sample), len(sample.terms)
        simple = count <= FEW or all(term.operation in ("itself", "log") for term in sample.terms)
        if simple and near >= ROWS_NEAR + 3 * count and rare >= ROWS_A_TERM * count and _repeats(sample):
            return Threshold(_columns(sample.terms), True, near, 1.0, len(sample.upper))
    return _nearly(sample)


def _sample(table: Table, terms: list[Term], rows: Rows, upper: NDArray[np.bool_]) -> _Sample:
    values = [term.values(table, rows) for term in terms]
    usable = [i for i, each in enumerate(values) if np.isfinite(each).mean() > 0.9]
    X = np.column_stack([values[i] for i in usable] or [np.zeros(len(rows))])
    there = np.isfinite(X).all(axis=1)
    X = X[there]
    spread = X.std(axis=0)
    return _Sample((X - X.mean(axis=0)) / np.where(spread > 0, spread, 1.0), upper[there], [terms[i] for i in usable])


def _likely(sample: _Sample) -> bool:
    A = np.column_stack([sample.X, np.ones(len(sample.upper))])
    scores = A @ np.linalg.lstsq(A, sample.upper.astype(float), rcond=1e-10)[0]
    return auc(sample.upper, scores).value >= LIKELY


def _fewest(sample: _Sample) -> _Sample:
    """The sample with the terms alone that are needed to part the classes."""
    low, high = 0, len(sample.terms)
    while high - low > 1:
        middle = (low + high) // 2
        parts = separating(sample.X[:, :middle], sample.upper) is not None
        low, high = (low, middle) if parts else (middle, high)
    sample = sample.only(range(high))
    for i in reversed(range(len(sample.terms))):
        rest = [k for k in range(len(sample.terms)) if k != i]
        if rest and separating(sample.X[:, rest], sample.upper) is not None:
            sample = sample.only(rest)
    return sample


def _rows_near(sample: _Sample) -> int:
    """Twice the rows near the boundary, of the class that has fewer of them there.

    Near is a tenth of a standard deviation, or one step of a column of few values.
    """
    direction = separating(sample.X, sample.upper)
    if direction is None:
        return 0
    scores = sample.X @ direction[:-1] + direction[-1]
    steps = [abs(weight) * _step(column) for weight, column in zip(direction, sample.X.T, strict=False)]
    near = np.abs(scores) <= max(NEAR * float(scores.std()), *steps)
    return 2 * min(int((near & sample.upper).sum()), int((near & ~sample.upper).sum()))


def _step(column: Floats) -> float:
    distinct = np.unique(column)
    return float(np.median(np.diff(distinct))) if 2 < len(distinct) <= STEPS else 0.0


def _repeats(sample: _Sample) -> bool:
    """Whether a direction that was fitted to two thirds of the rows parts the others, but for its own uncertainty."""
    learned = np.arange(len(sample.upper)) % 3 > 0
    direction = separating(sample.X[learned], sample.upper[learned])
    if direction is None:
        return False
    scores = sample.X[~learned] @ direction[:-1] + direction[-1]
    wrong = int(((scores > 0) != sample.upper[~learned]).sum())
    expected = (len(sample.terms) + 1) * (~learned).sum() / learned.sum()
    return wrong <= float(expected + 3 * np.sqrt(expected))


def _nearly(sample: _Sample) -> Threshold | None:
    sample = sample.only(range(min(FEW, len(sample.terms))))
    folds = StratifiedKFold(3, shuffle=True, random_state=0)
    scores = cross_val_predict(logistic(), axes_of(sample.X)[1], sample.upper, cv=folds, method="decision_function")
    reached = auc(sample.upper, scores).value
    if reached < WARNING:
        return None
    return Threshold(_columns(sample.terms), False, 0, reached, len(sample.upper))


def _columns(terms: Sequence[Term]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for term in terms for name in term.columns))

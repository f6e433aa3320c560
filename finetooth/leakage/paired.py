"""What do other rows of its entity give away of a row? The same rows, predicted with and without them."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.stats import t as t_distribution
from sklearn.ensemble import ExtraTreesRegressor

from finetooth import seeds
from finetooth.leakage.association import mean_association
from finetooth.leakage.columns import Codes, Floats
from finetooth.leakage.table import Matrix, Rows
from finetooth.records import Kind

FOLDS = 5
TREES = 20
FEATURES = 15  # looked at in a node, at most
LEAF = 2
GLANCE = 2  # folds after which it is given up when nothing is there
HELP = 1.01  # squared error without, as a multiple of that with rows of the entity


@dataclass(frozen=True, slots=True)
class Comparison:
    """Scores of the same rows, predicted `known` (other rows of their entity trained on) and `new` (none of them).

    Scores are AUC, or R2 for a number; `p` is one-sided, of a t-test of the difference of squared errors over entities.
    """

    known: float
    new: float
    p: float
    rows: int
    entities: int

    @property
    def gap(self) -> float:
        """How much higher the score is with rows of the same entity."""
        return self.known - self.new

    def share_lost(self, kind: Kind) -> float:
        """The part of the score above chance that is lost for a new entity."""
        above = self.known - (0.0 if kind == "regression" else 0.5)
        return self.gap / above if above > 0 else 0.0


def compare(kind: Kind, X: Matrix, targets: Floats, entity: Codes, seed: int) -> Comparison | None:
    """Compare over 5 folds of whole entities; None with too few, or where the first folds show no difference.

    Half the rows of each tested entity are predicted from all other entities, once with the other half of its own rows
    in the place of as many of theirs, once without: the folds are the same, and so is the number of rows. `X` (n, k),
    `targets` (n, m) and `entity` (n,).
    """
    if len(np.unique(entity)) < FOLDS:
        return None
    known, new = np.full(targets.shape, np.nan), np.full(targets.shape, np.nan)
    rng = seeds.stream(seed, "paired")
    for number, (others, tested) in enumerate(_folds(entity, seed)):
        if number == GLANCE and not _is_promising(targets, known, new):
            return None
        base = _model(seed, X[others], targets[others])
        for test, own in _halves(tested, entity, rng):
            if not len(own) or not len(test):
                continue
            rest = rng.permutation(others)[: max(len(others) - len(own), len(others) // 2)]
            rows = np.concatenate([rest, own])
            new[test] = base.predict(X[test]).reshape(len(test), -1)
            known[test] = _model(seed, X[rows], targets[rows]).predict(X[test]).reshape(len(test), -1)
    there = ~np.isnan(known[:, 0])
    if not there.any():
        return None
    errors = [((scores - targets) ** 2).sum(axis=1)[there] for scores in (new, known)]
    return Comparison(
        _score(kind, targets[there], known[there]),
        _score(kind, targets[there], new[there]),
        _p(errors[0] - errors[1], entity[there]),
        int(there.sum()),
        len(np.unique(entity[there])),
    )


def of_residuals(kind: Kind, X: Matrix, targets: Floats, entity: Codes, seed: int) -> Comparison | None:
    """The same where each model is handed the entity: what its other rows were off by is added to a prediction.

    Each row is predicted by a model of other entities. To that comes the mean residual of the other rows of its own
    entity, shrunk as a random effect is (Henderson 1975). Shapes as in `compare`.
    """
    if len(np.unique(entity)) < FOLDS:
        return None
    new = np.empty_like(targets)
    for others, tested in _folds(entity, seed):
        new[tested] = _model(seed, X[others], targets[others]).predict(X[tested]).reshape(len(tested), -1)
    known = np.column_stack(
        [new[:, k] + _random_effect(targets[:, k] - new[:, k], entity) for k in range(targets.shape[1])]
    )
    gained = ((targets - new) ** 2 - (targets - known) ** 2).sum(axis=1)
    scores = _score(kind, targets, known), _score(kind, targets, new)
    return Comparison(*scores, _p(gained, entity), len(entity), len(np.unique(entity)))


def _random_effect(residuals: Floats, entity: Codes) -> Floats:
    """The shrunken mean (n,) of the residuals of the other rows of each row's entity; 0 for a row alone."""
    codes = np.unique(entity, return_inverse=True)[1]
    sizes, sums = np.bincount(codes), np.bincount(codes, residuals)
    means = sums / sizes
    within = float(((residuals - means[codes]) ** 2).sum()) / max(len(codes) - len(sizes), 1)
    between = float(np.average((means - residuals.mean()) ** 2, weights=sizes)) - within * len(sizes) / len(codes)
    if between <= 0:
        return np.zeros(len(codes))
    others = sizes[codes] - 1
    effect: Floats = (sums[codes] - residuals) / (others + within / between)
    return effect


def _is_promising(targets: Floats, known: Floats, new: Floats) -> bool:
    """Whether rows of the same entity have helped at all so far."""
    there = ~np.isnan(known[:, 0])
    errors = [((scores - targets) ** 2)[there].sum() for scores in (new, known)]
    return bool(errors[0] > HELP * errors[1])


def _folds(entity: Codes, seed: int) -> Iterator[tuple[Rows, Rows]]:
    """The rows of all other entities, and those of a fifth of the entities, five times."""
    codes = np.unique(entity, return_inverse=True)[1]
    fold = seeds.stream(seed, "folds").permutation(int(codes.max()) + 1)[codes] % FOLDS
    for number in range(FOLDS):
        yield np.flatnonzero(fold != number), np.flatnonzero(fold == number)


def _halves(tested: Rows, entity: Codes, rng: np.random.Generator) -> Iterator[tuple[Rows, Rows]]:
    """The tested rows in two halves of each entity, each predicted with the help of the other."""
    shuffled = rng.permutation(tested)
    order = shuffled[np.argsort(entity[shuffled], kind="stable")]
    first = np.arange(len(order)) % 2 == 0
    yield order[first], order[~first]
    yield order[~first], order[first]


def _model(seed: int, X: Matrix, targets: Floats) -> ExtraTreesRegressor:
    features = min(max(1, X.shape[1] // 3), FEATURES)
    model = ExtraTreesRegressor(TREES, min_samples_leaf=LEAF, max_features=features, random_state=seed, n_jobs=1)
    return model.fit(X, targets if targets.shape[1] > 1 else targets[:, 0])


def _score(kind: Kind, targets: Floats, scores: Floats) -> float:
    if kind == "regression":
        return 1 - float(((scores - targets) ** 2).sum() / ((targets - targets.mean(axis=0)) ** 2).sum())
    return mean_association(kind, targets, scores).value


def _p(differences: Floats, entity: Codes) -> float:
    """The p of a mean above zero, with entities as what varies (Liang & Zeger 1986)."""
    codes = np.unique(entity, return_inverse=True)[1]
    sums, sizes = np.bincount(codes, differences), np.bincount(codes)
    mean, count = float(differences.mean()), len(sums)
    error = np.sqrt(float(((sums - sizes * mean) ** 2).sum()) * count / (count - 1)) / len(differences)
    return float(t_distribution.sf(mean / error, count - 1)) if error > 0 else float(mean <= 0)

"""Can a model tell training rows from sealed rows? Then the sealed score speaks of other rows."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from finetooth import seeds
from finetooth.leakage.association import auc
from finetooth.leakage.columns import Codes, Floats
from finetooth.leakage.duplicates import compared_features
from finetooth.leakage.findings import unchecked, waiver_hint
from finetooth.leakage.table import Rows, Table, ranks
from finetooth.records import Finding, Severity

CHECK = "shift"
P = 0.01
WARNING = 0.60  # AUC
ERROR = 0.90  # AUC, on a split that was declared random
FOLDS = 3
ROWS = 2_000  # a side
TREES = 50
COLUMNS = 500  # that trees choose among in a fold; of more, those that differ most on its training rows
PERMUTATIONS = 999
FEWEST = 30


def check_across(train: Table, holdout: Table) -> tuple[Finding, ...]:
    """A classifier of training against sealed rows, 3 folds; p by permuting sides over out-of-fold scores.

    A classifier two-sample test (Lopez-Paz & Oquab 2017). Ids and the time column are left out. Declared groups are
    kept whole in folds and permutations: to know a group again is no shift.
    """
    names = compared_features(train, holdout)
    if not names or min(len(train), len(holdout)) < FEWEST:
        return (unchecked(CHECK, f"a side has fewer than {FEWEST} rows, or no feature is there on both."),)
    rng = seeds.stream(train.seed, "leakage", CHECK)
    chosen = [np.sort(rng.permutation(len(table))[:ROWS]) for table in (train, holdout)]
    side = np.repeat([0, 1], [len(rows) for rows in chosen])
    X = np.column_stack([_joint_feature(train, holdout, name, chosen) for name in names])
    scores = np.empty(len(side))
    importance = np.zeros(len(names))
    seed = seeds.seed(train.seed, "leakage", CHECK)
    units = _units(train, holdout, chosen)
    for fit, test in _folds(X, side, units, seed):
        likely = _likeliest(X[fit], side[fit])
        model = ExtraTreesClassifier(TREES, min_samples_leaf=5, max_features=0.5, random_state=seed, n_jobs=1)
        # Ranked within the fold: models of different folds have different scales.
        scores[test] = rankdata(model.fit(X[fit][:, likely], side[fit]).predict_proba(X[test][:, likely])[:, 1]) / len(
            test
        )
        importance[likely] += model.feature_importances_ / FOLDS
    value, p = auc(side == 1, scores).value, _permuted(side == 1, scores, units, rng)
    if p >= P or value <= WARNING:
        return ()
    top = np.argsort(-importance)[:5]
    return (_finding(train, value, p, [(names[i], float(importance[i])) for i in top], len(side)),)


def _joint_feature(train: Table, holdout: Table, name: str, chosen: list[Rows]) -> NDArray[np.float32]:
    columns = [train.column(name), holdout.column(name)]
    if all(column.role in ("number", "date") for column in columns):
        return ranks(np.concatenate([column.numbers()[rows] for column, rows in zip(columns, chosen, strict=True)]))
    hashes = np.concatenate([column.hashes()[rows] for column, rows in zip(columns, chosen, strict=True)])
    return ranks(np.unique(hashes, return_inverse=True)[1].astype(float))


def _likeliest(X: NDArray[np.float32], side: Codes) -> Rows:
    """The columns (n, p) whose place or spread differs most between the sides; all where they are few."""
    if X.shape[1] <= COLUMNS:
        return np.arange(X.shape[1])
    filled = np.nan_to_num(X, nan=-0.1)
    centred = (side - side.mean()).astype(np.float32)
    place, spread = (
        np.abs(centred @ values) / np.maximum(values.std(axis=0), 1e-12) for values in (filled, (filled - 0.5) ** 2)
    )
    return np.sort(np.argsort(-np.maximum(place, spread), kind="stable")[:COLUMNS])


def _units(train: Table, holdout: Table, chosen: list[Rows]) -> Codes | None:
    """The declared group of each chosen row; None without one, or where a side has too few to be told apart."""
    name = train.declared.group
    if name is None:
        return None
    hashes = [table.column(name).hashes()[rows] for table, rows in zip((train, holdout), chosen, strict=True)]
    if min(len(np.unique(side_hashes)) for side_hashes in hashes) < FOLDS:
        return None
    return np.unique(np.concatenate(hashes), return_inverse=True)[1]


def _folds(X: NDArray[np.float32], side: Codes, units: Codes | None, seed: int) -> Iterator[tuple[Rows, Rows]]:
    if units is None:
        yield from StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(X, side)
    else:
        yield from StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed).split(X, side, units)


def _permuted(positive: NDArray[np.bool_], scores: Floats, units: Codes | None, rng: np.random.Generator) -> float:
    """The permutation p: how often sides assigned anew to whole units differ as much in their mean rank."""
    row_ranks = rankdata(scores)
    unit_of_row = np.arange(len(row_ranks)) if units is None else units
    sealed = np.bincount(unit_of_row, positive) > 0
    sizes = np.bincount(unit_of_row)
    sums = np.bincount(unit_of_row, row_ranks).astype(float)
    larger = 0
    observed = _mean_rank_difference(sealed, sizes, sums)
    for _ in range(PERMUTATIONS):
        larger += _mean_rank_difference(rng.permutation(sealed), sizes, sums) >= observed
    return (1 + larger) / (1 + PERMUTATIONS)


def _mean_rank_difference(sealed: NDArray[np.bool_], sizes: Codes, sums: Floats) -> float:
    """Mean rank of the rows of sealed units less that of the others."""
    means = [float(sums[part].sum()) / int(sizes[part].sum()) for part in (sealed, ~sealed)]
    return means[0] - means[1]


def _finding(train: Table, value: float, p: float, top: list[tuple[str, float]], rows: int) -> Finding:
    split = train.declared.split
    severity: Severity = "warning"
    if split == "time":
        severity = "info"
    elif split in ("random", "stratified") and value > ERROR:
        severity = "error"
    meaning = {
        "info": "Times change; the sealed rows are the newest, and the verdict speaks of them.",
        "warning": "Sealed rows differ from training rows more than chance allows: the score may not carry over.",
        "error": "A split by chance cannot differ so much: rows were sorted, or the sides come from elsewhere.",
    }[severity]
    return Finding(
        check=CHECK,
        severity=severity,
        columns=tuple(name for name, _ in top[:3]),
        message=f"a model tells sealed from training rows with an AUC of {value:.3f} (p {p:.3f}), most by "
        f"{', '.join(repr(name) for name, _ in top[:3])}.",
        meaning=meaning,
        remedy=f"Draw the holdout by chance from the same table; else {waiver_hint(CHECK, top[0][0])}."
        if severity == "error"
        else "Look at the columns named; declare the time column if they change with time.",
        evidence={"auc": value, "p": p, "rows": rows, "split": str(split)},
        table=(("column", "importance"), *((name, f"{share:.3f}") for name, share in top)),
    )

"""Do rows of one entity tell on each other, though nobody declared a group?"""

from collections.abc import Sequence

import numpy as np
from scipy.stats import f as f_distribution
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from finetooth import seeds
from finetooth.data.id_names import named_like_id
from finetooth.leakage.association import mean_association
from finetooth.leakage.columns import Codes, Floats, RawColumn
from finetooth.leakage.findings import waiver_hint
from finetooth.leakage.identifiers import columns_to_drop
from finetooth.leakage.table import Matrix, Rows, Table
from finetooth.records import Finding
from finetooth.statistics import corrected_lower

CHECK = "undeclared_group"
GAP = 0.02  # stratified minus grouped score
LOWER = 0.01  # its corrected lower bound
REPEATS = 4
FOLDS = 5
FEWEST = 20  # values of a candidate; 10 when its name is that of an entity
NAMED_FEWEST = 10
ROWS = 3_000  # rows a candidate is judged on, whole groups
GROUPS = 60  # groups that the subset keeps at least; larger ones are thinned
TREES = 20
EFFECT = 1e-4  # p of the F test: without an effect of the group, its rows cannot tell on each other
CANDIDATES = 8  # candidates that are cross-validated, those with the clearest effect first


def check(table: Table) -> tuple[Finding, ...]:
    """Stratified against stratified-group cross-validation, by each column that may name an entity.

    The candidate itself is no feature here: an honest category with many levels costs nothing. Not needed when the
    split follows a declared group or time.
    """
    if table.declared.group is not None or table.declared.split in ("group", "time") or np.ptp(table.y) == 0:
        return ()
    left_out = set(columns_to_drop(table))
    features = [name for name in table.features if name not in left_out]
    entities: list[tuple[str, float, float, int]] = []
    for name in _candidates(table, left_out):
        if any(_coarser(table, name, other) for other, *_ in entities):
            continue  # where a subject is found, its age is no second finding
        rows = _whole_groups(table, name)
        gaps = _gaps(table, name, [feature for feature in features if feature != name], rows)
        if gaps is not None and gaps.mean() > GAP and (lower := corrected_lower(gaps, 1 / (FOLDS - 1))) > LOWER:
            entities.append((name, float(gaps.mean()), lower, len(rows)))
    return tuple(_error(table, *entity) for entity in entities)


def _candidates(table: Table, left_out: set[str]) -> list[str]:
    effects = {}
    for name in (*table.features, *table.left_out):
        column = table.column(name)
        if name not in left_out and _may_name_entities(name, column):
            effects[name] = _effect(table, column.labels())
    clear = [name for name, p in effects.items() if p < EFFECT]
    # The finest first, so that what follows from it is not reported again.
    chosen = sorted(clear, key=lambda name: (not named_like_id(name), effects[name]))[:CANDIDATES]
    return sorted(chosen, key=lambda name: -int(table.column(name).labels().max()))


def _may_name_entities(name: str, column: RawColumn) -> bool:
    if column.codes is None and column.series.dtype.kind == "f":
        values = column.numbers()
        values = values[np.isfinite(values)]
        if (values != np.floor(values)).any():
            return False
    distinct = int(column.labels().max(initial=-1)) + 1
    fewest = NAMED_FEWEST if named_like_id(name) else FEWEST
    return fewest <= distinct <= len(column.series) / 2


def _effect(table: Table, codes: Codes) -> float:
    """The smallest p of a one-way analysis of variance of the target (of each class) on the groups."""
    present = codes >= 0
    return min(_anova(codes[present], column[present]) for column in table.targets.T)


def _anova(codes: Codes, y: Floats) -> float:
    counts = np.bincount(codes)
    nonempty = counts > 0
    groups, n = int(nonempty.sum()), len(y)
    if groups < 2 or n <= groups:
        return 1.0
    means = np.bincount(codes, y)[nonempty] / counts[nonempty]
    between = float((counts[nonempty] * (means - y.mean()) ** 2).sum())
    within = float(((y - y.mean()) ** 2).sum()) - between
    if within <= 0:
        return 0.0
    return float(f_distribution.sf(between / (groups - 1) / (within / (n - groups)), groups - 1, n - groups))


def _coarser(table: Table, name: str, other: str) -> bool:
    """Whether the other column's value fixes this one's."""
    fine, coarse = table.column(other).labels() + 1, table.column(name).labels() + 1
    pairs = np.unique(fine * (coarse.max() + 1) + coarse)
    return len(pairs) <= 1.02 * len(np.unique(fine))


def _whole_groups(table: Table, name: str) -> Rows:
    """Rows of groups drawn by chance until there are enough; a group that is too large is thinned."""
    codes = table.column(name).labels()
    rng = seeds.stream(table.seed, "leakage", CHECK, name)
    rows = rng.permutation(np.flatnonzero(codes >= 0))
    order = rng.permutation(codes.max() + 1)
    rows = rows[np.argsort(order[codes[rows]], kind="stable")]
    starts = np.flatnonzero(np.r_[True, np.diff(codes[rows]) != 0])
    position_in_group = np.arange(len(rows)) - np.repeat(starts, np.diff(np.r_[starts, len(rows)]))
    return np.sort(rows[position_in_group < ROWS // GROUPS][:ROWS]) if len(rows) > ROWS else np.sort(rows)


def _gaps(table: Table, name: str, features: Sequence[str], rows: Rows) -> Floats | None:
    """Stratified minus grouped score of each fold of each repeat (repeats x folds,); None when it cannot be had."""
    targets = table.targets[rows]
    groups = table.column(name).labels()[rows]
    strata = _strata(table, rows)
    if not features or len(np.unique(groups)) < FOLDS or np.unique(strata, return_counts=True)[1].min() < FOLDS:
        return None
    X = table.matrix(features, rows)
    gaps: list[float] = []
    for repeat in range(REPEATS):
        seed = seeds.seed(table.seed, "leakage", CHECK, name, repeat)
        stratified = StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(X, strata)
        grouped = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed).split(X, strata, groups)
        scores = [[_score(table, X, targets, fold, seed) for fold in splits] for splits in (stratified, grouped)]
        gaps.extend(np.array(scores[0]) - np.array(scores[1]))
        if np.mean(gaps) <= GAP / 2:
            return None  # one repeat shows no gap that three more could turn into a finding
    return np.array(gaps)


def _strata(table: Table, rows: Rows) -> Codes:
    y = table.y[rows]
    if table.kind != "regression":
        return y.astype(np.int64)
    # Balanced folds: groups with a high target alone must not make a gap.
    return np.digitize(y, np.unique(np.quantile(y, np.linspace(0, 1, 11)[1:-1])))


def _score(table: Table, X: Matrix, targets: Floats, fold: tuple[Rows, Rows], seed: int) -> float:
    fit, test = fold
    model = ExtraTreesRegressor(TREES, min_samples_leaf=2, max_features="sqrt", random_state=seed, n_jobs=1)
    model.fit(X[fit], targets[fit] if targets.shape[1] > 1 else targets[fit, 0])
    scores = model.predict(X[test]).reshape(len(test), -1)
    if table.kind == "regression":  # one denominator for all folds, so that small folds do not explode
        return 1 - float(((scores - targets[test]) ** 2).mean() / targets.var())
    return mean_association(table.kind, targets[test], scores).value


def _error(table: Table, name: str, gap: float, lower: float, rows: int) -> Finding:
    distinct = int(table.column(name).labels().max()) + 1
    measure = "R2" if table.kind == "regression" else "AUC"
    date = table.column(name).role == "date"
    declare = "the time column (split.time)" if date else "the group (split.group)"
    return Finding(
        check=CHECK,
        severity="error",
        columns=(name,),
        message=f"with rows of one '{name}' on both sides of a fold, the {measure} is {gap:.3f} higher than with each "
        f"of its {distinct:,} values on one side (lower bound {lower:.3f}).",
        meaning=f"The other columns give away which '{name}' a row belongs to, and its other rows give away the "
        "target: scores are too high for any new one.",
        remedy=f"Declare '{name}' as {declare} if new ones will be predicted; else {waiver_hint(CHECK, name)}.",
        evidence={"gap": gap, "lower": lower, "groups": distinct, "rows": rows, "folds": FOLDS, "repeats": REPEATS},
    )

"""Does one column alone tell the target? It may be excellent, or it may be the answer: the user must say which."""

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.tree import DecisionTreeRegressor

from finetooth import seeds
from finetooth.leakage.association import Association, concordance, mean_association
from finetooth.leakage.columns import Codes, Floats
from finetooth.leakage.findings import unchecked, waiver_hint
from finetooth.leakage.identifiers import columns_to_drop
from finetooth.leakage.table import Rows, Table, ranks
from finetooth.records import Finding, Kind

CHECK = "single_feature"
# Real leaks were seen at .989, .970 and .803, honest features at .987 and .960: no value of a single
# column proves a leak, so an error is kept for what leaves nothing to learn from the other columns.
ERROR = 0.999
WARNING = 0.95
LEAD = 0.10  # best minus second: a column that stands alone is worth a look (bank `duration`: .15)
# The leaks that were seen begin at .80; 4 of 9 generated honest tables (5 seeds each) had a leader of .63 to .75.
LEADER = 0.75
Z = 4.0  # null standard deviations; a small table reaches a high value by chance
ROWS = 20_000  # rows that trees are grown on
ROWS_REGRESSION = 10_000  # the same for numbers, whose trees are grown ten times as deep
NUMBERS = 500  # columns that trees are grown for; a column that matters is among them
RANGES = 20
FOLDS = 5
SMOOTHING = 10.0  # rows' worth of the overall mean in the encoding of a category

Splits = list[tuple[Rows, Rows]]


def check(table: Table) -> tuple[Finding, ...]:
    """Out-of-fold AUC (concordance for numbers) of one tree a column; categories are target-encoded inside the fold."""
    rows = table.subset(ROWS_REGRESSION if table.kind == "regression" else ROWS, CHECK)
    targets = table.targets[rows]
    splits = folds(table.kind, table.y[rows], FOLDS, seeds.seed(table.seed, "leakage", CHECK))
    if not splits:
        return (unchecked(CHECK, f"a class has fewer than 2 rows, or there are fewer than {2 * FOLDS} rows."),)
    left_out = set(columns_to_drop(table))
    names = [name for name in table.features if name not in left_out]
    names = _likeliest(table, names, rows, targets)
    scores = {name: _score(table, name, rows, targets, splits) for name in names}
    ranked = sorted(scores, key=lambda name: -scores[name].value)
    significant = [name for name in ranked if scores[name].z > Z]
    errors = [name for name in significant if scores[name].value >= ERROR]
    strong = [name for name in significant if WARNING <= scores[name].value < ERROR]
    findings = [_error(table, name, scores, ranked, len(rows)) for name in errors]
    if strong:
        findings.append(_warning(table, strong, scores, ranked, len(rows)))
    elif not errors and _leads(scores, ranked):
        findings.append(_leader(table, scores, ranked, len(rows)))
    return tuple(findings)


def _likeliest(table: Table, names: list[str], rows: Rows, targets: Floats) -> list[str]:
    """Of more numbers than trees are grown for, those whose ranges explain most of the target, in sample."""
    numbers = [name for name in names if table.column(name).role in ("number", "date")]
    if len(numbers) <= NUMBERS:
        return names
    explained = {name: _explained(table.column(name).numbers()[rows], targets) for name in numbers}
    weak = set(sorted(numbers, key=lambda name: -explained[name])[NUMBERS:])
    return [name for name in names if name not in weak]


def _explained(values: Floats, targets: Floats) -> float:
    """The sum of squares between twenty ranges of the column and its missing values, over all targets."""
    place = np.nan_to_num(ranks(values) * (RANGES - 1e-3), nan=RANGES).astype(int)
    counts = np.maximum(np.bincount(place, minlength=RANGES + 1), 1)
    centred = targets - targets.mean(axis=0)
    return float(sum((np.bincount(place, y, minlength=RANGES + 1) ** 2 / counts).sum() for y in centred.T))


def folds(kind: Kind, y: Floats, count: int, seed: int) -> Splits:
    """Shuffled folds, stratified for classes; none when the table is too small for them."""
    if len(y) < 2 * count:
        return []
    if kind == "regression":
        return list(KFold(count, shuffle=True, random_state=seed).split(y))
    smallest = int(np.unique(y, return_counts=True)[1].min())
    if smallest < 2 or np.ptp(y) == 0:
        return []
    return list(StratifiedKFold(min(count, smallest), shuffle=True, random_state=seed).split(y, y))


def _score(table: Table, name: str, rows: Rows, targets: Floats, splits: Splits) -> Association:
    column = table.column(name)
    if column.role in ("category", "text"):
        return mean_association(table.kind, targets, _target_encodings(column.labels()[rows], targets, splits))
    values = ranks(column.numbers()[rows])[:, None]
    # A leaf holds enough rows not to memorise noise; a number needs finer steps for its order than a class.
    leaf = max(5, len(rows) // (2_000 if table.kind == "regression" else 200))
    tree_score = mean_association(table.kind, targets, _tree_predictions(values, targets, splits, leaf))
    if table.kind == "regression" and not np.isnan(values).any():
        # A leaf gives all its rows one value, which counts as ties; the column's own order has no such limit.
        order_score = concordance(targets[:, 0], values[:, 0].astype(float))
        return max(tree_score, Association(order_score.strength, order_score.z), key=lambda score: score.value)
    return tree_score


def _tree_predictions(values: NDArray[np.float32], targets: Floats, splits: Splits, leaf: int) -> Floats:
    scores = np.empty_like(targets)
    for fit, test in splits:
        tree = DecisionTreeRegressor(min_samples_leaf=leaf, random_state=0)
        scores[test] = tree.fit(values[fit], targets[fit]).predict(values[test]).reshape(len(test), -1)
    return scores


def _target_encodings(codes: Codes, targets: Floats, splits: Splits) -> Floats:
    codes = codes + 1  # missing is a category of its own
    scores = np.empty_like(targets)
    for fit, test in splits:
        counts = np.bincount(codes[fit], minlength=codes.max() + 1)
        for k in range(targets.shape[1]):
            mean = targets[fit, k].mean()
            sums = np.bincount(codes[fit], targets[fit, k], minlength=codes.max() + 1)
            scores[test, k] = ((sums + SMOOTHING * mean) / (counts + SMOOTHING))[codes[test]]
    return scores


def _leads(scores: dict[str, Association], ranked: list[str]) -> bool:
    if len(ranked) < 2:
        return False
    best, second = (scores[name] for name in ranked[:2])
    return best.z > Z and best.value >= LEADER and best.value - second.value > LEAD


def _measure(table: Table) -> str:
    return "concordance" if table.kind == "regression" else "AUC"


def _top(table: Table, scores: dict[str, Association], ranked: list[str]) -> tuple[tuple[str, ...], ...]:
    rows = ((name, f"{scores[name].value:.3f}", f"{scores[name].z:.1f}") for name in ranked[:5])
    return (("column", f"out-of-fold {_measure(table)}", "z"), *rows)


def _evidence(scores: dict[str, Association], ranked: list[str], name: str, rows: int) -> dict[str, float | int | str]:
    second = scores[ranked[1]].value if len(ranked) > 1 else 0.5
    return {
        "value": scores[name].value,
        "z": scores[name].z,
        "best": scores[ranked[0]].value,
        "second": second,
        "rows": rows,
    }


def _error(table: Table, name: str, scores: dict[str, Association], ranked: list[str], rows: int) -> Finding:
    value = scores[name].value
    return Finding(
        check=CHECK,
        severity="error",
        columns=(name,),
        message=f"'{name}' alone predicts '{table.target}' with an out-of-fold {_measure(table)} of {value:.4f}.",
        meaning="It leaves nothing to learn: most likely it is the target renamed, or known only afterwards.",
        remedy=f"Declare it as post_outcome or drop it; if it is truly known beforehand: {waiver_hint(CHECK, name)}.",
        evidence=_evidence(scores, ranked, name, rows),
        table=_top(table, scores, ranked),
    )


def _warning(table: Table, names: list[str], scores: dict[str, Association], ranked: list[str], rows: int) -> Finding:
    shown = ", ".join(f"'{name}' ({scores[name].value:.3f})" for name in names)
    return Finding(
        check=CHECK,
        severity="warning",
        columns=tuple(names),
        message=f"{shown} alone: an out-of-fold {_measure(table)} of {WARNING} or more on '{table.target}'.",
        meaning="Honest columns can be this strong (a tumour's size), and so can those known only afterwards.",
        remedy="Ask when each of these values is known; declare those that come after the outcome as post_outcome.",
        evidence=_evidence(scores, ranked, names[0], rows),
        table=_top(table, scores, ranked),
    )


def _leader(table: Table, scores: dict[str, Association], ranked: list[str], rows: int) -> Finding:
    best, second = ranked[:2]
    return Finding(
        check=CHECK,
        severity="warning",
        columns=(best,),
        message=f"'{best}' alone reaches an out-of-fold {_measure(table)} of {scores[best].value:.3f} on "
        f"'{table.target}'; the next column, '{second}', {scores[second].value:.3f}.",
        meaning="A column that stands far above the rest is often measured during or after the outcome.",
        remedy=f"Ask when '{best}' is known; if that is after the outcome, declare it as post_outcome.",
        evidence=_evidence(scores, ranked, best, rows),
        table=_top(table, scores, ranked),
    )

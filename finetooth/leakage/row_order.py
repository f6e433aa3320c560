"""Does the place of a row in the file tell its target? Then folds that are not shuffled are not alike."""

import numpy as np

from finetooth import seeds
from finetooth.errors import counted
from finetooth.leakage import paired
from finetooth.leakage.association import association, measure_name
from finetooth.leakage.columns import Floats
from finetooth.leakage.findings import unchecked
from finetooth.leakage.identifiers import columns_to_drop
from finetooth.leakage.paired import Comparison
from finetooth.leakage.table import Table
from finetooth.records import Finding

CHECK = "row_order"
MIN_AUC = 0.6  # AUC of the row's place
Z = 4.0  # null standard deviations, for the place and for the runs
MIN_RUNS_SHARE = 0.05  # runs seen per run expected: a file sorted into blocks of one label
FEWEST = 20
GAP = 0.02  # AUC or R2 that is lost without the rows around
LOST = 0.05  # share of the score above chance that is lost without them
P = 1e-3  # one-sided, of the paired difference over stretches of the file
SORTED = 0.9  # steps up less steps down, of all steps of the target: the file is sorted by it
BLOCKS = 100  # stretches that the file is cut into
ROWS = 3_000  # rows of such stretches that are predicted
FEATURES = 60  # columns that the model gets at most


def check(table: Table) -> tuple[Finding, ...]:
    """AUC of the target against the row's place, and the runs test of Wald and Wolfowitz (1940) on its labels.

    An order is an error where folds follow it, a warning where the features give away a row's neighbours and these
    its target, as days and places do; else information.
    """
    if table.declared.split == "time":
        return ()  # the order of rows is known to matter, and the split follows it
    y = table.y
    if len(y) < FEWEST or np.ptp(y) == 0:
        return (unchecked(CHECK, f"fewer than {FEWEST} rows, or a constant target ({counted(len(y), 'row')})."),)
    order = association(table.kind, y, np.arange(len(y), dtype=float))
    share, runs_z = _runs(np.digitize(y, [np.median(y)]).astype(float) if table.kind == "regression" else y)
    drifts = order.strength > MIN_AUC and order.z > Z
    if not drifts and runs_z > -Z:
        return ()
    seen = f"the place in the file has {measure_name(table.kind)} of {order.strength:.3f}, and labels change "
    seen += f"{share:.2f} times as often as when shuffled (z {runs_z:.1f})"
    evidence = {"strength": order.strength, "z": order.z, "runs_share": share, "runs_z": runs_z, "rows": len(y)}
    if not table.declared.shuffled and (drifts or share < MIN_RUNS_SHARE):
        return (_unusable_folds(table, seen, evidence),)
    told = _neighbours(table)
    if told is None or told.gap <= GAP or told.p >= P or told.share_lost(table.kind) < LOST:
        return (_harmless(table, seen, evidence),)
    return (_given_away(table, seen, told, evidence | {"known": told.known, "new": told.new, "p": told.p}),)


def _neighbours(table: Table) -> Comparison | None:
    """Rows predicted with and without those around them in the file; None for a file sorted by the target itself."""
    y = table.y
    steps = np.sign(np.diff(y))
    if len(y) < 2 * FEWEST or abs(steps.sum()) > SORTED * np.abs(steps).sum():
        return None
    names = [name for name in table.features if name not in set(columns_to_drop(table))][:FEATURES]
    if not names:
        return None
    rng = seeds.stream(table.seed, "leakage", CHECK)
    size = max(len(y) // BLOCKS, 10)
    block = np.arange(len(y)) // size
    most = max(ROWS // min(size, 50), 2 * FEWEST)
    chosen = rng.permutation(int(block.max()) + 1)[:most]
    rows = np.flatnonzero(np.isin(block, chosen) & (np.arange(len(y)) % size < 50))
    seed = seeds.seed(table.seed, "leakage", CHECK)
    return paired.compare(table.kind, table.matrix(names, rows), table.targets[rows], block[rows], seed)


def _unusable_folds(table: Table, seen: str, evidence: dict[str, float]) -> Finding:
    return Finding(
        check=CHECK,
        severity="error",
        columns=(table.target,),
        message=f"rows are in an order that tells '{table.target}': {seen}.",
        meaning="Folds cut from consecutive rows then hold other labels than the rest: scores mean nothing.",
        remedy="Shuffle the folds, or declare the time column if the order is time.",
        evidence=evidence,
        strict=True,
    )


def _given_away(table: Table, seen: str, told: Comparison, evidence: dict[str, float]) -> Finding:
    measure = "R2" if table.kind == "regression" else "AUC"
    return Finding(
        check=CHECK,
        severity="warning",
        columns=(table.target,),
        message=f"rows are in an order that tells '{table.target}': {seen}. A row is predicted with an {measure} of "
        f"{told.known:.3f} where rows around it in the file are trained on, and of {told.new:.3f} where none are.",
        meaning="The features give away which rows stand together, and these tell on each other: scores are too high "
        "for rows of another time or place.",
        remedy="If the order is time, declare the time column, so that testing rows come after training rows; if rows "
        "of one thing stand together, declare what it is as the group.",
        evidence=evidence,
    )


def _harmless(table: Table, seen: str, evidence: dict[str, float]) -> Finding:
    return Finding(
        check=CHECK,
        severity="info",
        columns=(table.target,),
        message=f"rows are in an order that tells '{table.target}': {seen}.",
        meaning="The file was sorted, or came in time order; rows are drawn from all over it, and those around a row "
        "tell no more of it than others do.",
        evidence=evidence,
    )


def _runs(labels: Floats) -> tuple[float, float]:
    """Runs seen per run expected, and the z of the multi-class runs test (Wald & Wolfowitz; Barton & David 1957)."""
    n = len(labels)
    runs = 1 + int((labels[1:] != labels[:-1]).sum())
    counts = np.unique(labels, return_counts=True)[1].astype(float)
    squares, cubes = (counts**2).sum(), (counts**3).sum()
    expected = 1 + (n * n - squares) / n
    variance = (squares * (squares + n * (n + 1)) - 2 * n * cubes - n**3) / (n * n * (n - 1))
    z = (runs - expected) / np.sqrt(variance) if variance > 0 else 0.0
    return float(runs / expected), float(z)

"""Does the place of a row in the file tell its target? Then folds that are not shuffled are not alike."""

import numpy as np

from finetooth.errors import counted
from finetooth.leakage.association import association, measure_name
from finetooth.leakage.columns import Floats
from finetooth.leakage.findings import unchecked
from finetooth.leakage.table import Table
from finetooth.records import Finding

CHECK = "row_order"
MIN_AUC = 0.6  # AUC of the row's place
Z = 4.0  # null standard deviations, for the place and for the runs
MIN_RUNS_SHARE = 0.05  # runs seen per run expected: a file sorted into blocks of one label
FEWEST = 20


def check(table: Table) -> tuple[Finding, ...]:
    """AUC of the target against the row's place, and the runs test of Wald and Wolfowitz (1940) on its labels."""
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
    unusable_folds = not table.declared.shuffled and (drifts or share < MIN_RUNS_SHARE)
    measure = measure_name(table.kind)
    return (
        Finding(
            check=CHECK,
            severity="error" if unusable_folds else "warning",
            columns=(table.target,),
            message=f"rows are in an order that tells '{table.target}': the place in the file has {measure} "
            f"of {order.strength:.3f}, and labels change {share:.2f} times as often as when shuffled (z {runs_z:.1f}).",
            meaning="Folds cut from consecutive rows then hold other labels than the rest: scores mean nothing."
            if unusable_folds
            else "The file was sorted, or came in time order; neighbouring rows may then tell on each other.",
            remedy="Shuffle the folds, or declare the time column if the order is time."
            if unusable_folds
            else "If the order is time, declare the time column, so that testing rows come after training rows.",
            evidence={
                "strength": order.strength,
                "z": order.z,
                "runs_share": share,
                "runs_z": runs_z,
                "rows": len(y),
            },
            strict=unusable_folds,
        ),
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

"""Does having, or lacking, a value decide the target? A value that is filled in afterwards does."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from finetooth.leakage.columns import Floats, RawColumn
from finetooth.leakage.findings import waiver_hint
from finetooth.leakage.table import Table
from finetooth.records import Finding

CHECK = "state_purity"
FEWEST = 30  # rows in the state
SHARE = 0.02  # of all rows
# Share of one outcome in the state. Measured over 16 tables: honest states reach .917 (bank `balance` zero), and
# Titanic's `boat` .977 or more in 200 development samples of 80 %. It has .981 on all rows; at a threshold of .98
# it is missed in 45 % of those samples.
PURE = 0.97
# A state is no news for an outcome that nearly all rows share: a pixel that is set never shows a 4, and the
# commonest value of a mammogram's feature has 0.2 % tumours, honestly.
COMMON = 0.90
# A commonest value is a state only if it stands for something else, such as -1 or 999: this many times as common as
# the next. Adult's commonest `age` is 23 in one sample of four, and 98 % of people aged 23 honestly earn little.
STANDS_OUT = 2
P = 1e-6  # binomial p of so pure a state at the overall rate, times the number of columns

State = tuple[str, NDArray[np.bool_]]


@dataclass(frozen=True, slots=True)
class Purity:
    """A state of a column in which nearly every row has one outcome."""

    state: str
    outcome: str
    rate: float
    base: float
    p: float
    rows: int


def check(table: Table) -> tuple[Finding, ...]:
    """States missing, present, zero, non-zero and mode against each outcome; for a number, its commonest value."""
    outcomes = _outcomes(table)
    count = len(table.features)
    findings = []
    for name in table.features:
        purities = [
            purity
            for state in _states(table.column(name))
            for outcome in outcomes
            if (purity := _purity(state, outcome, count)) is not None
        ]
        if purities:
            findings.append(_error(table, name, min(purities, key=lambda purity: purity.p)))
    return tuple(findings)


def _outcomes(table: Table) -> list[State]:
    y = table.y
    labels = table.frame[table.target]
    if table.kind != "regression":
        return [(f"is {labels.iloc[int(np.argmax(y == code))]}", y == code) for code in np.unique(y)]
    values, counts = np.unique(y, return_counts=True)
    commonest = values[counts.argmax()]
    if counts.max() < SHARE * len(y):
        return []  # only a value that repeats can be told by a state: zero claims, a capped price
    return [(f"is {commonest:g}", y == commonest), (f"is not {commonest:g}", y != commonest)]


def _states(column: RawColumn) -> Iterator[State]:
    missing = column.missing()
    if missing.any():
        yield "missing", missing
        yield "present", ~missing
    if column.role == "number":
        values = column.numbers()
        yield from _zero_states(values)
        distinct, counts = np.unique(values[~np.isnan(values)], return_counts=True)
        if len(distinct) > 2 and counts.max() >= STANDS_OUT * np.partition(counts, -2)[-2]:
            mode = distinct[counts.argmax()]
            yield f"equal to its commonest value {mode:g}", values == mode


def _zero_states(values: Floats) -> Iterator[State]:
    zero = values == 0
    if zero.any():
        yield "zero", zero
        yield "non-zero", ~zero & ~np.isnan(values)


def _purity(state: State, outcome: State, columns: int) -> Purity | None:
    rows, positive = state[1], outcome[1]
    count, base = int(rows.sum()), float(positive.mean())
    if count < max(FEWEST, SHARE * len(rows)) or base > COMMON:
        return None
    hits = int((rows & positive).sum())
    if hits <= PURE * count:
        return None
    p = float(binom.sf(hits - 1, count, base)) * columns
    return Purity(state[0], outcome[0], hits / count, base, p, count) if p < P else None


def _error(table: Table, name: str, purity: Purity) -> Finding:
    return Finding(
        check=CHECK,
        severity="error",
        columns=(name,),
        message=f"where '{name}' is {purity.state} ({purity.rows:,} rows), '{table.target}' {purity.outcome} in "
        f"{purity.rate:.1%} of them, against {purity.base:.1%} of all rows.",
        meaning="A value that is there, or zero, for one outcome only was most likely written down after the outcome.",
        remedy=f"Declare '{name}' as post_outcome; if it is truly known beforehand: {waiver_hint(CHECK, name)}.",
        evidence={
            "state": purity.state,
            "outcome": purity.outcome,
            "rows": purity.rows,
            "rate": purity.rate,
            "base": purity.base,
            "p": purity.p,
        },
    )

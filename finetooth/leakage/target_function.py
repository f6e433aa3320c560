"""Can the target be computed from a few columns, to the last digit? Then a model would only find the formula."""

from dataclasses import replace

import numpy as np
from scipy.stats import spearmanr

from finetooth.leakage import formula_terms, formulas, near_fit, partition, threshold
from finetooth.leakage.columns import Codes, Floats
from finetooth.leakage.findings import waiver_hint
from finetooth.leakage.formulas import FEWEST, Formula
from finetooth.leakage.near_fit import NearFit
from finetooth.leakage.table import Table
from finetooth.leakage.threshold import Threshold
from finetooth.records import Finding, Severity

CHECK = "target_function"
MONOTONE = 0.9999  # absolute Spearman
REPEATS = 2  # rows per distinct value of a number from which a one-to-one match means something
SHOWN = 8  # terms of a formula that are written out


def check(table: Table) -> tuple[Finding, ...]:
    """One-to-one matches, monotone copies, and exact sums or products of at most three columns."""
    y = table.y
    if len(table) < FEWEST or np.ptp(y) == 0:
        return ()
    levels = np.unique(y, return_inverse=True)[1]
    copies = tuple(
        finding
        for name in table.features
        if (finding := _copy(table, name, y, levels) or _coarser(table, name, y, levels))
    )
    if copies:
        return copies
    if table.kind != "regression" or levels.max() < threshold.LEVELS:
        cut = threshold.search(table)
        if cut is not None or table.kind != "regression":
            return () if cut is None else (_cut_finding(table, cut),)
    formula = formulas.search(table)
    if formula is not None:
        return (_formula_finding(table, formula),)
    near = near_fit.search(table)
    return () if near is None else (_near_finding(table, near),)


def _copy(table: Table, name: str, y: Floats, levels: Codes) -> Finding | None:
    column = table.column(name)
    if (levels.max() + 1) * REPEATS <= len(y) and _one_to_one(column.labels(), levels):
        return _error(table, (name,), f"'{name}' and '{table.target}' match one to one", 1.0)
    values = column.numbers()
    present = np.isfinite(values)
    if table.kind == "binary" or column.role not in ("number", "date") or present.sum() < FEWEST:
        return None
    if np.ptp(values[present]) == 0 or np.ptp(y[present]) == 0 or levels.max() <= 1:
        return None
    rho = abs(float(spearmanr(values[present], y[present]).statistic))
    if rho <= MONOTONE:
        return None
    return _error(
        table, (name,), f"'{name}' puts '{table.target}' in order with a Spearman correlation of {rho:.6f}", rho
    )


def _coarser(table: Table, name: str, y: Floats, levels: Codes) -> Finding | None:
    if table.kind == "regression":
        found = partition.ranges(table, name, y) if levels.max() > 1 else None
        if found is None:
            return None
        statement = f"'{name}' parts '{table.target}' into {found.groups:,} ranges that do not overlap"
    else:
        found = partition.groups(table, name, levels)
        if found is None:
            return None
        exact = "one" if found.exceptions == 0 else f"one in {1 - found.exceptions:.1%} or more of its rows"
        statement = f"'{name}' has {found.groups:,} values, of which each class of '{table.target}' has {exact}"
    finding = _error(table, (name,), statement, 1 - found.exceptions)
    return finding if found.exceptions == 0 else replace(finding, severity="warning")


def _one_to_one(codes: Codes, y: Codes) -> bool:
    values = len(np.unique(codes))
    if values != y.max() + 1 or values < 2:
        return False
    return len(np.unique((codes + 1) * (y.max() + 1) + y)) == values


def _cut_finding(table: Table, cut: Threshold) -> Finding:
    shown = ", ".join(f"'{name}'" for name in cut.columns)
    fit = (
        f"perfectly, with {cut.near:,} of {cut.rows:,} rows so near to the boundary that measured columns would "
        "mistake some"
        if cut.exact
        else f"with an out-of-fold AUC of {cut.auc:.5f} ({cut.rows:,} rows)"
    )
    return Finding(
        check=CHECK,
        severity="error" if cut.exact else "warning",
        columns=cut.columns,
        message=f"one weighted sum or product of {shown} parts '{table.target}' {fit}.",
        meaning="The classes were cut from these columns: a model would only find the rule, not predict."
        if cut.exact
        else "A rule may give the target; honest columns are this good only where the classes lie far apart.",
        remedy=f"Declare what is known only afterwards as post_outcome; if all are known beforehand, the rule may do "
        f"instead of a model: {waiver_hint(CHECK, cut.columns[0])}.",
        evidence={"strength": cut.auc, "near": cut.near, "terms": len(cut.columns), "rows": cut.rows},
    )


def _near_finding(table: Table, near: NearFit) -> Finding:
    shown = ", ".join(f"'{name}'" for name in near.columns)
    severity: Severity = "error" if near.unexplained <= near_fit.ERROR else "warning"
    return Finding(
        check=CHECK,
        severity=severity,
        columns=near.columns,
        message=f"{shown} give '{table.target}' almost exactly: a smooth surface leaves {near.unexplained:.1e} of its "
        f"variance on rows that it was not fitted to ({near.rows:,} rows).",
        meaning="So little is left by a formula, or by the target with a little noise, not by what one may predict.",
        remedy=f"Declare what is known only afterwards as post_outcome; if all are known beforehand, a formula may do "
        f"instead of a model: {waiver_hint(CHECK, near.columns[0])}.",
        evidence={"unexplained": near.unexplained, "terms": len(near.columns), "rows": near.rows},
    )


def _formula_finding(table: Table, formula: Formula) -> Finding:
    cut = " where it is not at an end of its range" if formula.cut else ""
    statement = f"'{table.target}' = {_text(table, formula)}, exactly{cut}"
    return _error(table, formula.columns, statement, 1.0)


def _text(table: Table, formula: Formula) -> str:
    constant = float(formula.weights[-1])
    if formula.scale == "log" and all(term.operation == "log" for term in formula.terms):
        factors = [
            term.columns[0] if f"{weight:.4g}" == "1" else f"{term.columns[0]}^{weight:.4g}"
            for term, weight in zip(formula.terms, formula.weights, strict=False)
        ]
        text = _shortened(factors, " x ")
        return text if abs(constant) < 1e-3 else f"{np.exp(constant):.6g} x {text}"
    parts = [f"{_sign_and_factor(weight)}{term}" for term, weight in zip(formula.terms, formula.weights, strict=False)]
    text = _shortened(parts, " ").removeprefix("+ ")
    if abs(constant) > 1e-4 * float(np.abs(formula_terms.on_scale(table.y, formula.scale)).max()):
        text += f" {'+' if constant > 0 else '-'} {abs(constant):.4g}"
    applied = {"itself": text, "log": f"exp({text})", "inverse": f"1/({text})", "square": f"sqrt({text})"}
    return applied[formula.scale]


def _shortened(parts: list[str], joint: str) -> str:
    shown = joint.join(parts[:SHOWN])
    return shown if len(parts) <= SHOWN else f"{shown} ... ({len(parts)} terms)"


def _sign_and_factor(weight: float) -> str:
    sign, factor = "+" if weight > 0 else "-", f"{abs(weight):.4g}"
    return f"{sign} " if factor == "1" else f"{sign} {factor} x "


def _error(table: Table, columns: tuple[str, ...], statement: str, strength: float) -> Finding:
    return Finding(
        check=CHECK,
        severity="error",
        columns=columns,
        message=f"{statement} ({len(table):,} rows).",
        meaning="The target can be computed from this; it is the target under another name, or its parts.",
        remedy=f"Declare {' and '.join(repr(name) for name in columns)} as post_outcome; if all are known beforehand, "
        f"no model is needed: {waiver_hint(CHECK, columns[0])}.",
        evidence={"strength": strength, "terms": len(columns), "rows": len(table)},
    )

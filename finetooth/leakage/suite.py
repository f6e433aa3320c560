"""All checks by name, and the user's waivers."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial

from finetooth.errors import InputError, unknown
from finetooth.leakage import (
    duplicates,
    encoding,
    footprint,
    groups,
    identifiers,
    lookahead,
    missingness,
    near_duplicates,
    overlap,
    row_order,
    scramble,
    shift,
    single_feature,
    state_purity,
    structure,
    target_function,
    timeline,
)
from finetooth.leakage.findings import run_guarded, unchecked
from finetooth.leakage.table import Table
from finetooth.records import Finding, Waiver

FeatureCheck = Callable[[Table], tuple[Finding, ...]]
CrossCheck = Callable[[Table, Table], tuple[Finding, ...]]

FEATURE_CHECKS: dict[str, FeatureCheck] = {
    identifiers.CHECK: identifiers.check,
    row_order.CHECK: row_order.check,
    duplicates.REPEATED: duplicates.check,
    single_feature.CHECK: single_feature.check,
    state_purity.CHECK: state_purity.check,
    target_function.CHECK: target_function.check,
    missingness.CHECK: missingness.check,
    encoding.CHECK: encoding.check,
    timeline.CHECK: timeline.check,
    lookahead.CHECK: lookahead.check,
    overlap.GROUP: overlap.check,
    groups.CHECK: groups.check,
}

CROSS_CHECKS: dict[str, CrossCheck] = {
    overlap.ROW_IDS: overlap.check_rows,
    overlap.GROUP: overlap.check_group,
    timeline.CHECK: timeline.check_across,
    lookahead.CHECK: lookahead.check_across,
    duplicates.CHECK: duplicates.check_across,
    near_duplicates.CHECK: near_duplicates.check_across,
    encoding.CHECK: encoding.check_across,
    footprint.CHECK: footprint.check_across,
    shift.CHECK: shift.check_across,
}

CODE_CHECKS = (
    structure.EARLY_STOPPING,
    structure.SUBSET,
    structure.FOLD_REUSE,
    scramble.CHECK,
)

NAMES = tuple(dict.fromkeys((*FEATURE_CHECKS, *CROSS_CHECKS, *CODE_CHECKS)))


def run_feature(name: str, table: Table) -> tuple[Finding, ...]:
    """One check of the features of development rows, by its name in `FEATURE_CHECKS`."""
    if name not in FEATURE_CHECKS:
        raise unknown("check", name, "the list of checks", FEATURE_CHECKS)
    if not len(table):
        return (unchecked(name, "the table has no rows."),)
    return run_guarded(name, lambda: FEATURE_CHECKS[name](table), quote=True)


def run_across(train: Table, holdout: Table) -> tuple[Finding, ...]:
    """All checks across the split; their findings hold aggregates, never a sealed row."""
    findings: list[Finding] = []
    for name, check in CROSS_CHECKS.items():
        if len(train) and len(holdout):
            findings += run_guarded(name, partial(check, train, holdout), quote=False)
        else:
            findings.append(unchecked(name, "a side of the split has no rows."))
    return tuple(findings)


def waive(
    findings: Iterable[Finding], allow: Iterable[Waiver], columns: Iterable[str] | None = None
) -> tuple[Finding, ...]:
    """The findings with the user's waivers attached; strict errors stay as they are.

    `InputError` for a waiver of a check or column that does not exist, or without a reason. `columns` are those of
    the table; without them, those that the findings name.
    """
    all_findings = tuple(findings)
    waivers = tuple(allow)
    if columns is None:
        columns = (name for finding in all_findings for name in finding.columns)
    names = tuple(dict.fromkeys(columns))
    for waiver in waivers:
        _validate(waiver, names)
    return tuple(_waived(finding, waivers) for finding in all_findings)


def _validate(waiver: Waiver, columns: tuple[str, ...]) -> None:
    if waiver.check not in NAMES:
        raise unknown("check", waiver.check, "the list of checks", NAMES)
    if waiver.column is not None and waiver.column not in columns:
        raise unknown("column", waiver.column, f"the table, to waive {waiver.check} for it", columns)
    if not waiver.reason.strip():
        where = f" for column '{waiver.column}'" if waiver.column else ""
        raise InputError(f"a waiver must have a reason; got none for {waiver.check}{where}: say why it is accepted.")


def _waived(finding: Finding, waivers: tuple[Waiver, ...]) -> Finding:
    if finding.severity != "error" or finding.strict:
        return finding
    for waiver in waivers:
        if waiver.check == finding.check and (waiver.column is None or waiver.column in finding.columns):
            return replace(finding, waiver=waiver)
    return finding

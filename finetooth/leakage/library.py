"""All checks on a DataFrame, without the rest of the project."""

import pandas as pd

from finetooth.data.target import infer_kind, missing_target
from finetooth.errors import InputError, unknown
from finetooth.leakage import suite
from finetooth.leakage.findings import Findings
from finetooth.leakage.table import Declared, Table
from finetooth.records import Finding, Kind, Waiver


def check(
    frame: pd.DataFrame,
    *,
    target: str,
    kind: Kind | None = None,
    holdout: pd.DataFrame | None = None,
    group: str | None = None,
    time: str | None = None,
    horizon: str | None = None,
    embargo: str | None = None,
    post_outcome: tuple[str, ...] = (),
    drop: tuple[str, ...] = (),
    allow: tuple[Waiver, ...] = (),
    seed: int = 0,
) -> Findings:
    """All leakage checks on a table as it is, and across the split if the holdout is given too.

    `frame` holds the rows that a model trains on, `holdout` those it is tested on; the rest is what is known of the
    columns. Nothing is written or changed. Raises `InputError` for a column that is not there.
    """
    declared = Declared(group, time, horizon, embargo, tuple(post_outcome), tuple(drop))
    rows, findings = _with_target(frame, target)
    task = kind or infer_kind(rows[target])
    train = Table(rows, target, task, declared, seed)
    for name in suite.FEATURE_CHECKS:
        findings += suite.run_feature(name, train)
    if holdout is not None:
        holdout_rows, missing = _with_target(holdout, target)
        findings += missing + suite.run_across(train, Table(holdout_rows, target, task, declared, seed))
    return Findings(suite.waive(findings, allow, rows.columns))


def _with_target(frame: pd.DataFrame, target: str) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    with_text_names = (
        frame
        if all(isinstance(name, str) for name in frame.columns)
        else frame.set_axis(frame.columns.map(str), axis=1)
    )
    if target not in with_text_names.columns:
        raise unknown("column", target, "the table", list(with_text_names.columns))
    present = with_text_names[target].notna()
    if not present.any():
        raise InputError(f"the target must have values; '{target}' has none: name another column.")
    return with_text_names if present.all() else with_text_names[present], missing_target(target, int((~present).sum()))

"""Does the past learn from the future?"""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from finetooth.data import time_column
from finetooth.errors import InputError, counted
from finetooth.leakage.columns import Floats
from finetooth.leakage.findings import not_run, waiver_hint
from finetooth.leakage.table import Rows, Table
from finetooth.records import Finding

CHECK = "time"
LATER = 0.01  # share of rows with a feature dated after the row; fewer may be slips of the pen


def check(table: Table) -> tuple[Finding, ...]:
    """Features dated after the row's own time, and a file that is not in its order; without a declared time, dates."""
    dates = [name for name in table.features if table.column(name).role == "date"]
    if table.declared.time is None:
        return (_undeclared(table, dates),) if dates else ()
    try:
        time, are_dates = time_column.read_time(table.frame[table.declared.time])
    except InputError as error:
        return (_unreadable(table.declared.time, str(error)),)
    order = _order(table.declared.time, time, dates=are_dates)
    if not are_dates:
        return order
    shares = {name: float((table.column(name).numbers() > time).mean()) for name in dates}
    return order + tuple(_later(table, name, share) for name, share in shares.items() if share > 0)


def check_across(train: Table, holdout: Table) -> tuple[Finding, ...]:
    """Labels of training rows must be known, and the embargo over, before the first sealed row."""
    declared = train.declared
    if declared.time is None or declared.split == "group":  # new groups at any time are no later than the known ones
        return ()
    try:
        # Both sides at once: dates as text are read by the order of day and month that the whole column shows.
        joined_column = pd.concat([train.frame[declared.time], holdout.frame[declared.time]], ignore_index=True)
        time, dates = time_column.read_time(joined_column)
        train_time, holdout_time = np.split(time, [len(train)])
        purge = time_column.gap(time, dates, declared.horizon, declared.embargo)
    except InputError:  # what it says may quote a sealed row
        return (_unreadable(declared.time, f"the time column '{declared.time}' cannot be read on both sides."),)
    late = int((train_time + purge > holdout_time.min()).sum())
    findings = (_overlap(train, late, purge, "the first sealed row", dates=dates),) if late else ()
    if (np.diff(train_time) < 0).any():
        return findings  # the check of the training rows reports it
    file_order = _file_order(train, holdout)
    return findings if file_order is None else findings + _order(declared.time, time[file_order], dates=dates)


def check_folds(time: Floats, purge: float, folds: Iterable[tuple[Rows, Rows]]) -> tuple[Finding, ...]:
    """The same for each fold. `time` (n,), `purge` the gap in its unit, folds as (train, test) row numbers."""
    findings = []
    for number, (fit, test) in enumerate(folds, start=1):
        late = int((time[fit] + purge > time[test].min()).sum())
        if late:
            findings.append(_late(f"fold {number}: ", (), late, purge, "the first test row of the fold"))
    return tuple(findings)


def _file_order(train: Table, holdout: Table) -> Rows | None:
    """The order in the file of training and holdout rows together, from their indexes; None if these do not give it."""
    indexes = [table.frame.index for table in (train, holdout)]
    if not all(pd.api.types.is_integer_dtype(index.dtype) and index.is_monotonic_increasing for index in indexes):
        return None
    row_numbers = np.concatenate(indexes)
    return np.argsort(row_numbers) if len(np.unique(row_numbers)) == len(row_numbers) else None


def _order(name: str, time: Floats, *, dates: bool) -> tuple[Finding, ...]:
    """Rows that are earlier than the row above them; equal times are in order."""
    steps = np.diff(time)
    backward_steps = int((steps < 0).sum())
    if not backward_steps:
        return ()
    newest_first = not (steps > 0).any()
    largest = str(pd.Timedelta(-steps.min(), unit="s")).removesuffix(" 00:00:00") if dates else f"{-steps.min():g}"
    return (
        Finding(
            check=CHECK,
            severity="info" if newest_first else "warning",
            columns=(name,),
            message=f"the file runs from the newest row to the oldest by '{name}'."
            if newest_first
            else f"'{name}' goes backwards in the file: {counted(backward_steps, 'row')} of {len(time):,} "
            f"{'is' if backward_steps == 1 else 'are'} earlier than the row above, by up to {largest}.",
            meaning="The split and the folds go by the values of the column, wherever a row stands: nothing is lost."
            if newest_first
            else "The split and the folds went by the values of the column, not by the file: if these were misread, "
            "or are not the time of the row, later rows train and earlier ones test.",
            remedy="Nothing."
            if newest_first
            else f"See that '{name}' is the right column and reads as meant (day and month); nothing, if the file was "
            "shuffled, or holds several series one below the other.",
            evidence={"backwards": backward_steps, "rows": len(time), "largest": float(-steps.min())},
        ),
    )


def _unreadable(name: str, problem: str) -> Finding:
    return not_run(CHECK, problem, f"Write '{name}' so that it can be read, or declare another time column", (name,))


def _undeclared(table: Table, dates: list[str]) -> Finding:
    shown = ", ".join(f"'{name}'" for name in dates)
    return Finding(
        check=CHECK,
        severity="warning",
        columns=tuple(dates),
        message=f"{shown} {'holds' if len(dates) == 1 else 'hold'} dates, and rows are split without regard to time.",
        meaning="If the model will predict later rows, a split by chance lets it learn from their future.",
        remedy=f"Declare the time column, such as split.time: {dates[0]}; nothing, if rows do not follow each other.",
        evidence={"columns": len(dates), "split": str(table.declared.split)},
    )


def _later(table: Table, name: str, share: float) -> Finding:
    return Finding(
        check=CHECK,
        severity="error" if share >= LATER else "warning",
        columns=(name,),
        message=f"'{name}' lies after '{table.declared.time}' in {share:.1%} of {len(table):,} rows.",
        meaning="A date that comes after the prediction may be written down with the outcome, and tell it.",
        remedy=f"Declare '{name}' as post_outcome; if it is a plan that is known beforehand: "
        f"{waiver_hint(CHECK, name)}.",
        evidence={"share": share, "rows": len(table)},
    )


def _overlap(train: Table, late: int, purge: float, boundary: str, *, dates: bool) -> Finding:
    declared = train.declared
    unit = " seconds" if dates else ""
    columns = (str(declared.time),)
    return _late(f"'{declared.time}': ", columns, late, purge, boundary, unit)


def _late(prefix: str, columns: tuple[str, ...], late: int, purge: float, boundary: str, unit: str = "") -> Finding:
    return Finding(
        check=CHECK,
        severity="error",
        columns=columns,
        message=f"{prefix}{counted(late, 'training row')} {'comes' if late == 1 else 'come'} less than {purge:g}{unit} "
        f"(horizon and embargo) before {boundary}.",
        meaning="Their labels reach into, or depend on, the time that is tested: the score is too high.",
        remedy="Split by time and leave out training rows within the horizon and embargo; this error cannot be waived.",
        evidence={"late": late, "purge": purge},
        strict=True,
    )

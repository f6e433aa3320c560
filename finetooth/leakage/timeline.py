"""Does the past learn from the future?"""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from finetooth.data import time_column
from finetooth.errors import InputError, counted
from finetooth.leakage.columns import Floats
from finetooth.leakage.findings import allow, not_run
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
    told = train.declared
    if told.time is None:
        return ()
    try:
        # Both sides at once: dates as text are read by the order of day and month that the whole column shows.
        both = pd.concat([train.frame[told.time], holdout.frame[told.time]], ignore_index=True)
        time, dates = time_column.read_time(both)
        before, after = np.split(time, [len(train)])
        purge = time_column.gap(time, dates, told.horizon, told.embargo)
    except InputError:  # what it says may quote a sealed row
        return (_unreadable(told.time, f"the time column '{told.time}' cannot be read on both sides."),)
    late = int((before + purge > after.min()).sum())
    found = (_overlap(train, late, purge, "the first sealed row", dates=dates),) if late else ()
    if (np.diff(before) < 0).any():
        return found  # the check of the training rows has told it
    places = _places(train, holdout)
    return found if places is None else found + _order(told.time, time[places], dates=dates)


def check_folds(time: Floats, purge: float, folds: Iterable[tuple[Rows, Rows]]) -> tuple[Finding, ...]:
    """The same for each fold. `time` (n,), `purge` the gap in its unit, folds as (train, test) row numbers."""
    report = []
    for number, (fit, test) in enumerate(folds, start=1):
        late = int((time[fit] + purge > time[test].min()).sum())
        if late:
            report.append(_late(f"fold {number}: ", (), late, purge, "the first test row of the fold"))
    return tuple(report)


def _places(train: Table, holdout: Table) -> Rows | None:
    """Where both sides' rows stood in one file, or None when their indexes do not tell."""
    sides = [table.frame.index for table in (train, holdout)]
    if not all(pd.api.types.is_integer_dtype(side.dtype) and side.is_monotonic_increasing for side in sides):
        return None
    whole = np.concatenate(sides)
    return np.argsort(whole) if len(np.unique(whole)) == len(whole) else None


def _order(name: str, time: Floats, *, dates: bool) -> tuple[Finding, ...]:
    """Rows that are earlier than the row above them; equal times are in order."""
    steps = np.diff(time)
    back = int((steps < 0).sum())
    if not back:
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
            else f"'{name}' goes backwards in the file: {counted(back, 'row')} of {len(time):,} "
            f"{'is' if back == 1 else 'are'} earlier than the row above, by up to {largest}.",
            meaning="The split and the folds go by the values of the column, wherever a row stands: nothing is lost."
            if newest_first
            else "The split and the folds went by the values of the column, not by the file: if these were misread, "
            "or are not the time of the row, later rows train and earlier ones test.",
            remedy="Nothing."
            if newest_first
            else f"See that '{name}' is the right column and reads as meant (day and month); nothing, if the file was "
            "shuffled, or holds several series one below the other.",
            evidence={"backwards": back, "rows": len(time), "largest": float(-steps.min())},
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
        remedy=f"Declare '{name}' as post_outcome; if it is a plan that is known beforehand: {allow(CHECK, name)}.",
        evidence={"share": share, "rows": len(table)},
    )


def _overlap(train: Table, late: int, purge: float, what: str, *, dates: bool) -> Finding:
    told = train.declared
    unit = " seconds" if dates else ""
    columns = (str(told.time),)
    return _late(f"'{told.time}': ", columns, late, purge, what, unit)


def _late(prefix: str, columns: tuple[str, ...], late: int, purge: float, what: str, unit: str = "") -> Finding:
    return Finding(
        check=CHECK,
        severity="error",
        columns=columns,
        message=f"{prefix}{counted(late, 'training row')} {'comes' if late == 1 else 'come'} less than {purge:g}{unit} "
        f"(horizon and embargo) before {what}.",
        meaning="Their labels reach into, or depend on, the time that is tested: the score is too high.",
        remedy="Split by time and leave out training rows within the horizon and embargo; this error cannot be waived.",
        evidence={"late": late, "purge": purge},
        strict=True,
    )

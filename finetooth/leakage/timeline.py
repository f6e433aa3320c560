"""Does the past learn from the future?"""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from finetooth.data import clock
from finetooth.errors import InputError
from finetooth.leakage.columns import Floats
from finetooth.leakage.findings import allow, unchecked
from finetooth.leakage.table import Rows, Table
from finetooth.records import Finding

CHECK = "time"
LATER = 0.01  # share of rows with a feature dated after the row; fewer may be slips of the pen


def check(table: Table) -> tuple[Finding, ...]:
    """Features dated after the row's own time; without a declared time, date columns under a random split."""
    dates = [name for name in table.features if table.column(name).role == "date"]
    if table.declared.time is None:
        return (_undeclared(table, dates),) if dates else ()
    try:
        time, are_dates = clock.read_time(table.frame[table.declared.time])
    except InputError as error:
        return (unchecked(CHECK, str(error)),)
    if not are_dates:
        return ()
    shares = {name: float((table.column(name).numbers() > time).mean()) for name in dates}
    return tuple(_later(table, name, share) for name, share in shares.items() if share > 0)


def check_across(train: Table, holdout: Table) -> tuple[Finding, ...]:
    """Labels of training rows must be known, and the embargo over, before the first sealed row."""
    told = train.declared
    if told.time is None:
        return ()
    try:
        # Both sides at once: dates as text are read by the order of day and month that the whole column shows.
        both = pd.concat([train.frame[told.time], holdout.frame[told.time]], ignore_index=True)
        time, dates = clock.read_time(both)
        before, after = np.split(time, [len(train)])
        purge = clock.gap(time, dates, told.horizon, told.embargo)
    except InputError as error:
        return (unchecked(CHECK, str(error)),)
    late = int((before + purge > after.min()).sum())
    return (_overlap(train, late, purge, "the first sealed row", dates=dates),) if late else ()


def check_folds(time: Floats, purge: float, folds: Iterable[tuple[Rows, Rows]]) -> tuple[Finding, ...]:
    """The same for each fold. `time` (n,), `purge` the gap in its unit, folds as (train, test) row numbers."""
    report = []
    for number, (fit, test) in enumerate(folds, start=1):
        late = int((time[fit] + purge > time[test].min()).sum())
        if late:
            report.append(_late(f"fold {number}: ", (), late, purge, "the first test row of the fold"))
    return tuple(report)


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
        message=f"{prefix}{late:,} training rows come less than {purge:g}{unit} (horizon and embargo) before {what}.",
        meaning="Their labels reach into, or depend on, the time that is tested: the score is too high.",
        remedy="Split by time and leave out training rows within the horizon and embargo; this error cannot be waived.",
        evidence={"late": late, "purge": purge},
        strict=True,
    )

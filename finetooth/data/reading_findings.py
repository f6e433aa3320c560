"""What reading a table changed, dropped or doubts, one finding of severity info a column."""

from collections.abc import Callable, Iterable, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from finetooth.data import columns
from finetooth.data.columns import TEXT_BUCKETS, Column
from finetooth.data.id_names import is_name_of_code
from finetooth.data.levels import wide_levels
from finetooth.data.schema import Schema
from finetooth.data.source import Source
from finetooth.data.words import DOUBTED_SHARE, Reading
from finetooth.errors import counted
from finetooth.records import Finding

FLOAT32 = float(np.finfo(np.float32).max)
_SHOWN = 5
_SAMPLE = 20_000  # rows that tell what a person may have meant
_SENTINELS = (-9999.0, -999.0, -99.0, -9.0, -1.0, 99.0, 999.0, 9999.0, 99999.0, 999999.0, -99999.0, -999999.0)
_SENTINEL_SHARE = 0.003  # of the rows
_SENTINEL_GAP = 1.0  # of the range of the other numbers
_FEWEST_ROWS = 50  # to tell a habit from chance
_REPEATS = 3  # rows a number, from which numbers may name things
_FEWEST_NAMED = 20  # different numbers
_EPOCHS = {"seconds": 1.0, "thousandths of a second": 1e3}
_FIRST_EPOCH, _LAST_EPOCH = 946_684_800.0, 2_208_988_800.0  # the years 2000 and 2040 in seconds

Floats = NDArray[np.float64]
Doubt = tuple[str, str]  # what is doubted, and what to type


def of_reading(table: Source, schema: Schema, frame: pd.DataFrame, declared: Iterable[str]) -> tuple[Finding, ...]:
    """All of them; `frame` holds the development rows without the columns that are left out on purpose."""
    return (
        *changed(table),
        *doubts(schema.columns, frame, table.readings, declared),
        *wide_levels(schema, frame),
        *left_out(frame, [column.name for column in schema.columns]),
    )


def changed(table: Source) -> tuple[Finding, ...]:
    """A finding on how the file is written, and one for each column whose words were read as something else."""
    findings = [_finding("reading", (), table.note, "Where that is wrong, say otherwise with --set data.csv.")]
    for name, reading in table.readings.items():
        what = _kind_of(reading)
        evidence = {"gaps": reading.gaps, "odd": reading.odd, "missing": reading.removed}
        remedy = f"Where that is wrong, say --type {name}=category, or mend the values."
        findings.append(_finding("reading", (name,), sentence(name, reading, table.rows), remedy, evidence))
        if reading.ambiguous:
            other = "day-first" if not reading.day_first else "month-first"
            fix = f"date {other}" if reading.kind == "date" else f"number {_other_decimal(reading)}"
            text = f"column '{name}' is read as {what}, but {reading.ambiguous!r} could be another: no value decides."
            findings.append(_finding("doubt", (name,), text, f"If it is, say --type '{name}={fix}'."))
    return tuple(finding for finding in findings if finding.message)


def sentence(name: str, reading: Reading, rows: int) -> str:
    """What was changed in reading a column of words, in a sentence; empty where nothing was."""
    parts = []
    if reading.removed:
        declared = ", ".join(map(repr, reading.missing))
        parts.append(f"{_share(reading.removed, rows)} missing, as declared: {declared}")
    if reading.kind == "words":
        return f"column '{name}': {parts[0]}." if parts else ""
    if reading.dressed:
        parts.insert(0, f"written as text, such as {reading.dressed!r}")
    if lost := reading.gaps + reading.odd:
        parts.append(f"{_share(lost, rows)} read as missing: {', '.join(map(repr, reading.examples))}")
    return f"column '{name}' is read as {_kind_of(reading)}; {'; '.join(parts)}." if parts else ""


def doubts(
    schema_columns: Iterable[Column], frame: pd.DataFrame, readings: Mapping[str, Reading], declared: Iterable[str]
) -> tuple[Finding, ...]:
    """A finding for each column (development rows) that a person may have meant otherwise, or that loses something.

    Those that a person `declared` are not doubted.
    """
    findings = []
    step = max(1, len(frame) // _SAMPLE)
    for column in schema_columns:
        values = frame[column.name]
        if column.kind == "number" and (text := _beyond(column, values)):
            findings.append(_finding("reading", (column.name,), text, "Give it in a larger unit, or mend the values."))
        if column.kind == "text":
            text = f"column '{column.name}' is a text: a model sees its length and {TEXT_BUCKETS} counts of its words."
            remedy = f"Where it is none, say --type {column.name}=category."
            findings.append(_finding("reading", (column.name,), text, remedy))
        if column.name in declared:
            continue
        reading = readings.get(column.name, Reading())
        doubt = next(filter(None, (rule(column, values.iloc[::step], reading) for rule in _DOUBTS)), None)
        if doubt is not None:
            findings.append(_finding("doubt", (column.name,), f"column '{column.name}' {doubt[0]}", doubt[1]))
    return tuple(findings)


def left_out(frame: pd.DataFrame, used: Iterable[str]) -> tuple[Finding, ...]:
    """A finding on the columns (development rows) that have no second value, and so are no features."""
    names = [name for name in frame.columns if name not in set(used) and len(frame[name].dropna().unique()) < 2]
    if not names:
        return ()
    shown = ", ".join(f"'{name}'" for name in names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
    many = len(names) > 1
    text = f"{counted(len(names), 'column')} with one value or none {'are' if many else 'is'} left out: {shown}."
    evidence = {"columns": len(names)}
    meaning = "A model can learn nothing from a column that does not vary."
    return (Finding("left_out", "info", tuple(names), text, meaning, evidence=evidence),)


def _finding(check: str, names: tuple[str, ...], text: str, remedy: str, evidence: Mapping[str, float] = {}) -> Finding:
    return Finding(check, "info", names, text, remedy=remedy, evidence=evidence)


def _kind_of(reading: Reading) -> str:
    if reading.kind in {"date", "boolean"}:
        return "dates" if reading.kind == "date" else "true or false"
    return "times, in seconds" if reading.clock else "numbers"


def _other_decimal(reading: Reading) -> str:
    return "decimal-comma" if reading.decimal == "." else "decimal-point"


def _share(count: int, rows: int) -> str:
    return f"{counted(count, 'value')} ({count / max(rows, 1):.1%})"


def _beyond(column: Column, values: pd.Series) -> str:
    numbers = columns.numbers_of(column, values).to_numpy()
    infinite, huge = int(np.isinf(numbers).sum()), int((np.isfinite(numbers) & (np.abs(numbers) > FLOAT32)).sum())
    if not infinite + huge:
        return ""
    which = " and ".join([*(["infinite"] if infinite else []), *([f"larger than {FLOAT32:.2g}"] if huge else [])])
    return f"column '{column.name}' holds {_share(infinite + huge, len(values))} {which}; a model sees them as missing."


def _mixed(column: Column, values: pd.Series, reading: Reading) -> Doubt | None:  # noqa: ARG001
    """Words of which many could be numbers or dates."""
    if column.kind not in {"category", "text"} or reading.share < DOUBTED_SHARE:
        return None
    shown = ", ".join(map(repr, reading.examples))
    others = f", such as {shown}, others not" if shown else ""
    text = f"stays words, although {reading.share:.0%} of its values could be numbers or dates{others}."
    return text, f"If it holds numbers, say --type {column.name}=number; if these are names, nothing."


def _names(column: Column, values: pd.Series, reading: Reading) -> Doubt | None:  # noqa: ARG001
    """Whole numbers that come again and again without lying as measurements do: users, shops, items."""
    numbers = _whole(column, values)
    distinct = np.unique(numbers)
    often = len(numbers) >= _REPEATS * len(distinct) and len(distinct) >= _FEWEST_NAMED
    if not often or not (is_name_of_code(column.name) or _are_scattered(distinct)):
        return None
    rows = len(numbers) / len(distinct)
    text = f"is read as a number; its {len(distinct)} different whole numbers may be names, each in {rows:.0f} rows."
    return text, f"If they are names, say --type {column.name}=category."


def _whole(column: Column, values: pd.Series) -> Floats:
    """The numbers of a column that holds whole ones alone; of any other, none."""
    if column.kind != "number" or column.clock:
        return np.empty(0)
    numbers = columns.numbers_of(column, values).dropna().to_numpy(dtype=np.float64)
    whole = bool(np.isfinite(numbers).all() and (numbers == np.floor(numbers)).all())
    return np.asarray(numbers, dtype=np.float64) if whole else np.empty(0)


def _are_scattered(distinct: Floats) -> bool:
    """Whether numbers of five digits or more lie far from each other, as codes do: 94110, 10027, 60614."""
    return bool(distinct.min() >= 10_000 and np.ptp(distinct) > 20 * len(distinct) and distinct.max() < 1e7)


def _sentinel(column: Column, values: pd.Series, reading: Reading) -> Doubt | None:  # noqa: ARG001
    """A number such as -999 far from all others, in many rows: it may stand for a missing value."""
    if column.kind != "number" or column.clock or len(values) < _FEWEST_ROWS:
        return None
    numbers = columns.numbers_of(column, values).dropna().to_numpy()
    for sign in _SENTINELS:
        share = float((numbers == sign).mean()) if len(numbers) else 0.0
        others = numbers[numbers != sign]
        if share < _SENTINEL_SHARE or len(others) < _FEWEST_ROWS:
            continue
        middle, reach = float(np.median(others)), float(np.quantile(others, 0.99) - np.quantile(others, 0.01))
        alone = sign < others.min() if sign < 0 else sign > others.max()
        far = abs(sign - middle) > _SENTINEL_GAP * max(reach, 1.0) and not (sign == -1 and others.min() < 0)
        if alone and (far or (sign == -1 and others.min() >= 0)):
            text = (
                f"holds {sign:g} in {share:.1%} of its rows, apart from all others: it may stand for a missing value."
            )
            return text, f"If it does, say --missing {column.name}={sign:g}."
    return None


def _epoch(column: Column, values: pd.Series, reading: Reading) -> Doubt | None:  # noqa: ARG001
    """Numbers that would be moments of our time in seconds since 1970, or in thousandths of them."""
    numbers = _whole(column, values)
    for unit, factor in _EPOCHS.items():
        if len(numbers) and _FIRST_EPOCH * factor <= numbers.min() and numbers.max() <= _LAST_EPOCH * factor:
            first, last = (pd.Timestamp(value / factor, unit="s").date() for value in (numbers.min(), numbers.max()))
            return (
                f"may be {unit} since 1970, from {first} to {last}.",
                f"If it is, say --type '{column.name}=date epoch'.",
            )
    return None


_DOUBTS: tuple[Callable[[Column, pd.Series, Reading], Doubt | None], ...] = (_mixed, _epoch, _names, _sentinel)

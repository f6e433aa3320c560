"""Real tables with the findings that are known of them: named by what was declared, none by special case.

They are read from `../shared/data` beside the project; where it is absent, this part is skipped.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from finetooth.data import time_column
from finetooth.data.splitters import Fold, Rows, holdout
from finetooth.leakage import Findings, check

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data"
Seen = tuple[str, str]  # the check and its columns


@dataclass(frozen=True, slots=True)
class Real:
    """A table, its target, what is declared of it, the errors that must come, and warnings that must be among them."""

    name: str
    target: str
    declared: Mapping[str, Any] = field(default_factory=dict)
    errors: frozenset[Seen] = frozenset()
    warnings: frozenset[Seen] = frozenset()


REAL = (
    Real(
        "titanic3",
        "survived",
        errors=frozenset({("state_purity", "boat"), ("state_purity", "body")}),
        warnings=frozenset({("single_feature", "boat")}),
    ),
    Real("titanic3", "survived", {"post_outcome": ("boat", "body")}),
    Real(
        "bike_hour",
        "cnt",
        errors=frozenset({("target_function", "casual, registered")}),
        warnings=frozenset({("ids", "instant"), ("time", "dteday")}),
    ),
    # Hours of one day share its weather and its riders: true for a split by chance, until the day is declared.
    Real(
        "bike_hour",
        "cnt",
        {"post_outcome": ("casual", "registered")},
        errors=frozenset({("undeclared_group", "dteday")}),
        warnings=frozenset({("time", "dteday")}),
    ),
    Real("bike_hour", "cnt", {"post_outcome": ("casual", "registered"), "time": "dteday"}),
    Real("bike_hour", "cnt", {"post_outcome": ("casual", "registered"), "group": "dteday"}),
    Real("bank_marketing", "deposit", warnings=frozenset({("single_feature", "duration")})),
    Real("bank_marketing", "deposit", {"post_outcome": ("duration",)}),
    Real("parkinsons_tele", "total_UPDRS", errors=frozenset({("undeclared_group", "subject")})),
    Real("parkinsons_tele", "total_UPDRS", {"group": "subject"}),
    Real("mammography", "label"),
    Real("elec2", "class", warnings=frozenset({("row_order", "class")})),
    Real("adult", "income"),
    Real("diamonds", "price"),
    Real("phoneme", "label"),
    Real("german_credit", "target"),
    Real("california_housing", "median_house_value"),
)


def found(real: Real) -> Findings:
    """All checks of a table in its own order, as one file that is not split yet."""
    return check(pd.read_csv(FOLDER / f"{real.name}.csv.gz"), target=real.target, **real.declared)


def found_across(real: Real) -> Findings:
    """The same with a fifth of the rows held out: by chance, whole groups, or the newest, as the declaration asks."""
    frame = pd.read_csv(FOLDER / f"{real.name}.csv.gz")
    rng = np.random.default_rng(0)
    if group := real.declared.get("group"):
        names = frame[group].unique()
        held = frame[group].isin(rng.choice(names, len(names) // 5, replace=False)).to_numpy()
    elif name := real.declared.get("time"):
        kept, newest = _by_time(frame[name], frame[real.target], rng)
        return check(frame.iloc[kept], target=real.target, holdout=frame.iloc[newest], **real.declared)
    else:
        held = rng.random(len(frame)) < 0.2
    return check(frame[~held], target=real.target, holdout=frame[held], **real.declared)


def _by_time(column: pd.Series, target: pd.Series, rng: np.random.Generator) -> Fold:
    """The split that the pipeline makes, with its usual embargo. Returns row numbers of both sides."""
    time, dates = time_column.read_time(column)
    unit = np.arange(len(column))
    rows = Rows(target.to_numpy(dtype=float), unit, time, purge=time_column.gap(time, dates, None, None))
    return holdout(rows, 0.2, rng)


def table() -> list[str]:
    """One line a table: what was declared, what came, and whether it is what is known."""
    lines = ["| table | declared | errors | warnings | as expected |", "|---|---|---|---|---|"]
    for real in REAL if FOLDER.exists() else ():
        whole, split = found(real), found_across(real)
        seen = _named(whole.errors)
        right = seen == real.errors == _named(split.errors) and real.warnings <= _named(whole.warnings)
        declared = "; ".join(
            f"{name}: {', '.join([held] if isinstance(held, str) else held)}" for name, held in real.declared.items()
        )
        warned = _named(whole.warnings) | _named(split.warnings)
        cells = (
            real.name,
            declared or "nothing",
            _shown(seen | _named(split.errors)),
            _shown(warned),
            "yes" if right else "NO",
        )
        lines.append("| " + " | ".join(cells) + " |")
    return lines if FOLDER.exists() else ["Skipped: the tables are not beside the project."]


def _named(findings: Any) -> frozenset[Seen]:
    return frozenset((one.check, ", ".join(one.columns)) for one in findings)


def _shown(seen: frozenset[Seen]) -> str:
    return "; ".join(f"{check} ({columns})" if columns else check for check, columns in sorted(seen)) or "none"

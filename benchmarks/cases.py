"""What a measurement of the checks runs on: a table, how it is passed to a run, and what a finding must name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd

from finetooth.records import Finding

Format = Literal["csv", "parquet"]


@dataclass(frozen=True, slots=True)
class Case:
    """A table and the words of its run.

    `options` are settings of `finetooth.check`, the target aside. Of a trap, `columns` are those of which a finding
    must name one; `rows` says that a finding must be about rows, which are copies. An honest table has neither.
    A warning of a check in `routine` does not count: it would come for an honest column of that type as well.
    """

    frame: pd.DataFrame
    target: str
    options: Mapping[str, Any] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    rows: bool = False
    format: Format = "csv"
    routine: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        absent = [name for name in (self.target, *self.columns) if name not in self.frame.columns]
        if absent:
            raise ValueError(f"every named column must be in the table; {absent} are not.")


Generator = Callable[[np.random.Generator], Case]

ABOUT_ROWS = ("duplicate", "copies", "copied", "rows", "interpolat")  # in the name of a check


def names_trap(finding: Finding, case: Case) -> bool:
    """Whether a finding points at what was planted: one of the columns, or the copied rows.

    A finding is about rows when its check is named so, such as exact_duplicates or repeated_rows.
    """
    if finding.severity == "warning" and finding.check in case.routine:
        return False
    if case.rows and any(word in finding.check for word in ABOUT_ROWS):
        return True
    return bool(set(case.columns) & set(finding.columns))

"""What became of categories of hundreds of levels, said once a column."""

import pandas as pd

from finetooth.data.columns import MOST_LEVELS, WIDE_LEVELS, Column
from finetooth.data.schema import Schema
from finetooth.records import Finding


def wide_levels(schema: Schema, frame: pd.DataFrame) -> tuple[Finding, ...]:
    """A finding of severity info for each category of more than 254 levels in `frame`, the development rows.

    It speaks of every model, since a table that was split once serves runs of others.
    """
    wide = (column for column in schema.columns if column.rest or len(column.levels) > WIDE_LEVELS)
    return tuple(_finding(column, int(frame[column.name].dropna().astype(str).nunique())) for column in wide)


def _finding(column: Column, distinct: int) -> Finding:
    rare = distinct - len(column.levels)
    text = f"'{column.name}' has {distinct:,} categories"
    which = "those seen once" if len(column.levels) < MOST_LEVELS else "the rarest"
    text += f"; {which} ({rare:,}) share one code" if rare else ""
    means = len(column.levels) > WIDE_LEVELS
    text += "; each becomes the smoothed mean of the target, learned inside each fold" if means else ""
    return Finding(
        check="levels",
        severity="info",
        columns=(column.name,),
        message=f"{text}.",
        meaning="A model cannot tell apart what shares a code."
        if not means
        else "So many levels are too many to tell apart one by one; a model of your own that takes missing values gets "
        "their codes.",
        evidence={"levels": distinct, "rare": rare},
    )

"""What a split goes by: the units that are never parted, and the times of the rows."""

from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from finetooth import seeds
from finetooth.config.tune import TuneConfig
from finetooth.data import splitters, time_column, units
from finetooth.data.row_hash import hash_series
from finetooth.data.source import Source, series
from finetooth.data.target import Target
from finetooth.errors import InputError, counted

TIME = "time"  # the sealed array of times (n,), for splits that go by time
GROUP = "group"  # of hashes of the group (n,), beside these times


def split_rows(config: TuneConfig, table: Source, target: Target) -> tuple[splitters.Rows, bool]:
    """The input of a splitter, and whether its times are dates."""
    split = config.split
    time, purge, dates = None, 0.0, False
    if split.by_time is not None:
        time, dates = time_column.read_time(series(table, split.by_time, target.rows))
        if np.ptp(time) == 0:
            raise InputError(
                f"the time column '{split.by_time}' must hold different times; all {len(time):,} rows have the same "
                "one: name another column, or split without --time."
            )
        purge = time_column.gap(time, dates, split.horizon, split.embargo)
    if split.by_group is not None:
        groups = series(table, split.by_group, target.rows)
        if groups.isna().any():
            raise InputError(
                f"the group column '{split.by_group}' must have no gaps; {counted(int(groups.isna().sum()), 'row')} "
                "without a group: fill them in or drop those rows."
            )
        unit = np.asarray(pd.factorize(groups)[0], dtype=np.int64)
    else:
        excluded = {target.name, *config.data.left_out, *config.leakage.post_outcome}
        names = [name for name in table.schema.names if name not in excluded]
        waived = [waiver.column for waiver in config.leakage.allow if waiver.check == "ids"]
        keep = names if None in waived else [*config.data.types, *filter(None, waived)]
        rng = seeds.stream(config.seed, "units")
        unit = units.equal_rows(names, partial(series, table, rows=target.rows), target.y, rng, keep).code
    grouped = split.by_group is not None
    return splitters.Rows(target.y, unit, time, len(target.classes), purge, grouped, split.stratify), dates


def drawn_blocks(holdout: splitters.Rows) -> splitters.Ints | None:
    """What belongs together: declared groups, or equal rows. Rows in time are ordered by `TIME` besides."""
    if holdout.grouped:
        return holdout.unit
    units = len(np.unique(holdout.unit))
    return holdout.unit if holdout.time is None and units < len(holdout.unit) else None


def independent_units(holdout: splitters.Rows, blocks: splitters.Ints | None) -> int | None:
    """How many groups or different rows there are, or times, whichever are fewer; None where each row is its own."""
    parts = [part for part in (blocks, holdout.time) if part is not None and len(part)]
    return min((len(np.unique(part)) for part in parts), default=None)


def order_arrays(config: TuneConfig, rows: splitters.Rows, holdout: pd.DataFrame) -> dict[str, NDArray[Any]]:
    """What is sealed beside rows in time: their times, and a hash of their group where one is declared."""
    if rows.time is None:
        return {}
    group = config.split.group
    return {TIME: rows.time} | ({GROUP: hash_series(holdout[group])} if group is not None else {})

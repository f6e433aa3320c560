"""One leakage check of stored rows: what a worker of the cluster unpickles, so nothing here imports Prefect."""

from collections.abc import Iterable

import pandas as pd

from finetooth.config.tune import TuneConfig
from finetooth.data.store import open_development
from finetooth.leakage import identifiers
from finetooth.leakage.suite import run_feature
from finetooth.leakage.table import Declared, Table
from finetooth.records import DataRef, Finding, Kind


def check_stored(name: str, config: TuneConfig, data: DataRef) -> tuple[Finding, ...]:
    """One check of stored development rows."""
    return run_feature(name, table(config, open_development(data).frame(), data.kind))


def columns_to_keep(config: TuneConfig, names: Iterable[str]) -> tuple[str, ...]:
    """The columns that stay although they look like ids: their type is declared, or the finding waived."""
    waived = [waiver.column for waiver in config.leakage.allow if waiver.check == identifiers.CHECK]
    return tuple(name for name in names if name in config.data.types or name in waived or None in waived)


def table(config: TuneConfig, frame: pd.DataFrame, kind: Kind) -> Table:
    """Rows with what the user declared of them."""
    split = config.split
    # Groups that are met again later are on both sides on purpose; their column is no feature all the same.
    known = () if split.group is None or split.by_group is not None else (split.group,)
    declared = Declared(
        group=split.by_group,
        time=config.split.time,
        horizon=config.split.horizon,
        embargo=config.split.embargo,
        post_outcome=config.leakage.post_outcome,
        drop=(*config.data.left_out, *known),
        keep=columns_to_keep(config, map(str, frame.columns)),
        split="time" if split.by_time else "group" if split.by_group else "random",
    )
    return Table(frame, config.data.target, kind, declared, config.seed)

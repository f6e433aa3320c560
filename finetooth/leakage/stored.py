"""One leakage check of stored rows: what a worker of the cluster unpickles, so nothing here imports Prefect."""

import pandas as pd

from finetooth.config.tune import TuneConfig
from finetooth.data.store import open_development
from finetooth.leakage.suite import run_feature
from finetooth.leakage.table import Declared, Table
from finetooth.records import DataRef, Finding, Kind


def check_stored(name: str, config: TuneConfig, data: DataRef) -> tuple[Finding, ...]:
    """One check of stored development rows."""
    return run_feature(name, table(config, open_development(data).frame(), data.kind))


def table(config: TuneConfig, frame: pd.DataFrame, kind: Kind) -> Table:
    """Rows with what the user declared of them."""
    declared = Declared(
        group=config.split.group,
        time=config.split.time,
        horizon=config.split.horizon,
        embargo=config.split.embargo,
        post_outcome=config.leakage.post_outcome,
        drop=config.data.drop,
        split="time" if config.split.time else "group" if config.split.group else "random",
    )
    return Table(frame, config.data.target, kind, declared, config.seed)

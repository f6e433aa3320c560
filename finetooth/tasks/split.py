"""Split: read the table once, seal the holdout, and hand out a reference to the development rows."""

import numpy as np
import pandas as pd

from finetooth.config.tune import TuneConfig
from finetooth.data.split import Gate, Sealed, seal
from finetooth.leakage.identifiers import columns_to_drop
from finetooth.leakage.stored import table
from finetooth.leakage.suite import run_across
from finetooth.records import Finding, Kind
from finetooth.runs.run import Run
from finetooth.tasks.runtime.open_study import chosen_metric
from finetooth.tasks.runtime.step import note, step
from finetooth.verdict.bootstrap import check_holdout


@step("split", task_run_name="split-{config.name}", tags=["stage"], retries=2, retry_delay_seconds=5)
def split(config: TuneConfig, run: Run) -> Sealed:
    """Split the table; a remote one that does not answer is tried again."""
    if run.flow != "tune":  # no other flow opens the vault, so that it does not matter who has
        config = config.model_copy(update={"validation": config.validation.model_copy(update={"again": True})})
    sealed = seal(config, run.store, GATE)
    data = sealed.data
    _check_metric(config, sealed)
    note(f"{data.rows} development rows with {data.columns} features ({data.kind}); the other rows are sealed")
    return sealed


def _check_metric(config: TuneConfig, sealed: Sealed) -> None:
    """Whether the sealed rows allow an interval for this metric: they may have been sealed for another."""
    y = np.repeat(np.arange(len(sealed.held), dtype=float), sealed.held)
    blocks = None if sealed.blocks is None else np.arange(len(y)) % sealed.blocks
    check_holdout(chosen_metric(config, sealed.data.kind), y, blocks)


def _across(development: pd.DataFrame, holdout: pd.DataFrame, config: TuneConfig, kind: Kind) -> tuple[Finding, ...]:
    sealed = table(config, holdout, kind)
    check_holdout(chosen_metric(config, kind), sealed.y)  # now, not after hours of search
    return run_across(table(config, development, kind), sealed)


def _identifiers(development: pd.DataFrame, config: TuneConfig, kind: Kind) -> tuple[str, ...]:
    return columns_to_drop(table(config, development, kind))


GATE = Gate(_across, _identifiers)

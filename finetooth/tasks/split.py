"""Split: read the table once, seal the holdout, and hand out a reference to the development rows."""

import numpy as np
import pandas as pd

from finetooth.config.tune import TuneConfig
from finetooth.data.split import Gate, Split, split_table
from finetooth.leakage.identifiers import columns_to_drop
from finetooth.leakage.stored import table
from finetooth.leakage.suite import run_across
from finetooth.records import Finding, Kind
from finetooth.runs.run import Run
from finetooth.tasks.runtime.open_study import chosen_metric
from finetooth.tasks.runtime.step import note, step
from finetooth.verdict.bootstrap import check_holdout


@step("split", task_run_name="split-{run.config.name}", tags=["stage"], retries=2, retry_delay_seconds=5)
def split(run: Run) -> Split:
    """Split the table; a remote one that does not answer is tried again."""
    config = run.config
    if run.flow != "tune":  # no other flow opens the vault, so that it does not matter who has
        config = config.model_copy(update={"validation": config.validation.model_copy(update={"again": True})})
    outcome = split_table(config, run.store, GATE)
    data = outcome.data
    _check_metric(config, outcome)
    new = config.split.new_in_use
    sealed = "the other rows are sealed" if new is None else f"the sealed rows are {new}"
    note(f"{data.rows} development rows with {data.columns} features ({data.kind}); {sealed}")
    return outcome


def _check_metric(config: TuneConfig, outcome: Split) -> None:
    """Whether the sealed rows allow an interval for this metric: they may have been sealed for another."""
    y = np.repeat(np.arange(len(outcome.held), dtype=float), outcome.held)
    blocks = None if outcome.blocks is None else np.arange(len(y)) % outcome.blocks
    check_holdout(chosen_metric(config, outcome.data.kind), y, blocks)


def _across(development: pd.DataFrame, holdout: pd.DataFrame, config: TuneConfig, kind: Kind) -> tuple[Finding, ...]:
    sealed = table(config, holdout, kind)
    check_holdout(chosen_metric(config, kind), sealed.y)  # now, not after hours of search
    return run_across(table(config, development, kind), sealed)


def _identifiers(development: pd.DataFrame, config: TuneConfig, kind: Kind) -> tuple[str, ...]:
    return columns_to_drop(table(config, development, kind))


GATE = Gate(_across, _identifiers)

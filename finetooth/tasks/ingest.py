"""Arrival: new data, checked against what the champion can read, then split and sealed like any other table."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from finetooth.config.retrain import RetrainConfig
from finetooth.config.tune import TuneConfig
from finetooth.data.schema import encode_table
from finetooth.data.source import opened
from finetooth.data.split import seal
from finetooth.errors import InputError
from finetooth.metrics import METRICS
from finetooth.records import DataRef, Finding
from finetooth.retraining import schema_check
from finetooth.retraining.challenge import CHAMPION, SEEN
from finetooth.runs.run import Run
from finetooth.tasks.load_champion import Champion
from finetooth.tasks.runtime.open_study import chosen_metric
from finetooth.tasks.runtime.retrain_checkpoint import begin
from finetooth.tasks.runtime.step import note, step
from finetooth.tasks.split import GATE


@dataclass(frozen=True, slots=True)
class Arrived:
    """New data by reference, what the split saw, and how many rows came."""

    data: DataRef
    findings: tuple[Finding, ...]
    rows: int


@step("arrive", task_run_name="arrive-{config.name}", tags=["stage"], retries=2, retry_delay_seconds=5)
def arrive(config: RetrainConfig, run: Run, champion: Champion) -> Arrived:
    """Check the new table and split it; the sealed rows hold the champion's own encoding of them as well.

    Raises `InputError` for a table that the champion cannot be measured on.
    """
    about, reference, where = champion.model.about, champion.reference, config.data.source
    begin(config, run, champion.version.number, champion.order)
    _check_task(config, champion)
    newest = None if reference is None else reference.newest
    with opened(where) as table:
        schema_check.check(table, where, about, config.split.time, newest)
        rows = table.rows

    def beside(holdout: pd.DataFrame) -> Mapping[str, NDArray[Any]]:
        X = encode_table(about.schema, holdout)
        return {CHAMPION: X, SEEN: np.zeros(len(X), dtype=bool) if reference is None else reference.knows(X)}

    sealed = seal(of_kind(run, champion), run.store, replace(GATE, beside=beside, beside_of=champion.version.folder))
    note(f"{rows} rows came; {sealed.data.rows} to learn from, the rest are sealed")
    return Arrived(sealed.data, sealed.findings, rows)


def of_kind(run: Run, champion: Champion) -> TuneConfig:
    """The configuration with the champion's kind of task: rows are sealed for it, and the vault is opened for it."""
    return run.config.model_copy(
        update={"data": run.config.data.model_copy(update={"kind": champion.model.about.kind})}
    )


def _check_task(config: RetrainConfig, champion: Champion) -> None:
    model = champion.model
    if config.data.target != model.about.target:
        raise InputError(
            f"the target must be the champion's, '{model.about.target}'; got '{config.data.target}'; name that one."
        )
    metric = chosen_metric(config, model.kind)
    if METRICS[model.metric].needs != metric.needs:
        raise InputError(
            f"the metric must be one that the champion can be scored by, such as its own '{model.metric}'; got "
            f"'{metric.name}'; use that, or tune a new model."
        )

"""Ingestion: new data, checked against what the champion can read, then split and sealed like any other table."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from finetooth.config.data import CsvConfig, DataConfig
from finetooth.data.declared import declarations
from finetooth.data.later_table import learned_declarations
from finetooth.data.open_table import open_table
from finetooth.data.schema import encode_table
from finetooth.data.split import Split, split_table
from finetooth.data.store import About
from finetooth.errors import InputError
from finetooth.metrics import METRICS
from finetooth.retraining import schema_check
from finetooth.retraining.challenge import CHAMPION, LEARNED
from finetooth.retraining.champion import Retraining
from finetooth.tasks.runtime.open_study import chosen_metric
from finetooth.tasks.runtime.retrain_checkpoint import write_checkpoint
from finetooth.tasks.runtime.step import note, step
from finetooth.tasks.split import GATE


@dataclass(frozen=True, slots=True)
class Arrival:
    """New data after the split, and how many rows came."""

    split: Split
    rows: int


@step("arrive", task_run_name="arrive-{retraining.config.name}", tags=["stage"], retries=2, retry_delay_seconds=5)
def ingest(retraining: Retraining) -> Arrival:
    """Check the new table and split it; the sealed rows hold the champion's own encoding of them as well.

    Raises `InputError` for a table that the champion cannot be measured on.
    """
    config, champion = retraining.config, retraining.champion
    about, reference, where = champion.model.about, champion.reference, config.data.source
    write_checkpoint(retraining)
    _check_task(retraining)
    newest = None if reference is None else reference.newest
    declared = _declared(retraining.tuning.data, about)
    with open_table(where, replace(declarations(declared), types={})) as table:
        types = schema_check.check_schema(table, where, about, config.split.time, newest)
        rows = table.rows

    def champion_arrays(holdout: pd.DataFrame) -> Mapping[str, NDArray[Any]]:
        encoded = encode_table(about.schema, holdout)
        return {
            CHAMPION: encoded,
            LEARNED: np.zeros(len(encoded), dtype=bool) if reference is None else reference.contains(encoded),
        }

    gate = replace(GATE, extra_arrays=champion_arrays, extra_arrays_key=champion.version.folder)
    tuning = retraining.tuning
    learned = {name: str(kind) for name, kind in types.items()}
    read_alike = declared.model_copy(update={"types": learned | declared.types})
    split = split_table(tuning.model_copy(update={"data": read_alike}), retraining.run.store, gate, asked=tuning)
    note(f"{rows} rows came; {split.data.rows} to learn from, the rest are sealed")
    return Arrival(split, rows)


def _declared(data: DataConfig, about: About) -> DataConfig:
    """What is declared of the new table, and of the champion's where nothing is."""
    learned = learned_declarations(about.schema, about.csv, data.source)
    positive = about.classes[1] if about.kind == "binary" else None  # the rarer one may be another by now
    csv = learned.csv if data.csv == CsvConfig() else data.csv
    return data.model_copy(update={"missing": {**learned.missing, **data.missing}, "csv": csv, "positive": positive})


def _check_task(retraining: Retraining) -> None:
    config, model = retraining.config, retraining.champion.model
    if config.data.target != model.about.target:
        raise InputError(
            f"the target must be the champion's, '{model.about.target}'; got '{config.data.target}'; name that one."
        )
    positive = config.data.positive
    if positive is not None and model.kind == "binary" and positive != model.classes[1]:
        raise InputError(
            f"the positive class must be the champion's, '{model.classes[1]}'; got '{positive}'; leave it out."
        )
    metric = chosen_metric(config, model.kind)
    if METRICS[model.metric].needs != metric.needs:
        raise InputError(
            f"the metric must be one that the champion can be scored by, such as its own '{model.metric}'; got "
            f"'{metric.name}'; use that, or tune a new model."
        )

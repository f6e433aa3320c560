"""Drift: the rows that the champion has not learned from, against those that it has."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from prefect.artifacts import create_table_artifact

from finetooth.data.schema import encode_table
from finetooth.data.store import open_development
from finetooth.metrics import Metric
from finetooth.retraining import drift as engine
from finetooth.retraining.champion import Champion, Retraining
from finetooth.retraining.decay import Decay, decay_of
from finetooth.retraining.drift import Drift
from finetooth.tasks.ingest import Arrival
from finetooth.tasks.runtime.open_study import chosen_metric
from finetooth.tasks.runtime.step import note, step, tracked

MIN_ROWS = 50  # rows to score the champion on


@dataclass(frozen=True, slots=True)
class DriftSummary:
    """How many rows are new to the champion, how far they drifted, and its decay on them (None: cannot be measured)."""

    new_rows: int
    drift: Drift | None
    decay: Decay | None


@step("drift", task_run_name="drift-{retraining.config.name}", tags=["stage"])
def measure_drift(retraining: Retraining, arrival: Arrival) -> DriftSummary:
    """The drift and decay on the new development rows; the sealed rows stay sealed."""
    config, champion = retraining.config, retraining.champion
    about, reference = champion.model.about, champion.reference
    development = open_development(arrival.split.data)
    frame = development.frame()
    if reference is None:
        return DriftSummary(len(frame), None, None)
    X = encode_table(about.schema, frame)
    new = np.flatnonzero(~reference.contains(X))
    drift = engine.measure_drift(
        reference.sample,
        frame.iloc[new],
        about.schema,
        about.target,
        regression=about.kind == "regression",
        seed=config.seed,
    )
    metric = chosen_metric(config, about.kind)
    features = champion.model.features(frame.iloc[new]) if champion.model.takes_frame else X[new]
    decay = _measure_decay(champion, metric, features, np.asarray(development.y)[new], config.seed)
    _show(drift)
    return DriftSummary(len(new), drift, decay)


def _measure_decay(champion: Champion, metric: Metric, X: Any, y: Any, seed: int) -> Decay | None:
    """How the champion does on rows that are new to it; None when its earlier score is not known in this metric."""
    comparable = champion.model.metric == metric.name and np.isfinite(champion.score)
    if not comparable or len(y) < MIN_ROWS or (champion.model.kind != "regression" and len(np.unique(y)) < 2):
        return None
    decay = decay_of(metric, champion.model, X, y, champion.score, 0.0, seed)
    # What is left of the earlier comparison is how many rows it had: its error grows as theirs shrink.
    then_error = decay.error * (len(y) / champion.score_rows) ** 0.5 if champion.score_rows else decay.error
    return Decay(decay.metric, decay.then, decay.now, float(np.hypot(decay.error, then_error)), decay.least)


def _show(drift: Drift) -> None:
    note(drift.sentence, warning=drift.level != "none")
    if not tracked():
        return
    rows = [
        {"level": s.level, "measure": s.measure, "column": s.column, "value": f"{s.value:.3f}", "what": s.message}
        for s in drift.shifts
    ]
    description = (
        f"Drift: {drift.level}. {drift.now} new rows against {drift.before}; split-classifier AUC {drift.auc:.2f}."
    )
    nothing: list[dict[str, Any]] = [{"level": "none", "what": drift.sentence}]
    create_table_artifact(rows or nothing, key="drift", description=description)

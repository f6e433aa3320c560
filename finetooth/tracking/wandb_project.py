"""Weights & Biases: a run a flow, with its search as charts, its finalists as a table and its files as artifacts.

`WANDB_MODE=offline` keeps everything on this machine, in the folder of the run, for `wandb sync`.
"""

import os
from typing import Any

from finetooth.config.tune import TrackingConfig
from finetooth.tracking.payload import Payload


def send(payload: Payload, config: TrackingConfig) -> str:
    """Write a run; where it can be seen."""
    import wandb

    entity, _, project = str(config.wandb).rpartition("/")
    folder = payload.files[0].parent if payload.files else None
    run = wandb.init(
        entity=entity or None,
        project=project,
        name=payload.name,
        group=config.experiment,
        job_type="finetooth",
        notes=payload.sentence or None,
        config=dict(payload.settings),
        dir=os.environ.get("WANDB_DIR") or (str(folder) if folder is not None else None),
        settings=wandb.Settings(console="off", silent=True, save_code=False, disable_git=True),
        reinit="create_new",
    )
    try:
        _log(wandb, run, payload)
        where = run.url or f"{run.dir.rpartition('/')[0]} (offline; upload it with: wandb sync)"
    except BaseException:
        run.finish(exit_code=1)
        raise
    run.finish()
    return str(where)


def _log(wandb: Any, run: Any, payload: Payload) -> None:
    for name, points in payload.series.items():
        stage = name.partition(".")[0]
        run.define_metric(f"{stage}.trial")
        run.define_metric(name, step_metric=f"{stage}.trial")
        for step, value in points:
            run.log({name: value, f"{stage}.trial": step})
    run.summary.update({**payload.numbers, **payload.words})
    if payload.finalists:
        rows = [[f.index, f.origin, f.mean, f.seconds, str(dict(f.params))] for f in payload.finalists]
        columns = ["candidate", "origin", payload.metric.name, "seconds", "parameters"]
        run.log({"finalists": wandb.Table(columns=columns, data=rows)})
    record = wandb.Artifact(f"{payload.name}-record", type="run")
    for path in payload.files:
        record.add_file(str(path))
    run.log_artifact(record)
    if payload.model is not None:
        model = wandb.Artifact(
            str(payload.registered.get("model", payload.name)), type="model", metadata=dict(payload.words)
        )
        model.add_dir(str(payload.model))
        champion = payload.registered and payload.registered["champion"] == payload.registered["version"]
        run.log_artifact(model, aliases=["latest", "champion"] if champion else ["latest"])

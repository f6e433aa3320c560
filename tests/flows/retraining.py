"""A model that serves, and tables that arrive after it: of the same kind, or of another world."""

import numpy as np
import pandas as pd

from finetooth.config.loading import load_retrain
from tests.flows.running import BUDGET, small

ROWS = 500
FAST = {name: dict(section) for name, section in BUDGET.items()} | {
    "cluster": {"workers": 1, "processes": False},
    "decide": {"least_new": 50},
}


def arrival(seed, rows=ROWS, *, flipped=False, moved=0.0):
    """Four numbers, of which two decide, and a colour. `flipped` turns what decides; `moved` shifts the numbers."""
    rng = np.random.default_rng(seed)
    made = pd.DataFrame(rng.normal(size=(rows, 4)).round(6), columns=list("abcd"))
    made["color"] = rng.choice(["red", "green", "blue"], rows)
    weights = [0, 0, 0.7, 1] if flipped else [1, 0.7, 0, 0]
    signal = made[list("abcd")].to_numpy() @ np.array(weights) + 0.5 * rng.normal(size=rows)
    made[list("abcd")] += moved
    return made.assign(target=np.where(signal > 0, "yes", "no"))


def saved(folder, name, frame):
    """A table as a file; its path as text."""
    frame.to_csv(folder / name, index=False)
    return str(folder / name)


def registry(folder):
    return {"model": "churn", "location": str(folder / "models")}


def serving(folder, frame=None, **model):
    """A registry with a champion, tuned on a first table, linear unless `model` says otherwise. Its folder."""
    from finetooth.flows.tune import tune

    source = saved(folder, "first.csv", arrival(0) if frame is None else frame)
    model = {"name": "linear"} | model
    tune.fn(small(folder, source, registry=registry(folder), cluster=FAST["cluster"], model=model))
    return folder / "models"


def wanted(folder, source, **sections):
    """The configuration of a retraining with a tiny budget."""
    values = {name: dict(section) for name, section in FAST.items()}
    values |= {"name": "churn", "data": {"source": source}, "registry": registry(folder), "model": {"name": "linear"}}
    values["output"] = {"folder": str(folder / "runs")}
    for name, section in sections.items():
        values[name] = values.get(name, {}) | section if isinstance(section, dict) else section
    return load_retrain(values)

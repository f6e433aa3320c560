"""Tiny tables, one a kind of target, split and sealed once a session; and what a stage needs to run trials on them."""

import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from finetooth.config.loading import load_tune
from finetooth.config.tune import TuneConfig
from finetooth.data import outer_folds
from finetooth.data.split import Gate, split_table
from finetooth.domains.domains import Float, Int
from finetooth.domains.space import Space
from finetooth.metrics import DEFAULTS, METRICS
from finetooth.models.learner import Family, Learner
from finetooth.records import DataRef, Kind
from finetooth.runs.run import Run
from finetooth.trials.inline_executor import InlineExecutor
from finetooth.trials.journal import Journal
from finetooth.trials.study import Study

ROWS = 240
KINDS: tuple[Kind, ...] = ("binary", "multiclass", "regression")
OPEN_GATE = Gate(lambda *_: (), lambda *_: ())


@dataclass(frozen=True)
class Table:
    """A table as a user has it, the configuration that names it, and where it lies after the split."""

    kind: Kind
    frame: pd.DataFrame
    config: TuneConfig
    store: Path
    data: DataRef


@pytest.fixture(scope="session", autouse=True)
def _one_holdout() -> Iterator[None]:
    """Tests seal one holdout of their small tables, as of large ones, unless they ask for outer folds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outer_folds, "BELOW", 0)
        yield


def frame_of(kind: Kind, rows: int = ROWS) -> pd.DataFrame:
    """Two informative numbers (one with gaps), noise, a category with a rare level, a truth value and a date."""
    rng = np.random.default_rng(7)
    first, second, noise = rng.normal(size=(3, rows)).round(4)
    color = rng.choice(["red", "green", "blue"], rows).astype(object)
    color[5] = "mauve"
    signal = first + 0.5 * second + 0.7 * (color == "red") + 0.3 * rng.normal(size=rows)
    target = {
        "binary": np.where(signal > 0.2, "yes", "no"),
        "multiclass": np.array(["low", "mid", "top"])[np.digitize(signal, [-0.5, 0.8])],
        "regression": (10 * signal).round(3),
    }[kind]
    second[::9] = np.nan
    return pd.DataFrame(
        {
            "first": first,
            "second": second,
            "noise": noise,
            "color": color,
            "member": rng.random(rows) > 0.5,
            "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.permutation(rows), unit="D"),
            "target": target,
        }
    )


@pytest.fixture(scope="session")
def tables(tmp_path_factory: pytest.TempPathFactory) -> dict[Kind, Table]:
    """A sealed table for each kind of target."""
    folder = tmp_path_factory.mktemp("tables")
    made = {}
    for kind in KINDS:
        frame = frame_of(kind)
        frame.to_csv(folder / f"{kind}.csv", index=False)
        config = load_tune({"data": {"source": str(folder / f"{kind}.csv")}})
        made[kind] = Table(kind, frame, config, folder / "store", split_table(config, folder / "store", OPEN_GATE).data)
    return made


@pytest.fixture(scope="session")
def boosted() -> Family:
    """XGBoost with two searched parameters and few rounds by default."""
    return Family(
        Learner("xgboost", "xgboost"),
        Space([Float("learning_rate", 0.05, 0.5, log=True), Int("max_depth", 2, 6)], name="tiny"),
        {"learning_rate": 0.3, "max_depth": 3, "n_estimators": 8},
        "a tiny space",
        "none",
    )


@pytest.fixture
def study(tables: dict[Kind, Table], boosted: Family, tmp_path: Path) -> Callable[..., Study]:
    """A function that makes a study: `study(kind, config=..., executor=..., journal=..., family=...)`."""

    def make(kind: Kind = "binary", **changes: Any) -> Study:
        config = changes.get("config", tables[kind].config)
        given: dict[str, Any] = {
            "config": config,
            "run": Run(tmp_path / "run", config),
            "data": tables[kind].data,
            "family": boosted,
            "metric": METRICS[DEFAULTS[kind]],
            "executor": InlineExecutor(),
            "journal": Journal(tmp_path / "trials.jsonl"),
        }
        return Study(**given | changes)

    return make


@pytest.fixture
def finetooth(monkeypatch, capsys):
    """Call the entry point with some words; its exit code, standard output and standard error."""
    from finetooth.cli.main import main

    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setenv("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")

    def call(*words):
        monkeypatch.setattr(sys, "argv", ["finetooth", *map(str, words)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return ended.value.code, out, err

    yield call
    signal.signal(signal.SIGTERM, before)


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """A folder with a registry that has a champion, and the table that it was tuned on."""
    folder = tmp_path_factory.mktemp("first")
    from tests.flows.retraining import serving

    serving(folder)
    return folder

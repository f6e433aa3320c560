"""The public API as a typed caller uses it: checked by mypy strict, and never run."""

from pathlib import Path

import pandas as pd

import finetooth
from finetooth import Choice, Float, Int, Result, Search, Space, TuneConfig


def tuning(frame: pd.DataFrame) -> str:
    result: Result = finetooth.tune(frame, target="y", trials=40, group="customer", validation={"seeds": 3})
    folder: Path = result.folder
    report: Path = result.report
    predicted: pd.Series = result.model.predict(frame)
    sentence: str = "" if result.verdict is None else result.verdict.sentence
    return f"{folder} {report} {predicted.iloc[0]} {sentence}"


def by_configuration() -> Result:
    config = TuneConfig(name="churn", seed=1)
    return finetooth.tune(config, tracked=True)


def leaks(path: str) -> list[str]:
    return [finding.message for finding in finetooth.check(path, target="y").findings if finding.stops]


def searching() -> dict[str, object]:
    space = Space([Float("rate", 1e-3, 0.5, log=True), Int("depth", 2, 12), Choice("kind", ("a", "b"))])
    search = Search(space, seed=0, window=8)
    trial = search.ask()
    search.tell(trial, value=0.31)
    return dict(trial.params)


def serving(frame: pd.DataFrame) -> pd.DataFrame:
    model = finetooth.load_model("runs/churn/model")
    model.predict(frame)
    return finetooth.predict("churn", frame)


def version() -> str:
    return finetooth.__version__

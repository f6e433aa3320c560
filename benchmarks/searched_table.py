"""What a contestant of `time_to_quality` is given, and what it gives back."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from finetooth.records import Kind

MOST_ROUNDS = 1000


@dataclass(frozen=True, slots=True)
class Task:
    """A table as a file, its inner rows by number, and how long and on how many cores to search.

    `inner` holds the rows that a tool may see, `outer` those that score its incumbents afterwards.
    """

    source: Path
    target: str
    drop: tuple[str, ...]
    kind: Kind
    inner: np.ndarray
    outer: np.ndarray
    seed: int
    seconds: float
    cores: int
    folder: Path


@dataclass(frozen=True, slots=True)
class Found:
    """An incumbent: when it was known, its score inside the search, and how it predicts the outer rows."""

    seconds: float
    inner_score: float
    predict: Callable[[], np.ndarray]
    about: dict[str, object]


def read(task: Task) -> tuple[pd.DataFrame, np.ndarray, pd.DataFrame]:
    """Inner features, inner target (codes or numbers) and outer features, words as categories."""
    frame = pd.read_csv(task.source).drop(columns=list(task.drop))
    y = frame.pop(task.target)
    codes = y.to_numpy(float) if task.kind == "regression" else pd.factorize(y, sort=True)[0]
    words = frame.select_dtypes(exclude="number").columns
    frame[words] = frame[words].astype("category")
    return frame.iloc[task.inner], codes[task.inner], frame.iloc[task.outer]

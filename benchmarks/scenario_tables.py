"""What leakage scenarios are made of: honest tables, a split by chance, and the gate that they go through."""

import numpy as np
import pandas as pd

from finetooth.leakage import Declared, Table, suite
from finetooth.records import Finding, Kind

Found = tuple[Finding, ...]
Sides = tuple[pd.DataFrame, pd.DataFrame]


def gate(
    train: pd.DataFrame,
    holdout: pd.DataFrame | None = None,
    target: str = "y",
    kind: Kind = "binary",
    declared: Declared | None = None,
) -> Found:
    """All checks of the suite, as the pipeline runs them."""
    declared = declared or Declared()
    development = Table(train, target, kind, declared)
    found = [finding for name in suite.FEATURE_CHECKS for finding in suite.run_feature(name, development)]
    if holdout is not None:
        found += suite.run_across(development, Table(holdout, target, kind, declared))
    return tuple(found)


def plain(rng: np.random.Generator, rows: int = 2_000, columns: int = 8) -> pd.DataFrame:
    """Features with an honest, imperfect signal."""
    X = rng.normal(size=(rows, columns))
    logit = X[:, 0] + 0.7 * X[:, 1] * X[:, 2] - 0.5 * X[:, 3]
    frame = pd.DataFrame(X, columns=[f"x{i}" for i in range(columns)])
    frame["region"] = rng.choice(["north", "south", "east", "west"], rows)
    frame["visits"] = rng.poisson(3, rows)
    frame["y"] = (logit + rng.logistic(size=rows) > 0).astype(int)
    return frame


def split(rng: np.random.Generator, frame: pd.DataFrame, share: float = 0.25) -> Sides:
    order = rng.permutation(len(frame))
    cut = int(len(frame) * (1 - share))
    return frame.iloc[np.sort(order[:cut])], frame.iloc[np.sort(order[cut:])]


def entities(rng: np.random.Generator, effect: float = 2.0, groups: int = 300, each: int = 10) -> pd.DataFrame:
    owner = np.repeat(np.arange(groups), each)
    print_of = rng.normal(size=(groups, 6))
    X = print_of[owner] + 0.05 * rng.normal(size=(len(owner), 6))
    logit = effect * rng.normal(size=groups)[owner]
    frame = pd.DataFrame(X, columns=[f"f{i}" for i in range(6)])
    frame["z"] = rng.normal(size=len(owner))
    frame["person"] = owner
    frame["y"] = (logit + frame["z"] + rng.logistic(size=len(owner)) > 0).astype(int)
    return frame.sample(frac=1, random_state=int(rng.integers(1 << 31)))

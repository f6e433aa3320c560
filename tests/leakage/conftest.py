"""Small tables for the tests of the checks: plain ones, and the real ones that lie beside the project."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from finetooth.leakage import Declared, Table

SHARED = Path(__file__).parents[2].parent / "shared" / "data"


@pytest.fixture
def plain():
    """A maker of honest tables: columns of several types, with a signal that is far from perfect."""

    def make(rows=600, seed=0, kind="binary"):
        rng = np.random.default_rng(seed)
        frame = pd.DataFrame(rng.normal(size=(rows, 5)), columns=list("abcde"))
        frame["region"] = rng.choice(["north", "south", "east"], rows)
        frame["visits"] = rng.poisson(3, rows)
        frame.loc[rng.random(rows) < 0.1, "d"] = np.nan
        signal = frame["a"] + 0.5 * frame["b"] * frame["c"] + rng.logistic(size=rows)
        return frame.assign(y=signal if kind == "regression" else (signal > 0).astype(int))

    return make


@pytest.fixture
def table():
    """A maker of `Table`s from a frame and what is declared."""

    def make(frame, kind="binary", target="y", **declared):
        return Table(frame, target, kind, Declared(**declared))

    return make


@pytest.fixture
def seen():
    """What most tests compare: check, severity and columns of each finding."""
    return lambda findings: [(one.check, one.severity, one.columns) for one in findings]


@pytest.fixture
def real():
    """A reader of real tables; skips where they are absent."""

    def read(name):
        path = SHARED / f"{name}.csv.gz"
        if not path.exists():
            pytest.skip(f"{path.name} lies beside the project, and is not there")
        return pd.read_csv(path)

    return read

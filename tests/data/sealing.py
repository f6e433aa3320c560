"""Configurations and small tables for the tests of the split."""

import numpy as np
import pandas as pd

from finetooth.config.loading import load_tune
from finetooth.data import vault


def config_of(source, **sections):
    sections.setdefault("data", {})
    return load_tune(sections | {"data": {"source": source} | sections["data"]})


def opened(store, fingerprint):
    return vault.open_vault(store / "vault" / fingerprint, {"config": "a test"})


def write(tmp_path, **columns):
    path = tmp_path / "own.csv"
    pd.DataFrame(columns).to_csv(path, index=False)
    return str(path)


def rng():
    return np.random.default_rng(0)

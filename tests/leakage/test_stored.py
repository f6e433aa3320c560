"""Checks of stored rows, as a worker runs them."""

import numpy as np
import pandas as pd

from finetooth.data.split import split_table
from finetooth.leakage import single_feature
from finetooth.leakage.stored import check_stored, table
from tests.conftest import OPEN_GATE
from tests.data.sealing import config_of, write


def test_a_column_is_judged_on_one_row_of_each_with_copies(tmp_path):
    """A tree learns the values of copied rows by heart: coin flips, twenty times over, were predicted without a fault."""
    rng = np.random.default_rng(0)
    coins = pd.DataFrame({"a": rng.normal(size=60), "b": rng.normal(size=60), "target": rng.integers(0, 2, 60)})
    config = config_of(write(tmp_path, **pd.concat([coins] * 20, ignore_index=True)), data={"target": "target"})
    data = split_table(config, tmp_path / "store", OPEN_GATE).data
    by_heart = single_feature.check(table(config, pd.concat([coins] * 20, ignore_index=True), "binary"))
    assert "error" in {finding.severity for finding in by_heart}
    assert check_stored(single_feature.CHECK, config, data) == ()

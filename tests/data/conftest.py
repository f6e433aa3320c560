"""What the tests of the split share."""

import pytest


@pytest.fixture
def csv(tmp_path, tables):
    path = tmp_path / "table.csv"
    tables["binary"].frame.to_csv(path, index=False)
    return str(path)

"""What the tests of the loop share."""

import random

import pytest

from finetooth.trials import loop
from tests.trials.searching import scored


@pytest.fixture
def calls(monkeypatch):
    """What was evaluated, by index; fits take a random time."""
    made, luck = [], random.Random()

    def evaluate(asked):
        made.append(asked.candidate.index)
        return scored(asked, luck.random() / 200)

    monkeypatch.setattr(loop, "evaluate", evaluate)
    return made

"""Chance keeps what pairs of columns have in common, and no more."""

import numpy as np
import pytest

from finetooth.data import chance
from finetooth.data.chance import Repetition


def compare(*columns):
    return chance.compare(columns, np.random.default_rng(0))


@pytest.mark.parametrize(
    ("repetition", "beyond"),
    [
        (Repetition(100, 100, 100), False),
        (Repetition(1_000, 16, 16), False),
        (Repetition(1_000, 90, 100), False),
        (Repetition(1_000, 74, 100), True),  # a quarter of the combinations of chance are missing
        (Repetition(1_000, 990, 1_000), True),  # ten rows repeat another where none would
        (Repetition(1_000, 997, 1_000), False),
        (Repetition(1_000, 940, 970), False),
        (Repetition(1_000, 900, 970), True),
    ],
)
def test_repetition_is_beyond_chance_where_clearly_fewer_rows_differ(repetition, beyond):
    assert repetition.beyond_chance is beyond


def test_independent_answers_repeat_as_often_as_chance_says():
    repetition, common = compare(*np.random.default_rng(1).integers(0, 4, size=(5, 2_000)))
    assert (repetition.rows, abs(repetition.distinct - repetition.by_chance) < 30) == (2_000, True)
    assert not common.any()


def test_a_column_that_follows_from_another_adds_no_combination_by_chance():
    """Indicators of one category: of independent columns there would be 32 combinations."""
    category = np.random.default_rng(1).integers(0, 5, 1_000)
    repetition, common = compare(category, *(category == level for level in range(5)))
    assert repetition == Repetition(1_000, 5, 5)
    assert common.all()


def test_what_comes_often_in_each_column_is_common_by_chance():
    bought = np.random.default_rng(1).poisson(0.05, size=(10, 1_000))
    _, common = compare(*bought)
    nothing = (bought == 0).all(axis=0)
    assert common[nothing].all()
    assert not common[bought.sum(axis=0) > 1].any()


def test_a_constant_column_is_one_combination():
    assert compare(np.ones(10))[0] == Repetition(10, 1, 1)


def test_a_column_stands_alone_where_no_other_tells_it():
    rng = np.random.default_rng(1)
    one, other = rng.normal(size=(2, 1_000))
    assert chance.stands_alone(one, [other, rng.integers(0, 3, 1_000)], rng)
    assert not chance.stands_alone(one, [other, one + other], rng)

"""Copies form one unit, whatever numbers them and however many there are; what repeats by chance does not."""

import numpy as np
import pandas as pd
import pytest

from finetooth.data.units import equal_rows


def units(frame, y=None, keep=()):
    """The units of a frame whose target is noise, unless it is given."""
    y = np.random.default_rng(9).normal(size=len(frame)) if y is None else np.asarray(y, dtype=float)
    return equal_rows(list(frame), frame.__getitem__, y, np.random.default_rng(0), keep)


def coins(copies=1, rows=120, shuffled=False):
    """Distinct rows of which each comes several times, and their target; `part` says in which copy a row is."""
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(rng.normal(size=(rows, 4)), columns=list("abcd"))
    frame = frame.assign(city=rng.choice(list("xyz"), rows), y=rng.integers(0, 2, rows), original=np.arange(rows))
    table = pd.concat([frame.assign(part=part) for part in range(copies)], ignore_index=True)
    return table.sample(frac=1, random_state=0).reset_index(drop=True) if shuffled else table


FEATURES = ["a", "b", "c", "d", "city"]
MORE = {
    "nothing": lambda table, rng: {},
    "a row number": lambda table, rng: {"row": np.arange(len(table))},
    "random numbers": lambda table, rng: {"key": rng.permutation(10**6)[: len(table)]},
    "words": lambda table, rng: {"uid": [f"{value:x}" for value in rng.permutation(10**6)[: len(table)]]},
    "a number for each export": lambda table, rng: {"export": table["part"]},
    "a word for each export": lambda table, rng: {"export": "e" + table["part"].astype(str)},
    "a moment for each row": lambda table, rng: {"at": pd.date_range("2024", periods=len(table), freq="7s")},
    "noise": lambda table, rng: {"noise": rng.normal(size=len(table))},
    "all of these": lambda table, rng: {
        "row": np.arange(len(table)),
        "at": pd.date_range("2024", periods=len(table), freq="7s"),
        "noise": rng.normal(size=len(table)),
    },
}


@pytest.mark.parametrize("shuffled", [False, True])
@pytest.mark.parametrize("what", MORE)
def test_copies_are_one_unit_whatever_tells_them_apart(what, shuffled):
    """A row number made four copies of each row four units, and the sealed rows a copy of the training rows."""
    table = coins(4, shuffled=shuffled)
    more = MORE[what](table, np.random.default_rng(2))
    found = units(table[FEATURES].assign(**more), table["y"])
    assert len(table.assign(unit=found.code)[["original", "unit"]].drop_duplicates()) == 120
    assert (found.copies, found.originals, found.every) == (360, 120, 4)
    assert set(found.ignored) == set(more)


def test_copies_of_few_answers_are_one_unit_where_every_row_is_there_as_often():
    """They repeat by chance as well, but not each of them an even number of times, with the same target."""
    rng = np.random.default_rng(0)
    survey = pd.DataFrame(rng.integers(0, 2, size=(300, 6))).add_prefix("q").assign(y=rng.integers(0, 2, 300))
    twice = pd.concat([survey] * 2, ignore_index=True)
    found = units(twice.drop(columns="y").assign(noise=rng.normal(size=600)), twice["y"])
    assert (len(np.unique(found.code)), found.every, found.ignored) == (63, 2, ("noise",))


@pytest.mark.parametrize("copies", [2, 4, 10])
def test_copies_are_one_unit_however_many_there_are(copies):
    table = coins(copies)
    found = units(table[FEATURES], table["y"])
    assert (found.copies, found.originals) == (120 * (copies - 1), 120)


def test_copies_with_another_target_are_one_unit():
    table = coins(4)
    flipped = np.where(np.arange(len(table)) % 9 == 0, 1 - table["y"], table["y"])
    found = units(table[FEATURES].assign(row=np.arange(len(table))), flipped)
    assert (found.copies, found.originals, found.every) == (360, 120, 1)


@pytest.mark.parametrize("share", [0.01, 0.5])
def test_a_part_that_was_copied_is_with_its_originals(share):
    table = coins()
    more = table.sample(frac=share, random_state=0)
    both = pd.concat([table, more], ignore_index=True)
    found = units(both[FEATURES].assign(row=np.arange(len(both))), both["y"])
    assert (found.copies, found.originals) == (len(more), len(more))


def test_rows_drawn_again_and_again_are_with_their_copies():
    """Oversampling draws with replacement: some rows come ten times and some never."""
    table = coins(rows=300)
    drawn = table.sample(frac=4, replace=True, random_state=0)
    found = units(drawn[FEATURES], drawn["y"])
    assert len(np.unique(found.code)) == drawn["original"].nunique()


def test_few_answers_repeat_by_chance_and_each_row_is_a_unit():
    survey = pd.DataFrame(np.random.default_rng(0).integers(0, 3, size=(600, 4)), columns=list("abcd"))
    found = units(survey)
    assert found.code.tolist() == list(range(600))
    assert found.repetition.distinct == 81
    assert not found.repetition.beyond_chance


def test_no_common_answers_are_a_unit_where_columns_hang_together():
    """Ten answers to nearly the same question: of independent columns no combination would come 200 times."""
    rng = np.random.default_rng(0)
    opinion = rng.integers(0, 3, 800)
    answers = {f"q{i}": np.where(rng.random(800) < 0.05, rng.integers(0, 3, 800), opinion) for i in range(10)}
    assert np.bincount(units(pd.DataFrame(answers)).code).max() < 10


def test_a_combination_that_is_common_by_chance_is_no_unit_beside_copies():
    """Half of the rows have no purchase in any column; the rest were copied."""
    rng = np.random.default_rng(0)
    nothing = pd.DataFrame(rng.poisson(0.02, size=(600, 20)))
    bought = pd.DataFrame(rng.poisson(3, size=(300, 20)))
    table = pd.concat([nothing, bought, bought], ignore_index=True).add_prefix("p")
    found = units(table)
    empty = (table == 0).all(axis=1).to_numpy()
    assert len(np.unique(found.code[empty])) == empty.sum()
    assert len(np.unique(found.code[600:])) == 300


def test_measurements_of_a_machine_at_many_times_are_no_copies():
    """What is fixed for a machine repeats beyond chance; its target does not, so that its time tells something."""
    machine = np.repeat(np.arange(40), 20)
    fixed = pd.DataFrame(np.random.default_rng(0).normal(size=(40, 3))[machine], columns=list("abc"))
    assert units(fixed.assign(hour=np.tile(np.arange(20), 40))).copies == 0
    price = np.random.default_rng(1).permutation(10**7)[:800]
    assert units(fixed.assign(price=price)).copies == 0


def test_a_feature_that_is_kept_counts_though_it_looks_like_an_id():
    table = coins(4)
    frame = table[FEATURES].assign(row=np.arange(len(table)))
    targets = np.random.default_rng(0).normal(size=len(table))
    assert units(frame, targets).copies == 360
    assert units(frame, targets, keep=("row",)).copies == 0


@pytest.mark.parametrize(
    ("frame", "count"),
    [
        (pd.DataFrame(index=range(5)), 5),
        (pd.DataFrame({"a": [1, 1, 1]}), 3),
        (pd.DataFrame({"a": [1.0, 2.0]}), 2),
        (pd.DataFrame({"a": [1, 2] * 50, "b": ["x", "y"] * 50}), 100),
    ],
)
def test_rows_that_nothing_tells_apart_are_units_of_their_own(frame, count):
    assert len(np.unique(units(frame).code)) == count


def test_rows_are_equal_when_every_value_is_equal_and_missing_equals_missing():
    frame = pd.DataFrame(
        {
            "n": [1.5, 1.5, np.nan, np.nan, 1.5, 2.0],
            "s": ["a", "a", None, None, "b", "a"],
            "d": pd.to_datetime(["2024-01-01", "2024-01-01", None, None, "2024-01-01", "2024-01-01"]),
            "o": [1, 1, "x", "x", 1, 1],
            "c": pd.Categorical(["u", "u", None, None, "u", "u"]),
        }
    )
    more = pd.DataFrame({name: [frame[name][0]] * 200 for name in frame}).assign(n=np.arange(200) + 7.25)
    found = units(pd.concat([frame, more], ignore_index=True))
    assert found.code[:6].tolist() == [0, 0, 1, 1, 2, 3]


def test_values_that_stand_in_other_columns_make_no_copies():
    rng = np.random.default_rng(0)
    one, other = rng.normal(size=(2, 50))
    frame = pd.DataFrame({"a": np.r_[one, other], "b": np.r_[other, one]})
    assert units(frame).copies == 0


def test_the_same_rows_have_the_same_units():
    table = coins(3, shuffled=True)
    assert units(table[FEATURES]).code.tolist() == units(table[FEATURES]).code.tolist()

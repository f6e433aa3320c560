"""What an encoder makes of a column is looked at as the column is: words, letters, parts of dates, levels."""

import numpy as np
import pandas as pd
import pytest

from finetooth.leakage import single_feature, state_purity

WORDS = ["call", "order", "late", "blue", "fast", "price", "good", "bad"]


def _texts(rng, rows):
    return pd.Series([" ".join(words) for words in rng.choice(WORDS, size=(rows, 6))])


def _times(rng, rows):
    return pd.Series(pd.Timestamp("2023-01-01") + pd.to_timedelta(rng.integers(0, 10**7, rows), unit="s"))


def _errors(check, made):
    return [one.columns for one in check(made) if one.severity == "error"]


def test_a_text_that_holds_the_answer_is_an_error_and_an_honest_one_is_nothing(plain, table):
    """No single word tells, but all of them together do."""
    frame, rng = plain(), np.random.default_rng(0)
    frame["note"] = _texts(rng, 600)
    assert single_feature.check(table(frame)) == ()
    endings = np.where(
        frame["y"] == 1, rng.choice(["left", "quit", "gone"], 600), rng.choice(["stays", "goes on"], 600)
    )
    (found,) = single_feature.check(table(frame.assign(note=frame["note"] + " " + endings)))
    assert (found.severity, found.columns, found.evidence["value"]) == ("error", ("note",), 1.0)
    assert found.message.startswith("the words of 'note' alone predicts 'y'")


def test_a_word_that_only_one_outcome_has_is_an_error_unless_it_is_rare_among_them(plain, table):
    frame, rng = plain(rows=1_000), np.random.default_rng(0)
    words = _texts(rng, 1_000)
    for share, errors in ((0.5, [("note",)]), (0.15, [])):
        refunded = (frame["y"] == 1) & (rng.random(1_000) < share)
        made = table(frame.assign(note=words + np.where(refunded, " refunded", "")))
        assert _errors(state_purity.check, made) == errors


@pytest.mark.parametrize("kept", [True, False])
def test_letters_of_a_code_are_an_error_where_the_model_sees_them_and_else_a_warning(plain, table, kept):
    frame, rng = plain(), np.random.default_rng(0)
    numbers = rng.integers(0, 50, 600) if kept else rng.permutation(600)
    honest = table(frame.assign(ref=[f"{letter}{code:03}" for letter, code in zip("ABC" * 200, numbers, strict=True)]))
    assert single_feature.check(honest) == ()
    frame["ref"] = [f"{'A' if label else 'B'}{code:03}" for label, code in zip(frame["y"], numbers, strict=True)]
    (found,) = single_feature.check(table(frame))
    assert (found.severity, found.columns) == ("error" if kept else "warning", ("ref",))


def test_parts_of_a_date_and_the_difference_of_two_are_columns_of_their_own(plain, table):
    frame, rng = plain(rows=1_000), np.random.default_rng(0)
    frame["opened"] = _times(rng, 1_000)
    days = pd.to_timedelta(rng.integers(1, 50, 1_000), unit="D")
    frame["closed"] = frame["opened"] + days
    assert single_feature.check(table(frame)) == ()
    assert state_purity.check(table(frame)) == ()
    late = frame.assign(closed=frame["opened"] + days * np.where(frame["y"] == 1, 1, -1))
    assert _errors(single_feature.check, table(late)) == [("closed", "opened")]
    midnight = (frame["y"] == 1) & (rng.random(1_000) < 0.6)
    frame["opened"] = frame["opened"].where(~midnight, frame["opened"].dt.floor("D"))
    assert _errors(state_purity.check, table(frame.drop(columns="closed"))) == [("opened",)]


def test_a_date_that_stands_for_something_else_is_an_error(plain, table):
    """2099-12-31 stands for open; a common day alone is nothing."""
    frame, rng = plain(rows=1_000), np.random.default_rng(0)
    until = _times(rng, 1_000).dt.strftime("%Y-%m-%d")
    opening_day = until.where(rng.random(1_000) < 0.7, "2023-02-01")
    assert state_purity.check(table(frame.assign(until=opening_day))) == ()
    (found,) = state_purity.check(table(frame.assign(until=until.where(frame["y"] == 1, "2099-12-31"))))
    assert (found.severity, found.columns) == ("error", ("until",))
    assert "is equal to its commonest value 2099-12-31" in found.message


def test_numbers_that_are_codes_are_read_as_levels(plain, table):
    """Each of 60 numbers belongs to one outcome, and their order tells nothing."""
    frame, rng = plain(rows=2_000), np.random.default_rng(0)
    codes = rng.permutation(60)
    frame["code"] = codes[rng.integers(0, 60, 2_000)]
    assert single_feature.check(table(frame)) == ()
    frame["code"] = np.where(frame["y"] == 1, codes[rng.integers(0, 30, 2_000)], codes[rng.integers(30, 60, 2_000)])
    assert _errors(single_feature.check, table(frame)) == [("code",)]


@pytest.mark.parametrize("level", ["dormant", 7])
def test_a_pure_level_is_an_error_where_the_others_tell_nothing(plain, table, seen, level):
    """Most smells of mushrooms are pure, so there one of them is no more than a warning."""
    frame, rng = plain(rows=1_500), np.random.default_rng(0)
    others = rng.choice([1, 3, 9] if level == 7 else ["basic", "plus", "pro"], 1_500)
    known = rng.random(1_500) < 0.25
    made = table(frame.assign(status=np.where((frame["y"] == 1) & known, level, others)))
    assert seen(state_purity.check(made)) == [("state_purity", "error", ("status",))]
    assert state_purity.check(table(frame.assign(status=np.where(known, level, others)))) == ()


def test_rare_levels_that_are_pure_together_are_an_error(plain, table):
    frame, rng = plain(rows=2_000), np.random.default_rng(0)
    codes = rng.integers(0, 15, 2_000).astype(str)
    rare = (frame["y"] == 1) & (rng.random(2_000) < 0.25)
    frame["code"] = np.char.add(np.where(rare, "R", "Q"), codes)
    (found,) = state_purity.check(table(frame))
    assert (found.severity, found.columns) == ("error", ("code",))
    assert "is one of " in found.message
    frame["code"] = np.char.add(np.where(rng.random(2_000) < 0.1, "R", "Q"), codes)
    assert state_purity.check(table(frame)) == ()


def test_a_flag_of_a_rare_outcome_is_an_error_and_one_that_errs_is_not(plain, table, seen):
    """30 of 3,000 rows are positive: no state of them is 2 % of all rows."""
    frame, rng = plain(rows=3_000), np.random.default_rng(0)
    frame["y"] = (frame["a"] + rng.normal(size=3_000) > 3.1).astype(int)
    frame["flag"] = ((frame["y"] == 1) & (rng.random(3_000) < 0.8)).astype(int)
    assert seen(state_purity.check(table(frame))) == [("state_purity", "error", ("flag",))]
    frame["flag"] |= rng.random(3_000) < 0.01
    assert state_purity.check(table(frame)) == ()


def test_the_end_of_a_scale_and_copies_are_no_evidence(plain, table):
    """Zero is as pure as the numbers above it; and a row that comes twenty times tells no more than once."""
    frame, rng = plain(rows=2_000), np.random.default_rng(0)
    frame["pain"] = np.clip(np.round(4 + 2.5 * frame["a"]), 0, 10)
    frame["y"] = (frame["pain"] + rng.normal(size=2_000) / 2 > 5).astype(int)
    assert state_purity.check(table(frame)) == ()
    few = plain(rows=120)
    few["score"] = np.where(few.index < 6, -1.0, rng.normal(size=120))
    few["y"] = np.where(few.index < 6, 1, few["y"])
    assert state_purity.check(table(pd.concat([few] * 20))) == ()

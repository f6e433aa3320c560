"""Each check across the split: once where it must fire, once where it must not."""

import numpy as np
import pandas as pd
import pytest

from finetooth.leakage import duplicates, encoding, footprint, near_duplicates, overlap, shift, suite, timeline


def _split(frame, at=450):
    return frame.iloc[:at], frame.iloc[at:]


def _errors(findings):
    return [(one.check, one.strict) for one in findings if one.severity == "error"]


@pytest.mark.parametrize("kind", ["binary", "regression"])
def test_no_check_errs_on_an_honest_split(plain, table, kind):
    train, holdout = _split(plain(kind=kind))
    assert _errors(suite.run_across(table(train, kind), table(holdout, kind))) == []


def test_a_row_on_both_sides_is_a_strict_error(plain, table, seen):
    frame = plain()
    assert overlap.check_rows(table(frame[:400]), table(frame[400:])) == ()
    (found,) = overlap.check_rows(table(frame[:400]), table(frame[390:]))
    assert (found.severity, found.strict, found.evidence["shared"]) == ("error", True, 10)
    apart = table(frame[:400]), table(frame[400:].reset_index(drop=True))
    assert seen(overlap.check_rows(*apart)) == [("row_ids", "info", ())]


def test_a_declared_group_on_both_sides_is_a_strict_error(plain, table):
    train, holdout = _split(plain().assign(shop=np.arange(600) // 10))
    assert overlap.check_group(table(train, group="shop"), table(holdout, group="shop")) == ()
    other = holdout.assign(shop=holdout["shop"].sub(5).astype(str))  # the same shops, as text
    (found,) = overlap.check_group(table(train, group="shop"), table(other, group="shop"))
    assert (found.severity, found.strict, found.evidence["groups"]) == ("error", True, 5)


def test_groups_of_one_row_are_told_and_are_a_warning_where_most_are_so(plain, table, seen):
    """A group column that names rows keeps nothing together; a few groups of one row are ordinary."""
    shops = np.arange(600) // 10
    assert overlap.check(table(plain().assign(shop=shops), group="shop")) == ()
    assert overlap.check(table(plain())) == ()
    few = table(plain().assign(shop=np.where(np.arange(600) == 0, 999, shops)), group="shop")
    assert seen(overlap.check(few)) == [("declared_group", "info", ("shop",))]
    alone = overlap.check(table(plain().assign(shop=np.arange(600)), group="shop"))
    assert seen(alone) == [("declared_group", "warning", ("shop",))]
    assert alone[0].evidence == {"alone": 600, "groups": 600, "rows": 600}


def _copied(frame, count):
    train, holdout = _split(frame)
    copies = train[:count].set_index(np.arange(count) + 10_000)
    return train, pd.concat([holdout[count:], copies])


def test_copies_are_found_whatever_their_types_and_ids(plain, table, seen):
    frame = plain().assign(number=lambda f: np.random.default_rng(0).permutation(10**6)[: len(f)])
    train, holdout = _copied(frame, 8)
    holdout = holdout.astype({"a": np.float32, "visits": str, "region": "category"}).assign(number=np.arange(150))
    (found,) = duplicates.check_across(table(train), table(holdout))
    assert (found.severity, found.evidence["copies"]) == ("error", 8)
    assert str(train["a"].iloc[0]) not in found.message


def test_few_copies_and_natural_collisions_are_information(plain, table, seen):
    train, holdout = _copied(plain(), 1)
    assert seen(duplicates.check_across(table(train), table(holdout))) == [("exact_duplicates", "info", ())]
    rng = np.random.default_rng(0)
    survey = pd.DataFrame(rng.integers(0, 3, size=(600, 3)), columns=["p", "q", "y"])
    found = duplicates.check_across(*(table(part, "multiclass") for part in _split(survey)))
    assert seen(found) == [("exact_duplicates", "info", ())]


def test_equal_features_with_another_target_are_no_copies(plain, table, seen):
    train, holdout = _copied(plain(), 3)
    holdout.loc[10_000:, "y"] = 1 - holdout.loc[10_000:, "y"]
    (found,) = duplicates.check_across(table(train), table(holdout))
    assert (found.severity, found.evidence["copies"], found.evidence["contradictions"]) == ("info", 0, 3)


def test_a_table_of_copies_that_the_split_parts_is_an_error(plain, table):
    """Training rows equal each other as often as sealed rows equal them; a rate alone says nothing."""
    four = pd.concat([plain(rows=200)] * 4, ignore_index=True).sample(frac=1, random_state=0)
    (found,) = duplicates.check_across(*(table(part) for part in _split(four, 600)))
    assert (found.severity, found.strict) == ("error", False)


def test_copies_that_are_as_common_in_training_are_a_warning(plain, table):
    frame = pd.concat([plain(rows=900), plain(rows=900)[:90]], ignore_index=True).sample(frac=1, random_state=0)
    (found,) = duplicates.check_across(*(table(part) for part in _split(frame, 790)))
    assert found.severity == "warning"


def test_jittered_copies_are_an_error(plain, table):
    frame = plain(rows=2_000).drop(columns="d")
    train, holdout = _split(frame, 1_600)
    assert near_duplicates.check_across(table(train), table(holdout)) == ()
    copies = train[:20].set_index(np.arange(20) + 10_000)
    copies[list("abce")] += np.random.default_rng(0).normal(0, 1e-3, (20, 4))
    (found,) = near_duplicates.check_across(table(train), table(pd.concat([holdout[20:], copies])))
    assert (found.severity, found.strict, found.evidence["near"]) == ("error", False, 40)


def test_one_near_row_is_no_proof(plain, table):
    train, holdout = _split(plain().drop(columns="d"))
    copy = train[:1].set_index(np.array([10_000]))
    copy[list("abce")] += 1e-4
    assert near_duplicates.check_across(table(train), table(pd.concat([holdout[1:], copy]))) == ()


@pytest.mark.parametrize("copies", [2, 4, 8])
def test_a_table_of_jittered_copies_is_an_error_unless_they_are_of_one_group(plain, table, copies):
    """Training rows are as near to each other as sealed rows are to them; a rate alone says nothing."""
    rng = np.random.default_rng(0)
    frame = plain(rows=300).drop(columns="d").assign(who=np.arange(300))
    four = pd.concat([frame] * copies, ignore_index=True)
    four[list("abce")] += rng.normal(0, 1e-3, (len(four), 4))
    parts = _split(four.sample(frac=1, random_state=0), 240 * copies)
    (found,) = near_duplicates.check_across(*(table(part, drop=("who",)) for part in parts))
    assert (found.severity, found.strict) == ("error", False)
    assert near_duplicates.check_across(*(table(part, group="who") for part in parts)) == ()
    apart = four[four["who"] < 240], four[four["who"] >= 240]
    assert near_duplicates.check_across(*(table(part, drop=("who",)) for part in apart)) == ()


def _between(frame, rows, rng):
    """Rows on the lines between two rows of a frame, as SMOTE and mixup make them."""
    one, other = (frame.iloc[rng.integers(0, len(frame), rows)].reset_index(drop=True) for _ in range(2))
    return one + rng.random((rows, 1)) * (other - one)


def test_rows_between_two_others_are_an_error(plain, table):
    rng = np.random.default_rng(0)
    frame = plain(rows=500)[list("abce")]
    rare = frame[:50]
    made = pd.concat([frame, _between(rare, 200, rng)], ignore_index=True).assign(y=np.arange(700) % 2)
    (found,) = near_duplicates.check_across(*(table(part) for part in _split(made.sample(frac=1, random_state=0), 560)))
    assert (found.severity, "straight line between" in found.message) == ("error", True)


def test_rows_of_a_grid_lie_between_others_by_nature(table):
    rng = np.random.default_rng(0)
    grid = pd.DataFrame(rng.integers(0, 300, (2_000, 5)) / 10.0, columns=list("abcde")).assign(y=np.arange(2_000) % 2)
    assert near_duplicates.check_across(*(table(part) for part in _split(grid, 1_600))) == ()


def test_by_time_sealed_rows_alone_are_compared_with_training_rows(plain, table):
    """A sensor that stands still gives near rows on one side of the split, where they do no harm."""
    frame = plain(rows=900).drop(columns="d")
    still = pd.concat([frame[:300]] * 2 + [frame[300:]]).sort_index(kind="stable").reset_index(drop=True)
    still[list("abce")] += np.random.default_rng(0).normal(0, 1e-3, (1_200, 4))
    at = {"time": "at", "embargo": "0"}
    parts = _split(still.assign(at=range(1_200)), 900)
    assert near_duplicates.check_across(*(table(part, **at) for part in parts)) == ()


def test_few_continuous_columns_are_not_checked_for_near_copies(plain, table, seen):
    train, holdout = _split(plain()[["a", "b", "visits", "y"]])
    assert seen(near_duplicates.check_across(table(train), table(holdout))) == [("near_duplicates", "info", ())]


def test_labels_that_reach_into_the_sealed_time_are_a_strict_error(plain, table):
    frame = plain().assign(at=pd.date_range("2024-01-01", periods=600, freq="D"))
    told = {"time": "at", "horizon": "2D", "embargo": "1D"}

    def check(last):
        return timeline.check_across(table(frame[:last], **told), table(frame[450:], **told))

    assert check(448) == ()  # three days before the first sealed row
    (found,) = check(449)
    assert (found.severity, found.strict, found.evidence["late"]) == ("error", True, 1)
    assert timeline.check_across(table(frame[:450]), table(frame[450:])) == ()


def test_folds_of_time_are_held_to_the_same_gap():
    time = np.arange(100.0)
    good, bad = (np.arange(40), np.arange(50, 60)), (np.arange(60), np.arange(62, 70))
    found = timeline.check_folds(time, 5.0, [good, bad])
    assert [(one.message[:7], one.evidence["late"], one.strict) for one in found] == [("fold 2:", 2, True)]


def test_a_time_that_cannot_be_read_is_said_once_as_a_warning(plain, table, seen):
    train, holdout = _split(plain())
    told = {"time": "region", "split": "time"}
    assert seen(timeline.check(table(train, **told))) == [("time", "error", ("region",))]
    assert seen(timeline.check_across(table(train, **told), table(holdout, **told))) == [("time", "error", ("region",))]


def test_newest_rows_at_the_top_of_a_file_are_seen_across_the_split_alone(plain, table):
    """The training rows are in order, and only with the sealed ones the file goes backwards, once."""
    frame = plain().assign(at=np.roll(np.arange(600) // 2, 150))
    held, kept = frame[:150], frame[150:]
    told = {"time": "at", "embargo": "0"}
    assert timeline.check(table(kept, **told)) == ()
    (found,) = timeline.check_across(table(kept, **told), table(held, **told))
    assert (found.severity, found.columns) == ("warning", ("at",))
    assert found.evidence == {"backwards": 1, "rows": 600, "largest": 299.0}
    # Where the training rows show it themselves, it is not said twice; nor where the index tells no place.
    backwards = kept[::-1].reset_index(drop=True), held.set_index(np.arange(600, 750))
    assert timeline.check_across(*(table(part, **told) for part in backwards)) == ()
    unknown = kept.reset_index(drop=True), held.reset_index(drop=True)
    assert timeline.check_across(*(table(part, **told) for part in unknown)) == ()
    words = kept.set_index(kept.index.astype(str)), held.set_index(held.index.astype(str))
    assert timeline.check_across(*(table(part, **told) for part in words)) == ()


def test_an_encoding_before_the_split_equals_the_means_over_both_sides_alone(plain, table):
    """The training rows alone show that it is too close to their means, and that finding can be waived."""
    frame = plain(rows=1_000)
    frame["city"] = np.random.default_rng(0).integers(0, 100, 1_000)
    train, holdout = _split(frame.assign(rate=frame.groupby("city")["y"].transform("mean")), 800)
    (close,) = encoding.check(table(train))
    assert (close.columns, close.severity, close.strict) == (("rate", "city"), "error", False)
    (found,) = encoding.check_across(table(train), table(holdout))
    assert (found.columns[0], found.strict) == ("rate", True)
    assert encoding.check_across(*(table(part) for part in _split(frame, 800))) == ()


def test_a_scaler_that_saw_the_whole_table_is_a_warning(plain, table, seen):
    frame = plain()
    scaled = frame.assign(a=(frame["a"] - frame["a"].mean()) / frame["a"].std())
    assert seen(footprint.check_across(*(table(part) for part in _split(scaled)))) == [("footprint", "warning", ("a",))]
    assert footprint.check_across(*(table(part) for part in _split(frame))) == ()
    sides = [part.assign(a=(part["a"] - part["a"].mean()) / part["a"].std(ddof=0)) for part in _split(frame)]
    assert footprint.check_across(*(table(side) for side in sides)) == ()


def test_to_know_a_group_again_is_no_shift_and_moved_groups_are_one(table):
    """Rows of one group are alike, so a classifier that sees the group on both sides of its folds tells nothing."""
    rng = np.random.default_rng(0)
    shop = np.repeat(np.arange(60), 10)
    frame = pd.DataFrame(rng.normal(size=(60, 3))[shop] + 0.01 * rng.normal(size=(600, 3)), columns=list("abc"))
    frame = frame.assign(shop=shop, y=rng.integers(0, 2, 600))
    train, holdout = frame[shop < 45], frame[shop >= 45]
    assert shift.check_across(table(train, group="shop"), table(holdout, group="shop")) == ()
    assert len(shift.check_across(table(train, drop=("shop",)), table(holdout, drop=("shop",)))) == 1
    (found,) = shift.check_across(table(train, group="shop"), table(holdout.assign(a=9.0), group="shop"))
    assert (found.severity, found.columns[0]) == ("warning", "a")


@pytest.mark.parametrize(("split", "severity"), [("random", "error"), ("group", "warning"), ("time", "info")])
def test_a_shift_weighs_as_the_declared_split_explains_it(plain, table, split, severity):
    train, holdout = _split(plain())
    assert shift.check_across(table(train, split=split), table(holdout, split=split)) == ()
    moved = holdout.assign(a=holdout["a"] + 4)
    (found,) = shift.check_across(table(train, split=split), table(moved, split=split))
    assert (found.severity, found.columns[0]) == (severity, "a")
    slightly = holdout.assign(a=holdout["a"] + 1)
    (found,) = shift.check_across(table(train, split=split), table(slightly, split=split))
    assert found.severity == ("info" if split == "time" else "warning")

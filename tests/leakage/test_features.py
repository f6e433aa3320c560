"""Each check of a feature: once where it must fire, once where it must not."""

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits

from finetooth.config.loading import load_tune
from finetooth.leakage import (
    duplicates,
    encoding,
    groups,
    identifiers,
    missingness,
    row_order,
    single_feature,
    state_purity,
    stored,
    suite,
    target_function,
    timeline,
)


@pytest.mark.parametrize("kind", ["binary", "regression"])
def test_no_check_errs_on_an_honest_table(plain, table, kind):
    made = table(plain(kind=kind), kind)
    assert [
        one for name in suite.FEATURE_CHECKS for one in suite.run_feature(name, made) if one.severity == "error"
    ] == []


@pytest.mark.parametrize(
    ("load", "kind"), [(load_breast_cancer, "binary"), (load_diabetes, "regression"), (load_digits, "multiclass")]
)
def test_no_check_errs_on_honest_tables_of_scikit_learn(table, load, kind):
    made = table(load(as_frame=True).frame, kind, "target")
    assert [
        one for name in suite.FEATURE_CHECKS for one in suite.run_feature(name, made) if one.severity == "error"
    ] == []


def test_ids_and_row_numbers_are_left_out_but_measurements_are_not(plain, table):
    rng = np.random.default_rng(0)
    frame = plain()
    frame["row"] = np.arange(600)
    frame["code"] = [f"C{number}" for number in rng.permutation(600)]
    frame["userId"] = rng.permutation(10**6)[:600]
    frame["price"] = rng.permutation(10**5)[:600]  # whole numbers that hardly repeat are no ids by that alone
    frame["metres"] = rng.permutation(600).astype(float)
    frame["note"] = [f"wrote {number} lines" for number in range(600)]
    frame["day"] = pd.date_range("2024-01-01", periods=600)
    made = table(frame)
    assert identifiers.columns_to_drop(made) == ("row", "code", "userId")
    assert [(one.severity, one.evidence["dropped"]) for one in identifiers.check(made)] == [("warning", 1)] * 3


@pytest.mark.parametrize("name", ["account_balance", "orderValue", "case count", "customer-income", "sales_by_store"])
def test_a_measurement_is_no_id_whatever_its_name(table, name):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({name: np.exp(rng.normal(size=400) + 14).astype(int), "y": rng.integers(0, 2, 400)})
    assert identifiers.columns_to_drop(table(frame)) == ()


@pytest.mark.parametrize("name", ["customer_id", "userId", "account", "order"])
def test_numbers_that_were_given_out_are_ids(table, name):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({name: rng.choice(10**7, 400, replace=False), "y": rng.integers(0, 2, 400)})
    assert identifiers.columns_to_drop(table(frame)) == (name,)


def test_a_column_that_the_user_keeps_is_no_longer_left_out(table):
    frame = pd.DataFrame({"customer_id": np.random.default_rng(0).choice(10**7, 400, replace=False), "y": [0, 1] * 200})
    kept = table(frame, keep=("customer_id",))
    assert identifiers.columns_to_drop(kept) == ()
    (finding,) = identifiers.check(kept)
    assert (finding.evidence["dropped"], "it is kept, as was asked" in finding.message) == (0, True)


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({}, ()),
        ({"data": {"types": {"a": "number"}}}, ("a",)),
        ({"leakage": {"allow": [{"check": "ids", "column": "b", "reason": "a measurement"}]}}, ("b",)),
        ({"leakage": {"allow": [{"check": "ids", "reason": "all are measurements"}]}}, ("a", "b")),
        ({"leakage": {"allow": [{"check": "time", "reason": "no matter"}]}}, ()),
    ],
)
def test_a_declared_type_or_a_waiver_keeps_a_column(settings, names):
    assert stored.columns_to_keep(load_tune(settings), ["a", "b"]) == names


def test_an_id_whose_order_tells_the_target_is_an_error(plain, table):
    frame = plain().sort_values("y")
    frame["id"] = np.arange(600) * 7 + 1
    frame = frame.sample(frac=1, random_state=0)
    assert [one.severity for one in identifiers.check(table(frame))] == ["error"]
    assert [one.severity for one in identifiers.check(table(frame, time="d", split="time"))] == ["warning"]


def test_a_sorted_file_is_an_error_only_with_unshuffled_folds(plain, table, seen):
    frame = plain()
    ordered = frame.sort_values("y", kind="stable")
    assert row_order.check(table(frame, shuffled=False)) == ()
    assert seen(row_order.check(table(ordered))) == [("row_order", "info", ("y",))]
    (found,) = row_order.check(table(ordered, shuffled=False))
    assert (found.severity, found.strict) == ("error", True)
    blocks = pd.concat([ordered.iloc[150:], ordered.iloc[:150]])  # blocks of one label, whose place has no AUC
    assert row_order.check(table(blocks, shuffled=False))[0].strict


def test_copies_within_the_rows_are_told_with_their_originals_and_warned_of_where_they_are_most(plain, table, seen):
    """Kept together they do no harm; a table of which most rows are copies is smaller than it looks."""
    frame = plain()
    assert duplicates.check(table(frame)) == ()
    few = duplicates.check(table(pd.concat([frame, frame[:50]])))
    assert seen(few) == [("repeated_rows", "info", ())]
    assert few[0].evidence == {"copies": 50, "originals": 50, "share": 50 / 650, "rows": 650}
    numbered = pd.concat([frame] * 3, ignore_index=True).assign(row=range(1_800))
    (most,) = duplicates.check(table(numbered))
    assert (most.severity, most.columns) == ("warning", ("row",))
    assert most.message == (
        "1,200 of 1,800 rows (66.7%) are copies of 600 others, equal in all features but for 'row'; every row is there "
        "3 times or a multiple of that."
    )
    by_time = table(pd.concat([frame, frame[:50]]).assign(at=range(650)), time="at")
    assert seen(duplicates.check(by_time)) == [("repeated_rows", "warning", ())]
    rng = np.random.default_rng(0)
    survey = pd.DataFrame(rng.integers(0, 3, size=(600, 4)), columns=list("abcy"))
    assert duplicates.check(table(survey, "multiclass")) == ()


def test_a_table_that_is_mostly_one_row_is_a_warning(plain, table, seen):
    frame = plain(rows=100)
    one = pd.concat([frame] + [frame[:1]] * 200, ignore_index=True)
    assert [severity for _, severity, _ in seen(duplicates.check(table(one)))] == ["warning"]


@pytest.mark.parametrize("kind", ["binary", "regression"])
def test_a_column_that_is_the_answer_with_noise_is_an_error_or_a_warning_by_its_strength(plain, table, kind):
    frame = plain(rows=3_000, kind=kind)
    rng = np.random.default_rng(1)
    spread = frame["y"].std()
    frame["answer"] = frame["y"] + 1e-4 * spread * rng.normal(size=3_000)
    frame["strong"] = frame["y"] + (0.5 if kind == "binary" else 0.1) * spread * rng.normal(size=3_000)
    assert single_feature.check(table(plain(rows=3_000, kind=kind), kind)) == ()
    found = {one.columns: one.severity for one in single_feature.check(table(frame, kind))}
    assert found == {("answer",): "error", ("strong",): "warning"}


def test_a_category_that_is_the_answer_is_an_error_and_one_with_many_levels_is_not(plain, table, seen):
    frame = plain()
    rng = np.random.default_rng(0)
    frame["many"] = [f"level {code}" for code in rng.integers(0, 300, 600)]
    assert single_feature.check(table(frame)) == ()
    frame["outcome"] = np.where(frame["y"] == 1, rng.choice(["paid", "won"], 600), rng.choice(["lost", "void"], 600))
    assert seen(single_feature.check(table(frame))) == [("single_feature", "error", ("outcome",))]


def test_one_column_far_above_the_rest_is_a_warning(plain, table, seen):
    frame = plain()
    assert single_feature.check(table(frame)) == ()
    frame["duration"] = frame["y"] + 0.5 * np.random.default_rng(0).normal(size=600)
    (found,) = single_feature.check(table(frame))
    assert (found.severity, found.columns) == ("warning", ("duration",))
    assert found.table[0] == ("column", "out-of-fold AUC", "z")
    assert found.table[1][0] == "duration"


def test_a_value_written_down_for_one_outcome_only_is_an_error(plain, table):
    frame = plain(rows=1_000)
    rng = np.random.default_rng(0)
    frame["reason"] = np.where((frame["y"] == 1) & (rng.random(1_000) < 0.9), "R1", None)
    frame["refund"] = np.where((frame["y"] == 0) & (rng.random(1_000) < 0.5), rng.exponential(10, 1_000), 0)
    frame["score"] = np.where((frame["y"] == 0) & (rng.random(1_000) < 0.5), -1, rng.integers(0, 9, 1_000))
    assert [one.columns for one in state_purity.check(table(frame))] == [("reason",), ("refund",), ("score",)]


def test_impure_or_rare_states_and_rare_classes_are_no_errors(plain, table):
    frame = plain(rows=1_000)
    rng = np.random.default_rng(0)
    frame.loc[rng.random(1_000) < np.where(frame["y"] == 1, 0.6, 0.1), "a"] = np.nan
    frame["few"] = np.where((frame["y"] == 1) & (np.arange(1_000) < 50), 1.0, np.nan)
    assert state_purity.check(table(frame)) == ()
    rare = frame.assign(y=((frame["b"] > 1) & (rng.random(1_000) < 0.15)).astype(int), b=frame["b"].clip(lower=0))
    assert state_purity.check(table(rare)) == ()


def test_the_commonest_of_many_like_values_is_a_warning_as_any_pure_level(plain, table, seen):
    frame = plain(rows=1_000)
    frame["age"] = np.where(np.arange(1_000) < 960, np.arange(1_000) % 24, 30)
    frame.loc[frame["age"] == 0, "age"] = 30  # 80 rows, the others 40 each
    frame.loc[frame["age"] == 30, "y"] = 0
    assert [one.columns for one in state_purity.check(table(frame))] == [("age",)]
    frame.loc[[index for index in frame.index if frame["age"][index] == 30][:10], "age"] = 1
    assert seen(state_purity.check(table(frame))) == [("state_purity", "warning", ("age",))]


def test_a_state_that_decides_the_commonest_number_is_an_error(plain, table, seen):
    frame = plain(kind="regression")
    rng = np.random.default_rng(0)
    claims = rng.random(600) < 0.4
    frame["y"] = np.where(claims, rng.exponential(100, 600), 0)
    assert state_purity.check(table(frame, "regression")) == ()
    frame["claim_day"] = np.where(claims, rng.integers(1, 366, 600), np.nan)
    assert seen(state_purity.check(table(frame, "regression"))) == [("state_purity", "error", ("claim_day",))]


def _with_parts(frame):
    rng = np.random.default_rng(0)
    frame = frame.assign(p=rng.poisson(20, 600), q=rng.poisson(60, 600), s=rng.lognormal(size=600))
    return frame.assign(r=frame["p"] + rng.normal(size=600))


@pytest.mark.parametrize(
    ("formula", "columns", "text"),
    [
        (lambda f: f["p"] + f["q"], ("p", "q"), "'y' = p + q, exactly"),
        (lambda f: 2.5 * f["a"] - f["s"] + 3, ("a", "s"), "'y' = 2.5 x a - s + 3, exactly"),
        (lambda f: f["a"] + f["b"] - f["p"], ("a", "b", "p"), "'y' = a + b - p, exactly"),
        (lambda f: f["q"] * f["s"], ("q", "s"), "'y' = q x s, exactly"),
        (lambda f: np.exp(f["a"]), ("a",), "'a' puts 'y' in order"),
    ],
)
def test_a_target_that_is_a_formula_of_columns_is_an_error_that_names_it(plain, table, formula, columns, text):
    frame = _with_parts(plain())
    frame["y"] = formula(frame)
    (found,) = target_function.check(table(frame, "regression"))
    assert (found.severity, found.columns) == ("error", columns)
    assert found.message.startswith(text)


def test_a_formula_is_found_among_columns_that_depend_on_each_other(plain, table):
    frame = _with_parts(plain()).assign(copy=lambda f: f["p"] * 2)
    frame["y"] = frame["q"] + frame["copy"]
    (found,) = target_function.check(table(frame, "regression"))
    assert found.columns in (("p", "q"), ("q", "copy"))


def test_a_one_to_one_match_is_an_error(plain, table, seen):
    frame = plain().assign(y=lambda f: f["visits"].clip(0, 3))
    frame["label"] = frame["y"].map(dict(enumerate("wxyz")))
    assert ("target_function", "error", ("label",)) in seen(target_function.check(table(frame, "multiclass")))
    frame.loc[:9, "label"] = "w"
    almost = target_function.check(table(frame.drop(columns="visits"), "multiclass"))
    assert seen(almost) == [("target_function", "warning", ("label",))]


@pytest.mark.parametrize("kind", ["binary", "regression"])
def test_missing_values_that_tell_the_target_are_a_warning(plain, table, seen, kind):
    frame = plain(kind=kind)
    assert missingness.check(table(frame, kind)) == ()
    frame.loc[(frame["y"] > frame["y"].median()) | (frame["y"] == 1), "a"] = np.nan
    assert seen(missingness.check(table(frame, kind))) == [("missingness", "warning", ("a",))]
    both = frame.assign(b=frame["b"].where(frame["a"].notna()))
    assert seen(missingness.check(table(both, kind))) == [("missingness", "warning", ("a", "b"))]


def test_a_gap_in_the_few_rows_of_a_class_is_chance(plain, table):
    frame = plain().assign(y=lambda f: f["y"].where(f.index > 1, 2))
    frame.loc[frame["y"] == 2, "d"] = np.nan
    assert missingness.check(table(frame, "multiclass")) == ()


@pytest.mark.parametrize("kept", [True, False])
def test_a_mean_of_the_target_by_category_is_a_strict_error(plain, table, kept):
    frame = plain(rows=1_000)
    frame["city"] = [f"city{code}" for code in np.random.default_rng(0).integers(0, 100, 1_000)]
    assert encoding.check(table(frame)) == ()
    frame["rate"] = frame.groupby("city")["y"].transform("mean").round(6)
    (found,) = encoding.check(table(frame if kept else frame.drop(columns="city")))
    assert (found.columns[0], found.strict) == ("rate", True)


def test_a_leave_one_out_mean_is_a_strict_error(plain, table):
    frame = plain(rows=1_000, kind="regression")
    frame["city"] = np.random.default_rng(0).integers(0, 100, 1_000)
    by = frame.groupby("city")["y"]
    frame["rate"] = (by.transform("sum") - frame["y"]) / (by.transform("count") - 1)
    (found,) = encoding.check(table(frame, "regression"))
    assert (found.columns, found.strict) == (("rate", "city"), True)


def test_an_encoding_of_other_rows_is_no_error(plain, table):
    frame = plain(rows=1_000)
    frame["city"] = np.random.default_rng(0).integers(0, 50, 1_000)
    past = plain(rows=1_000, seed=1)["y"].groupby(frame["city"]).mean()
    assert encoding.check(table(frame.assign(rate=frame["city"].map(past)))) == ()


def test_dates_are_a_warning_without_a_declared_time_and_an_error_when_they_come_later(plain, table, seen):
    frame = plain()
    frame["sold"] = pd.date_range("2024-01-01", periods=600, freq="h")
    assert seen(timeline.check(table(frame))) == [("time", "warning", ("sold",))]
    assert timeline.check(table(frame, time="sold", split="time")) == ()
    frame["paid"] = (frame["sold"] + pd.Timedelta(days=3)).astype(str)
    assert seen(timeline.check(table(frame, time="sold", split="time"))) == [("time", "error", ("paid",))]


def test_a_time_that_goes_backwards_in_the_file_is_a_warning_that_counts_the_rows(plain, table, seen):
    """Sorting it silently would hide a misread or wrong column; equal times are in order."""
    rng = np.random.default_rng(0)
    day = pd.Series(pd.date_range("2024-01-01", periods=300).repeat(2))
    assert timeline.check(table(plain().assign(at=day.to_numpy()), time="at")) == ()
    moved = plain().assign(at=day.to_numpy())
    moved.loc[10, "at"] = pd.Timestamp("2024-01-03")
    (found,) = timeline.check(table(moved, time="at"))
    assert (found.severity, found.columns) == ("warning", ("at",))
    assert found.evidence == {"backwards": 1, "rows": 600, "largest": 2 * 86_400.0}
    assert "1 row of 600 is earlier than the row above, by up to 2 days" in found.message
    shuffled = timeline.check(table(plain().assign(at=rng.permutation(600)), time="at"))
    assert seen(shuffled) == [("time", "warning", ("at",))]
    assert " are earlier than the row above, by up to 5" in shuffled[0].message


def test_a_file_with_the_newest_rows_first_is_information(plain, table, seen):
    frame = plain().assign(at=np.arange(600)[::-1] // 2)
    assert seen(timeline.check(table(frame, time="at"))) == [("time", "info", ("at",))]


def _entities(effect):
    rng = np.random.default_rng(0)
    owner = np.repeat(np.arange(100), 10)
    frame = pd.DataFrame(rng.normal(size=(100, 4))[owner] + 0.05 * rng.normal(size=(1_000, 4)), columns=list("abcd"))
    frame["person"] = [f"P{code}" for code in owner]
    logit = effect * rng.normal(size=100)[owner]
    return frame.assign(y=(logit + rng.logistic(size=1_000) > 0).astype(int))


def test_entities_with_fingerprints_are_an_error_until_the_group_is_declared(table, seen):
    frame = _entities(effect=2.0)
    assert seen(groups.check(table(frame))) == [("undeclared_group", "error", ("person",))]
    assert seen(groups.check(table(frame, drop=("person",)))) == [("undeclared_group", "error", ("person",))]
    assert groups.check(table(frame, group="person", split="group")) == ()


def test_entities_without_an_effect_and_honest_categories_are_no_errors(plain, table):
    assert groups.check(table(_entities(effect=0.0))) == ()
    frame = plain(rows=1_500)
    rng = np.random.default_rng(0)
    frame["trade"] = rng.integers(0, 30, 1_500)  # an honest strong category, which no other column gives away
    frame["y"] = ((rng.normal(size=30) * 5)[frame["trade"]] + frame["a"] + rng.logistic(size=1_500) > 0).astype(int)
    assert groups.check(table(frame)) == ()


def test_large_groups_are_thinned_so_that_many_are_judged(table):
    """3,060 rows of 30 persons: 50 of each are looked at, not the first few persons whole."""
    rng = np.random.default_rng(0)
    owner = np.repeat(np.arange(30), 102)
    frame = pd.DataFrame(rng.normal(size=(30, 3))[owner] + 0.05 * rng.normal(size=(3_060, 3)), columns=list("abc"))
    frame = frame.assign(person=owner, y=((3 * rng.normal(size=30))[owner] + rng.logistic(size=3_060) > 0).astype(int))
    (found,) = groups.check(table(frame))
    assert (found.columns, found.evidence["groups"], found.evidence["rows"]) == (("person",), 30, 1_500)

"""The expected finding or none on real tables, none by name or special case."""

import pytest

from finetooth.leakage import check

TARGETS = {
    "titanic3": "survived",
    "bike_hour": "cnt",
    "bank_marketing": "deposit",
    "parkinsons_tele": "total_UPDRS",
    "mammography": "label",
    "adult": "income",
    "diamonds": "price",
    "phoneme": "label",
    "german_credit": "target",
    "california_housing": "median_house_value",
    "elec2": "class",
}


def _found(real, name, **declared):
    findings = check(real(name), target=TARGETS[name], **declared)
    errors = [(one.check, one.columns) for one in findings.errors]
    warnings = [(one.check, one.columns) for one in findings.warnings]
    return errors, warnings


def test_titanic_boat_and_body_are_errors_until_they_are_declared(real):
    errors, _ = _found(real, "titanic3")
    assert errors == [("state_purity", ("boat",)), ("state_purity", ("body",))]
    assert _found(real, "titanic3", post_outcome=("boat", "body"))[0] == []


@pytest.mark.parametrize("seed", range(5))
def test_boat_is_found_in_any_sample_of_the_titanic(real, seed):
    frame = real("titanic3").sample(frac=0.8, random_state=seed)
    errors = [one.columns for one in check(frame, target="survived").errors]
    assert errors == [("boat",), ("body",)]


def test_bike_hour_is_the_sum_of_its_riders_and_its_row_number_is_an_id(real):
    errors, warnings = _found(real, "bike_hour")
    assert errors == [("target_function", ("casual", "registered"))]
    assert {("ids", ("instant",)), ("time", ("dteday",)), ("single_feature", ("registered",))} <= set(warnings)


def test_bike_hour_s_hours_tell_on_each_other_until_their_day_is_declared(real):
    known = ("casual", "registered")
    assert _found(real, "bike_hour", post_outcome=known)[0] == [("undeclared_group", ("dteday",))]
    assert _found(real, "bike_hour", post_outcome=known, time="dteday")[0] == []
    assert _found(real, "bike_hour", post_outcome=known, group="dteday")[0] == []


def test_bank_marketing_s_duration_stands_out_but_is_no_error(real):
    errors, warnings = _found(real, "bank_marketing")
    assert errors == []
    assert ("single_feature", ("duration",)) in warnings


def test_parkinson_s_patients_are_an_undeclared_group(real):
    assert _found(real, "parkinsons_tele")[0] == [("undeclared_group", ("subject",))]
    assert _found(real, "parkinsons_tele", drop=("subject",))[0] == [("undeclared_group", ("subject",))]
    assert _found(real, "parkinsons_tele", group="subject")[0] == []


def test_mammography_repeats_rows_by_chance(real):
    """Nearly a third of its rows are one combination of background values, as its columns by themselves would have."""
    errors, warnings = _found(real, "mammography")
    assert errors == []
    assert "repeated_rows" not in dict(warnings)


def test_elec2_is_in_an_order_that_tells_its_class(real):
    errors, warnings = _found(real, "elec2")
    assert errors == []
    assert ("row_order", ("class",)) in warnings


@pytest.mark.parametrize("name", ["adult", "diamonds", "phoneme", "german_credit", "california_housing"])
def test_honest_tables_have_no_error_on_either_side_of_a_random_split(real, name):
    frame = real(name).sample(frac=1, random_state=0)
    cut = len(frame) * 4 // 5
    found = check(frame[:cut], target=TARGETS[name], holdout=frame[cut:])
    assert found.errors == ()

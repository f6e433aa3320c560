import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest

from finetooth.errors import InputError
from finetooth.leakage import Findings, check, suite
from finetooth.records import Finding, Waiver


def _leaking(frame):
    return frame.assign(reason=np.where(frame["y"] == 1, "R1", None))


def test_a_waiver_attaches_to_its_check_and_column_and_never_to_a_strict_error():
    findings = (
        Finding("state_purity", "error", ("boat",), ""),
        Finding("state_purity", "error", ("body",), ""),
        Finding("target_encoding", "error", ("boat",), "", strict=True),
        Finding("single_feature", "warning", ("boat",), ""),
    )
    waivers = (
        Waiver("state_purity", "known", "boat"),
        Waiver("target_encoding", "known"),
        Waiver("single_feature", "known"),
    )
    waived = suite.waive(findings, waivers)
    assert [one.waiver for one in waived] == [waivers[0], None, None, None]
    assert [one.columns for one in waived if one.stops] == [("body",), ("boat",)]


@pytest.mark.parametrize(
    ("waiver", "message"),
    [
        (Waiver("state_puritie", "known"), "check 'state_puritie' must exist .* Did you mean 'state_purity'?"),
        (Waiver("state_purity", "known", "boot"), "column 'boot' must exist .* Did you mean 'boat'?"),
        (
            Waiver("state_purity", " ", "boat"),
            "a waiver must have a reason; got none for state_purity for column 'boat'",
        ),
    ],
)
def test_a_waiver_that_cannot_be_meant_is_refused(waiver, message):
    with pytest.raises(InputError, match=message):
        suite.waive((), (waiver,), ["boat", "body"])


def test_every_finding_tells_what_it_means_and_what_to_do(plain):
    frame = _leaking(plain()).assign(id=np.arange(600), day=pd.date_range("2024-01-01", periods=600))
    found = check(frame[:450], target="y", holdout=pd.concat([frame[450:], frame[:20]]))
    assert {"ids", "time", "state_purity", "row_ids"} <= {one.check for one in found}
    for one in found:
        assert one.message
        assert one.meaning
        assert one.remedy or one.severity == "info"
    assert all(one.check in suite.NAMES for one in found)


def test_the_library_entry_takes_any_frame(plain):
    frame = _leaking(plain()).rename(columns={"a": 0, "b": 1})
    frame["y"] = frame["y"].map({0: "no", 1: "yes"})
    frame.loc[3, "y"] = None
    found = check(frame, target="y")
    assert [one.columns for one in found.errors if one.check == "state_purity"] == [("reason",)]
    assert found.all[0].check == "missing_target"
    everything = (
        Waiver("state_purity", "known", "reason"),
        Waiver("target_function", "known"),
        Waiver("single_feature", "known"),
    )
    assert check(frame, target="y", allow=everything).stopping == ()
    assert check(frame, target="y", post_outcome=("reason",)).errors == ()


def test_the_library_entry_takes_the_task_that_is_told(plain):
    """Classes that are numbers may be meant as numbers: concordance is said for these, AUC for classes."""
    ordered = plain().sort_values("y")
    told = {kind: check(ordered, target="y", kind=kind) for kind in (None, "regression")}
    place = {kind: next(one.message for one in found if one.check == "row_order") for kind, found in told.items()}
    assert ("an AUC of" in place[None], "a concordance of" in place["regression"]) == (True, True)


def test_the_caller_s_frame_is_not_changed(plain):
    frame = plain()
    before = frame.copy()
    check(frame[:450], target="y", holdout=frame[450:])
    pd.testing.assert_frame_equal(frame, before)


def test_a_missing_target_column_is_named(plain):
    with pytest.raises(InputError, match="column 'why' must exist in the table"):
        check(plain(), target="why")


def test_findings_are_told_apart_by_what_they_stop():
    """Strict errors stop although they are waived; other waived errors do not."""
    strict = Finding("time", "error", (), "", strict=True, waiver=Waiver("time", "known"))
    waived = Finding("ids", "error", ("id",), "", waiver=Waiver("ids", "known"))
    error, warning, told = (Finding("ids", severity, (), severity) for severity in ("error", "warning", "info"))
    found = Findings((told, waived, warning, error, strict))
    assert (found.errors, found.warnings) == ((waived, error, strict), (warning,))
    assert found.stopping == tuple(one for one in found if one.stops)
    assert found.worst_first() == (*found.stopping, waived, warning, told)


def test_findings_list_the_worst_first_and_survive_json(plain):
    found = check(_leaking(plain()).assign(id=np.arange(600)), target="y")
    assert Findings.from_json(found.to_json()) == found
    assert [one["check"] for one in json.loads(found.to_json())] == [one.check for one in found]
    assert list(found.to_frame()["severity"]) == sorted(
        found.to_frame()["severity"], key=["error", "warning", "info"].index
    )
    assert str(found).startswith("ERROR   ")
    assert str(Findings()) == "No findings."


ODD = {
    "empty": pd.DataFrame({"a": [], "y": []}),
    "one row": pd.DataFrame({"a": [1], "y": [1]}),
    "no features": pd.DataFrame({"y": [0, 1] * 30}),
    "constant target": pd.DataFrame({"a": range(60), "y": 1}),
    "all missing": pd.DataFrame({"a": [None] * 60, "b": [np.nan] * 60, "y": [0, 1] * 30}),
    "one of a class": pd.DataFrame({"a": np.arange(60.0), "y": [1] + [0] * 59}),
    "infinite": pd.DataFrame({"a": [np.inf, -np.inf, 1, 2.5] * 15, "y": [0, 1] * 30}),
    "lists": pd.DataFrame({"a": [[1], {"k": 2}] * 30, "y": [0, 1, 1] * 20}),
    "mixed": pd.DataFrame({"a": [1, "x", None, 2.5] * 15, "b": ["2024-01-01", "later", None] * 20, "y": [0, 1] * 30}),
    "nullable": pd.DataFrame(
        {"a": pd.array([1, None] * 30, "Int64"), "b": pd.array([True, None] * 30, "boolean"), "y": [0, 1] * 30}
    ),
    "complex": pd.DataFrame({"a": np.arange(60) * 1j, "y": [0, 1] * 30}),
    "huge": pd.DataFrame({"a": [1e300, -1e300, 1e-300] * 20, "y": [0, 1] * 30}),
}


@pytest.mark.parametrize("kind", ["binary", "multiclass", "regression"])
@pytest.mark.parametrize("name", ODD)
def test_odd_tables_never_crash_a_check(table, name, kind):
    made = table(ODD[name], kind)
    for check_name in suite.FEATURE_CHECKS:
        assert all(isinstance(one, Finding) for one in suite.run_feature(check_name, made))
    assert all(isinstance(one, Finding) for one in suite.run_across(made, made))


def test_checks_give_the_same_in_threads(plain, table):
    frame = _leaking(plain()).assign(code=[f"c{code}" for code in np.arange(600) // 6])
    alone = [suite.run_feature(name, table(frame)) for name in suite.FEATURE_CHECKS]
    shared = table(frame)
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda name: suite.run_feature(name, shared), suite.FEATURE_CHECKS))
    assert together == alone


def test_a_check_that_does_not_exist_is_named(plain, table):
    with pytest.raises(InputError, match="check 'purity' must exist"):
        suite.run_feature("purity", table(plain()))


def test_sealed_rows_leave_no_value_in_findings(plain, table):
    train, holdout = plain()[:450], plain(seed=1)[450:].assign(region="SECRET", a=lambda f: f["a"] + 9)
    text = Findings(suite.run_across(table(train), table(holdout))).to_json()
    assert "SECRET" not in text

"""The trust benchmark plants what it says, sends it through the product, and counts what came of it."""

import numpy as np
import pandas as pd
import pytest

from benchmarks import trust, trust_kinds, trust_report, trust_runs
from benchmarks.cases import Case, names_trap
from benchmarks.honest.real import RealTable, locate
from benchmarks.trust_runs import Job, Outcome
from finetooth.records import Finding

GENERATED = {**trust_kinds.TRAPS, **trust_kinds.HONEST}


def outcome_of(group: str, kind: str) -> tuple:
    """What does not depend on how many checks name a trap."""
    (outcome,) = trust_runs.run(Job("benchmarks.trust_kinds", group, kind, (0,)))
    assert outcome.seconds > 0
    return outcome.kind, outcome.seed, outcome.severity, outcome.errors, outcome.refused


def test_traps_that_are_planted_in_files_are_named_and_honest_files_are_left_alone():
    outcomes = [
        outcome_of("TRAPS", "formula: sum of 2 parts"),
        outcome_of("TRAPS", "state: a number for positives only"),
        outcome_of("TRAPS", "restated: logarithm"),
        outcome_of("HONEST", "plain"),
        outcome_of("HONEST", "groups, declared"),
    ]
    assert outcomes == [
        ("formula: sum of 2 parts", 0, "error", (), ""),
        ("state: a number for positives only", 0, "error", (), ""),
        ("restated: logarithm", 0, "error", (), ""),
        ("plain", 0, "none", (), ""),
        ("groups, declared", 0, "none", (), ""),
    ]


def test_the_command_finds_what_the_function_finds():
    jobs = [Job("benchmarks.trust_kinds", "TRAPS", "restated: logarithm", (0,))]
    assert trust.compare_with_command(jobs).startswith("`finetooth check --json` found the same in 1 of these kinds")


@pytest.mark.parametrize("kind", GENERATED)
def test_a_seed_makes_one_table_of_few_rows_whatever_else_was_generated(kind):
    first, second, other = (GENERATED[kind](np.random.default_rng(seed)) for seed in (3, 3, 4))
    pd.testing.assert_frame_equal(first.frame, second.frame)
    assert not first.frame.equals(other.frame)
    assert 600 <= len(first.frame) <= 3_300
    assert (kind in trust_kinds.TRAPS) == bool(first.columns or first.rows)
    assert not {name for name in first.frame if "leak" in name or "trap" in name}


def test_a_finding_names_a_trap_by_a_column_of_it_or_by_a_check_of_rows():
    frame = pd.DataFrame({"a": [1], "b": [2], "y": [0]})
    columns, rows, honest = Case(frame, "y", columns=("a",)), Case(frame, "y", rows=True), Case(frame, "y")
    dates = Case(frame, "y", columns=("a",), routine=("time",))
    findings = [
        Finding("single_feature", "error", ("b", "a"), ""),
        Finding("single_feature", "error", ("b",), ""),
        Finding("repeated_rows", "warning", (), ""),
        Finding("exact_duplicates", "error", ("y",), ""),
        Finding("row_order", "warning", ("y",), ""),
        Finding("time", "warning", ("a",), ""),
        Finding("time", "error", ("a",), ""),
    ]
    assert [[names_trap(finding, case) for finding in findings] for case in (columns, dates, rows, honest)] == [
        [True, False, False, False, False, True, True],
        [True, False, False, False, False, False, True],
        [False, False, True, True, False, False, False],
        [False, False, False, False, False, False, False],
    ]


def test_a_column_that_is_not_in_the_table_cannot_be_asked_for():
    with pytest.raises(ValueError, match=r"\['c'\] are not"):
        Case(pd.DataFrame({"a": [1], "y": [0]}), "y", columns=("c",))


def test_a_table_that_is_refused_or_crashes_a_run_is_one_outcome_among_others(monkeypatch, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    refused = trust_runs.run_real("no target", str(path), "y", {}, ())
    assert refused.refused == f"target column 'y' must exist in {path}; it has: a, b."
    monkeypatch.setattr(trust_runs, "findings_of", lambda *_: 1 / 0)
    crashed = trust_runs.run_real("crash", str(path), "y", {}, ())
    assert crashed.refused == "crashed: ZeroDivisionError('division by zero')"


def test_kinds_and_tables_count_alike_however_many_runs_they_have():
    traps = [
        Outcome("one", 0, "error", ("ids",)),
        Outcome("one", 1, "warning", ("ids", "time"), errors=("shift (x)",)),
        Outcome("two", 0, refused="no | rows"),
    ]
    controls = [Outcome("calm", 0, warnings=("ids (k)",)), Outcome("harsh", 0, errors=("time (d)",), seconds=2.0)]
    assert trust_report.totals(traps, controls) == [
        "- Named by an error or a warning: 50.0% of 2 kinds (goal: 90%).",
        "- Named by an error: 25.0% (goal: 60%).",
        "- Never named: two.",
        "- Honest tables with an error in any run: 1 of 2 (goal: none): harsh.",
        "- Honest tables with more than 1 warning a run: 0 (goal: none).",
    ]
    assert trust_report.recall(traps).splitlines()[2:] == [
        "| one | 2 | 100% | 50% | ids x2; time | shift (x) |",
        "| two | 1 | 0% | 0% |  |  REFUSED x1: no / rows |",
    ]
    assert trust_report.honest(controls).splitlines()[2:] == [
        "| calm | 1 | 0% | 1.0 |  | ids (k) | 0.0 |",
        "| harsh | 1 | 100% | 0.0 | time (d) |  | 2.0 |",
    ]


def test_a_real_table_is_found_anywhere_below_the_folder_and_is_skipped_where_it_is_absent(tmp_path):
    (tmp_path / "deep").mkdir()
    path = tmp_path / "deep" / "rings.csv.gz"
    path.write_bytes(b"")
    table = RealTable("rings", "y", {"group": "place", "drop": ["a", "b"]})
    assert [locate(table, tmp_path), locate(table, None), locate(RealTable("bells", "y"), tmp_path)] == [
        str(path),
        None,
        None,
    ]
    assert locate(RealTable("sklearn:iris", "target"), None) == "sklearn:iris"
    assert table.label == "rings (group: place; drop: a, b)"

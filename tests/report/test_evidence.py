"""What stands beside the verdict has its place on the page, and what is missing leaves none."""

import math
from dataclasses import replace

from finetooth.details import BiasCorrected, Calibrations, Incumbent, Monitor, StageScores
from finetooth.records import Finding
from finetooth.report import comparison, curves, formatting, quality
from finetooth.report import record as content
from tests.report import samples

MONITOR = Monitor(
    (Incumbent(0, 0.91, 0.86), Incumbent(7, math.nan, 0.872)),
    StageScores(0.95, 0.872, 0.852, 0.868, 0.098, 0.02, 0.005, 0.004, 0.0),
)


def record(**details):
    full = samples.full()
    return replace(full, verdict=replace(full.verdict, extra=replace(full.verdict.extra, **details)))


def rows(table):
    return [tuple(map(str, row)) for row in table.rows]


def test_losses_after_the_search_are_told_in_standard_errors_and_the_lead_by_trial():
    gaps, losses, lead = curves.fitting_section(record(monitor=MONITOR)).tables
    assert rows(losses) == [
        ("tuned", "search to confirmation", "+0.0200", "0.0050", "+4.0"),
        ("tuned", "search to sealed rows", "+0.0040", "0.0000", formatting.NONE),
    ]
    assert rows(lead) == [("0", "0.9100", "0.8600", "+0.0500"), ("7", formatting.NONE, "0.8720", formatting.NONE)]
    assert curves.fitting_section(samples.full()).tables == (gaps,)


def test_the_best_search_score_stands_beside_what_is_left_without_its_luck():
    names = [str(row[0]) for row in comparison.table(record(), record().verdict).rows]
    with_bbc = record(bbc_cv=BiasCorrected(0.8801, 0.8712, 24.0))
    found = rows(comparison.table(with_bbc, with_bbc.verdict))
    at = names.index("Search score") + 1
    assert [row[:2] for row in found[at : at + 2]] == [("Best search score", "0.8801"), ("BBC-CV", "0.8712")]
    assert "BBC-CV" not in names


def test_calibration_error_says_of_what_and_small_slices_are_counted():
    measured = samples.full().verdict.extra.calibration
    calibration = Calibrations(
        replace(measured.tuned, expected_error=0.02, form="top label"),
        replace(measured.default, expected_error=0.02, form="top label"),
    )
    section = quality.section(record(calibration=calibration, slices_left_out=3))
    assert (
        "Expected calibration error, top label, ten bins of equally many rows: tuned 0.0200, default 0.0200."
        in section.text
    )
    assert section.notes == ("3 slices had too few sealed rows (200 are needed), or lacked a class.",)
    assert not any("Expected" in text for text in quality.section(record()).text)


def test_findings_of_the_verdict_and_checks_after_the_search_are_shown():
    late = Finding("overtuning", "warning", (), "the search promised more")
    made = record(checks=("overtuning", "subset"))
    made = replace(made, verdict=replace(made.verdict, findings=(*made.verdict.findings, late)))
    assert late in content.findings(made)
    assert {"overtuning", "subset"} <= set(content.checks(made))
    assert content.checks(replace(made, verdict=None)) == content.checks(samples.full())

"""What a verdict says in words, clause by clause; `test_every_sentence.py` goes through all of them."""

import math
import re
from dataclasses import replace

import pytest

from finetooth.details import BootstrapDraws, Declared, Details, OuterResult
from finetooth.metrics import METRICS
from finetooth.records import Finding, Verdict, Waiver
from finetooth.verdict.numerals import enumerated, number
from finetooth.verdict.sentence import sentence

AUC, RMSE = METRICS["roc_auc"], METRICS["rmse"]
UNDECLARED = (
    "Unknown, since not declared: the period (no time column), whether rows share entities (no group column) and what is "
    "filled in only afterwards (no column)."
)
SMALL = Verdict(
    label="BETTER",
    metric="roc_auc",
    tuned=0.93123,
    default=0.92513,
    difference=0.0061,
    ci_low=0.0014,
    ci_high=0.0108,
    bootstrap_support=0.994,
    search_score=0.94,
    optimism=0.0081,
    min_gain=0.002,
    seeds=5,
    seed_sd=0.0012,
    holdout_rows=4210,
    vault_openings=1,
    waivers=(),
    trials=40,
    seconds=10.0,
    shipped="tuned",
    params={"eta": 0.1},
    tuned_params={"eta": 0.1},
    default_params={"eta": 0.3},
)
LOSS = replace(
    SMALL, label="IMPROVED", metric="rmse", tuned=49120.4, default=49432.1, difference=311.7, ci_low=101.2, ci_high=523.6,
    optimism=100.0, seed_sd=40.0, min_gain=60.0, bootstrap_support=1.0,
)  # fmt: skip


def test_the_sentence_says_the_gain_its_interval_the_optimism_and_what_nobody_declared():
    assert sentence(SMALL, AUC) == (
        "BETTER: tuned beats default by +.0061 AUC, 95 % interval [+.0014, +.0108]: at least +.0014 is shown, "
        "which is not above the margin of .0020. Compared with 5 paired seeds on 4,210 sealed rows (two-way bootstrap; "
        "support .994). Sealed AUC: .9312 tuned, .9251 default. "
        "The search promised +.0142; 57 % of it is not borne out (selection optimism, and chance). Seed SD .0012. Waivers: none. "
        "Open warnings: none. Vault openings: 1. " + UNDECLARED
    )


def test_a_large_loss_is_said_in_its_own_direction_and_without_needless_digits():
    assert sentence(LOSS, METRICS["rmse"]) == (
        "IMPROVED: tuned beats default by +312 RMSE, 95 % interval [+101, +524]: at least +101 is shown, which is "
        "above the margin of 60. Compared with 5 paired seeds on 4,210 sealed rows (two-way bootstrap; support 1.000). "
        "Sealed RMSE (lower is better): 49,120 tuned, 49,432 default. "
        "The search promised +412; 24 % of it is not borne out (selection optimism, and chance). Seed SD 40. Waivers: none. "
        "Open warnings: none. Vault openings: 1. " + UNDECLARED
    )


KEPT = replace(SMALL, shipped="default", params={"eta": 0.3})


@pytest.mark.parametrize(
    ("verdict", "start"),
    [
        (
            replace(KEPT, label="EQUIVALENT", difference=0.0003, ci_low=-0.0009, ci_high=0.0015),
            "EQUIVALENT: keep the default; tuned differs by +.0003 AUC, 95 % interval [-.0009, +.0015]: all of it",
        ),
        (
            replace(KEPT, label="INCONCLUSIVE", ci_low=-0.002),
            "INCONCLUSIVE: keep the default; tuned differs by +.0061 AUC, 95 % interval [-.0020, +.0108], which may",
        ),
        (
            replace(KEPT, label="WORSE", difference=-0.0061, ci_low=-0.0108, ci_high=-0.0014),
            "WORSE: keep the default; tuned is worse by .0061 AUC, 95 % interval [-.0108, -.0014]. Compared",
        ),
        (
            replace(KEPT, label="INVALID", vault_openings=2, findings=(Finding("ids", "error", ("id",), "an id"),)),
            "INVALID: keep the default; the comparison does not count, since the leakage check 'ids' found an error. Sealed",
        ),
        (
            replace(KEPT, label="EQUIVALENT", difference=0.0, ci_low=0.0, ci_high=0.0),
            "EQUIVALENT: keep the default; tuned scores the same, 95 % interval [+.0000, +.0000]: all of it",
        ),
        (
            replace(KEPT, label="INVALID", findings=(Finding("ids", "error", ("id",), "an id"),)),
            "INVALID: keep the default; the comparison does not count, since the leakage check 'ids' found an error.",
        ),
        (
            replace(KEPT, label="INVALID", seed_sd=float("nan"), ci_low=float("nan"), difference=float("nan")),
            "INVALID: keep the default; the comparison does not count, since fits of some seeds are missing. Sealed",
        ),
        (
            replace(
                KEPT, label="NO-CANDIDATE", tuned_params={"eta": 0.3}, difference=0.0, ci_low=0.0, ci_high=0.0
            ),
            "NO-CANDIDATE: keep the default; no candidate was clearly better on fresh folds, so that nothing was compared. Sealed AUC: .9251, of the default, on 4,210 sealed rows. Waivers: none.",
        ),
    ],
)  # fmt: skip
def test_keeping_the_default_is_a_result_with_a_sentence_of_its_own(verdict, start):
    found = sentence(verdict, AUC)
    assert found.startswith(start)
    assert found.endswith(UNDECLARED)
    assert "nan" not in found


@pytest.mark.parametrize(
    ("optimism", "words"),
    [
        (-0.01, "promised no gain"),
        (-0.001, "+.0051, and the sealed rows gave no less."),
        (0.0, "gave no less."),
        (0.0081, "57 % of it"),
    ],
)
def test_the_promise_is_compared_with_what_was_found(optimism, words):
    assert words in sentence(replace(SMALL, optimism=optimism), AUC)


def test_a_promise_that_came_to_nothing_was_all_luck():
    assert "+.0040; all of it" in sentence(replace(KEPT, label="WORSE", difference=-0.002, optimism=0.006), AUC)


def test_waivers_are_named_with_their_reason_on_one_line():
    waiver = Waiver("ids", "needed.\n Ask Ann.", "customer")
    assert "Waived: ids ('customer'), since \"needed. Ask Ann\". Open" in sentence(
        replace(SMALL, waivers=(waiver,)), AUC
    )


def test_numbers_are_short_and_zero_has_one_sign():
    shown = [number(0.93, 2), number(-0.00001, 2, signed=True), number(-12.345, 1), number(49432.1, 0), number(1.02, 2)]
    assert shown == [".93", "+.00", "-12.3", "49,432", "1.02"]


def test_an_end_of_the_interval_that_decides_is_not_printed_as_zero():
    """IMPROVED with a lower end of +.00 would read like a mistake."""
    wide = replace(SMALL, label="IMPROVED", difference=0.2076, ci_low=0.0035, ci_high=0.467, seeds=1)
    assert "[+.004, +.467]: at least" in sentence(wide, AUC)
    assert "Compared with 1 paired seed on 4,210 sealed rows (" in sentence(wide, AUC)
    assert "at least +.004 is shown, which is above the margin of .002." in sentence(wide, AUC)
    assert "[.000, +.467]" not in sentence(replace(wide, ci_low=0.0), AUC)


def test_scores_of_a_tiny_unit_show_their_digits():
    """A daily return times 1e-9 must not read like zero."""
    tiny = {"tuned": 5.217e-13, "default": 5.508e-13, "difference": 2.9e-14, "ci_low": -3.46e-14, "ci_high": 1.05e-13}
    text = sentence(replace(SMALL, label="INCONCLUSIVE", min_gain=2.7e-15, seed_sd=3.1e-15, optimism=0.0, **tiny), RMSE)
    assert "tuned differs by +2.9e-14 RMSE, 95 % interval [-3.5e-14, +1.05e-13]" in text
    assert "Sealed RMSE (lower is better): 5.22e-13 tuned, 5.51e-13 default." in text
    assert "Seed SD 3e-15." in text


def test_scores_of_a_huge_unit_are_short():
    huge = {"tuned": 5.217e30, "default": 5.508e30, "difference": 2.9e29, "ci_low": -3.46e29, "ci_high": 1.05e30}
    text = sentence(replace(SMALL, label="INCONCLUSIVE", **huge), RMSE)
    assert "Sealed RMSE (lower is better): 5.21700e+30 tuned, 5.50800e+30 default." in text


def test_a_small_margin_is_not_printed_as_zero():
    """A gain of hundreds is compared with a margin of .4, not of 0."""
    assert "which is above the margin of .4." in sentence(replace(LOSS, min_gain=0.4), RMSE)
    assert "which is above the margin of 0." in sentence(replace(LOSS, min_gain=0.0), RMSE)


def test_a_large_gain_of_which_little_is_shown_is_not_called_small():
    """+.20 [+.0019, +.40] is no small gain: what is not shown is that it reaches the margin."""
    wide = replace(SMALL, difference=0.2, ci_low=0.0019, ci_high=0.4)
    text = sentence(wide, AUC)
    assert "+.2000 AUC, 95 % interval [+.0019, +.4000]" in text
    assert "at least +.0019 is shown, which is not above the margin of .0020." in text
    assert "small" not in text.lower()


def drawn(units, unit, **more):
    """What an interval rests on, where a group and a time were declared."""
    return Details(bootstrap=BootstrapDraws(2000, 0, units, unit, **more), declared=Declared("patient", "day"))


def test_what_is_drawn_as_a_whole_is_named_with_its_number():
    """120 rows of 6 patients are 6 draws, and more rows of the same patients would tell nothing."""
    unsure = replace(KEPT, label="INCONCLUSIVE", ci_low=-0.002, holdout_rows=120)
    said = [
        sentence(replace(unsure, extra=drawn(units, unit)), AUC)
        for units, unit in ((6, "group"), (40, "period"), (37, "different row"), (120, "row"))
    ]
    rows = [re.search(r"paired seeds on (.*) \(two-way", text)[1] for text in said]
    more = [re.search(r"luck: more (.*?) would", text)[1] for text in said]
    assert list(zip(rows, more, strict=True)) == [
        ("120 sealed rows of 6 groups of 'patient'", "groups of 'patient'"),
        ("120 sealed rows in 40 periods of 'day'", "periods of 'day'"),
        ("120 sealed rows, drawn as 37 different rows, each with its copies", "different rows"),
        ("120 sealed rows", "sealed rows"),
    ]


def test_where_there_is_no_interval_the_reason_is_said():
    """Four times allow no interval, whatever the number of rows."""
    none = {"ci_low": math.nan, "ci_high": math.nan, "bootstrap_support": math.nan}
    few = replace(KEPT, label="INCONCLUSIVE", **none, extra=drawn(4, "period", reason="4 sealed times are too few"))
    assert (
        "tuned differs by +.0061 AUC, without an interval, since 4 sealed times are too few: more "
        "periods of 'day' would tell. Compared with 5 paired seeds on 4,210 sealed rows in 4 periods of 'day'. Sealed"
    ) in sentence(few, AUC)


def test_one_unit_that_decides_is_named_as_what_it_is():
    """A mean of squares may rest on one row, and one over groups on one of them."""
    said = [sentence(replace(LOSS, extra=drawn(6, unit, heaviest_share=0.62)), RMSE) for unit in ("row", "group")]
    assert [re.search(r"One .*? makes .*? another\.", text)[0] for text in said] == [
        "One row makes 62 % of the variance of the gain: without it the verdict may be another.",
        "One group of 'patient' makes 62 % of the variance of the gain: without it the verdict may be another.",
    ]
    assert "One row" not in sentence(replace(LOSS, extra=drawn(6, "row", heaviest_share=0.49)), RMSE)


def test_names_of_the_user_stay_on_one_line():
    """A column may be called anything."""
    odd = Details(bootstrap=BootstrapDraws(2000, 0, 6, "group"), declared=Declared("a\n  group", None, ("\tlate",)))
    warned = (Finding("ids", "warning", ("two\nlines",), "seen"),)
    text = sentence(replace(SMALL, extra=odd, findings=warned), AUC)
    assert "\n" not in text
    assert "  " not in text
    assert "of 6 groups of 'a group'" in text
    assert "Open warnings: ids ('two lines'). " in text
    assert (
        "Left out, since known only afterwards: 'late'. Unknown, since not declared: the period (no time column)."
        in text
    )


def test_a_list_names_the_first_and_counts_the_rest():
    assert [enumerated(items, 2) for items in (("a",), ("a", "b"), ("a", "b", "c"), tuple("abcd"))] == [
        "a", "a and b", "a, b and 1 more", "a, b and 2 more",
    ]  # fmt: skip


def test_outer_folds_say_what_the_searches_chose_and_what_ships():
    """A gain that the folds show may be of a search that keeps the default on all rows."""
    outer = tuple(OuterResult(842, 0.93, 0.92, number == 4, {}, "a", "b") for number in range(5))
    shown = replace(SMALL, extra=Details(outer=outer))
    assert "on 4,210 sealed rows in 5 outer folds (two-way" in sentence(shown, AUC)
    assert (
        "4 of 5 searches preferred a candidate to the default; what ships is what the same search gives on all rows, and "
        "no row is left to judge it by." in sentence(shown, AUC)
    )
    kept = replace(shown, shipped="default")
    assert "but the same search on all rows did not: the default ships, fitted on all rows." in sentence(kept, AUC)
    small = replace(kept, label="INCONCLUSIVE", ci_low=-0.001)
    assert "4 of 5 searches preferred a candidate to the default; the default ships," in sentence(small, AUC)

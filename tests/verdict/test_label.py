from dataclasses import replace

import pytest

from finetooth.metrics import METRICS
from finetooth.records import Finding, Verdict, Waiver
from finetooth.verdict.bootstrap import Interval
from finetooth.verdict.label import CAUTION, label, number, sentence, ships

AUC, RMSE = METRICS["roc_auc"], METRICS["rmse"]
SMALL = Verdict(
    label="BETTER-BUT-SMALL",
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


@pytest.mark.parametrize(
    ("low", "high", "name"),
    [
        (0.0021, 0.01, "IMPROVED"),
        (0.002, 0.01, "BETTER-BUT-SMALL"),
        (0.0001, 0.0015, "BETTER-BUT-SMALL"),
        (0.0, 0.002, "EQUIVALENT"),
        (-0.002, 0.002, "EQUIVALENT"),
        (0.0, 0.0, "EQUIVALENT"),
        (-0.0015, -0.0005, "EQUIVALENT"),
        (-0.002, 0.0021, "INCONCLUSIVE"),
        (-0.01, 0.0, "INCONCLUSIVE"),
        (-0.01, -0.0001, "WORSE"),
    ],
)
def test_each_interval_has_one_label(low, high, name):
    interval = Interval((low + high) / 2, low, high, 0.5, 2000)
    assert label(interval, 0.002, valid=True) == name
    assert label(interval, 0.002, valid=True, compared=False) == "NO-CANDIDATE"
    assert label(interval, 0.002, valid=False, compared=False) == label(interval, 0.002, valid=False) == "INVALID"


def test_only_a_gain_that_was_shown_ships():
    names = ("IMPROVED", "BETTER-BUT-SMALL", "EQUIVALENT", "INCONCLUSIVE", "WORSE", "NO-CANDIDATE", "INVALID")
    assert [ships(name) for name in names] == ["tuned", "tuned", *["default"] * 5]


def test_the_sentence_says_the_gain_its_interval_the_optimism_and_the_caution():
    assert sentence(SMALL, AUC) == (
        "BETTER-BUT-SMALL: tuned beats default by +.0061 AUC, 95 % interval [+.0014, +.0108] (5 paired seeds, "
        "4,210 sealed rows, two-way bootstrap; support .994). Sealed AUC: .9312 tuned, .9251 default. "
        "The search promised +.0142; 57 % of it is not borne out (selection optimism, and chance). Seed SD .0012. Waivers: none. "
        "Vault openings: 1. " + CAUTION
    )


def test_a_large_loss_is_said_in_its_own_direction_and_without_needless_digits():
    assert sentence(LOSS, METRICS["rmse"]) == (
        "IMPROVED: tuned beats default by +312 RMSE, 95 % interval [+101, +524] (5 paired seeds, "
        "4,210 sealed rows, two-way bootstrap; support 1.000). "
        "Sealed RMSE (lower is better): 49,120 tuned, 49,432 default. "
        "The search promised +412; 24 % of it is not borne out (selection optimism, and chance). Seed SD 40. Waivers: none. "
        "Vault openings: 1. " + CAUTION
    )


KEPT = replace(SMALL, shipped="default", params={"eta": 0.3})


@pytest.mark.parametrize(
    ("verdict", "start"),
    [
        (
            replace(KEPT, label="EQUIVALENT", difference=0.0003, ci_low=-0.0009, ci_high=0.0015),
            "EQUIVALENT: keep the default; tuned differs by +.0003 AUC, 95 % interval [-.0009, +.0015] (5 paired",
        ),
        (
            replace(KEPT, label="INCONCLUSIVE", ci_low=-0.002),
            "INCONCLUSIVE: keep the default; tuned differs by +.0061 AUC, 95 % interval [-.0020, +.0108] (5 paired",
        ),
        (
            replace(KEPT, label="WORSE", difference=-0.0061, ci_low=-0.0108, ci_high=-0.0014),
            "WORSE: keep the default; tuned is worse by .0061 AUC, 95 % interval [-.0108, -.0014] (5 paired",
        ),
        (
            replace(KEPT, label="INVALID", vault_openings=2),
            "INVALID: keep the default; the comparison does not count, since the vault was opened 2 times. Sealed",
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
            "NO-CANDIDATE: keep the default; no candidate was clearly better on fresh folds, so that nothing was compared. Sealed AUC: .9251, of the default. Waivers: none.",
        ),
    ],
)  # fmt: skip
def test_keeping_the_default_is_a_result_with_a_sentence_of_its_own(verdict, start):
    found = sentence(verdict, AUC)
    assert found.startswith(start)
    assert CAUTION not in found
    assert "nan" not in found


@pytest.mark.parametrize(
    ("optimism", "words"),
    [
        (-0.01, "promised no gain"),
        (-0.001, "+.0051, and the sealed rows bear it out."),
        (0.0, "bear it out."),
        (0.0081, "57 % of it"),
    ],
)
def test_the_promise_is_compared_with_what_was_found(optimism, words):
    assert words in sentence(replace(SMALL, optimism=optimism), AUC)


def test_a_promise_that_came_to_nothing_was_all_luck():
    assert "+.0040; all of it" in sentence(replace(KEPT, label="WORSE", difference=-0.002, optimism=0.006), AUC)


def test_waivers_are_named():
    waiver = Waiver("ids", "needed", "customer")
    assert "Waivers: ids (customer)." in sentence(replace(SMALL, waivers=(waiver,)), AUC)


def test_numbers_are_short_and_zero_has_one_sign():
    shown = [number(0.93, 2), number(-0.00001, 2, signed=True), number(-12.345, 1), number(49432.1, 0), number(1.02, 2)]
    assert shown == [".93", "+.00", "-12.3", "49,432", "1.02"]


def test_an_end_of_the_interval_that_decides_is_not_printed_as_zero():
    """IMPROVED with a lower end of +.00 would read like a mistake."""
    wide = replace(SMALL, label="IMPROVED", difference=0.2076, ci_low=0.0035, ci_high=0.467, seeds=1)
    assert "[+.004, +.467] (1 paired seed, 4,210 sealed rows" in sentence(wide, AUC)
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

"""The two decisions: how much work new data call for, and who serves afterwards."""

import pytest

from finetooth.config.retrain import DecideConfig, PromotionConfig, Work
from finetooth.records import Finding
from finetooth.retraining.comparison import Challenge
from finetooth.retraining.decay import Decay
from finetooth.retraining.decide import plan, rule
from finetooth.retraining.drift import Drift, Shift

CALM = Drift(1000, 500, 5, 0.51, ())
SEVERE = Drift(1000, 500, 5, 0.65, (Shift("psi", "age", 0.4, "severe", "'age' has a PSI of 0.40."),))
APART = Drift(1000, 500, 5, 0.91, (Shift("separable", "", 0.91, "severe", "Told apart."),))
FINE = Decay("roc_auc", 0.9, 0.895, 0.01, 0.002)
WORSE = Decay("roc_auc", 0.9, 0.8, 0.01, 0.002)


def compared(low, high, **more):
    values = {"difference": (low + high) / 2, "margin": 0.002, "level": 0.95, "objections": ()} | more
    return Challenge("roc_auc", 0.9, 0.89, low=low, high=high, rows=400, left_out=0, seeds=2, order=1,
                     score_error=0.01, **values)  # fmt: skip


def planned(drift=CALM, decay=FINE, new_rows=500, rows=500, learned=500, **config):
    return plan(DecideConfig(**config), drift, decay, new_rows, rows, learned)


def test_too_few_new_rows_are_skipped_whatever_the_drift():
    made = planned(SEVERE, new_rows=199)
    assert (made.action, made.reason) == ("skip", "only 199 rows are new to the champion; 200 are asked for")


def test_new_rows_of_the_same_kind_are_refitted():
    assert planned().action == "refit"


@pytest.mark.parametrize(("drift", "decay"), [(SEVERE, FINE), (CALM, WORSE), (None, None)])
def test_a_world_that_moved_is_retuned_and_the_reason_kept(drift, decay):
    made = planned(drift, decay)
    assert made.action == "retune"
    assert made.reason in {SEVERE.sentence, WORSE.sentence, planned(None, None).reason}


def test_the_user_may_ask_for_one_of_them_but_not_without_rows():
    assert planned(SEVERE, work=Work.REFIT).action == "refit"
    assert planned(CALM, work=Work.RETUNE).action == "retune"
    assert planned(CALM, work=Work.RETUNE, new_rows=10).action == "skip"


@pytest.mark.parametrize(("rows", "warned"), [(500, False), (650, False), (651, True), (349, True)])
def test_a_table_30_percent_off_is_warned_of(rows, warned):
    assert bool(planned(rows=rows).warnings) == warned


@pytest.mark.parametrize(
    ("low", "high", "standing", "outcome"),
    [
        (0.001, 0.02, "superior", "promote"),
        (-0.001, 0.02, "not inferior", "keep"),
        (-0.02, 0.03, "unclear", "keep"),
        (-0.03, -0.001, "inferior", "keep"),
        (0.0, 0.02, "not inferior", "keep"),
    ],
)
def test_only_a_challenger_that_was_shown_to_be_better_is_promoted(low, high, standing, outcome):
    found = compared(low, high)
    assert found.standing == standing
    assert rule(PromotionConfig(), found, CALM, FINE, ()).outcome == outcome


@pytest.mark.parametrize(
    ("drift", "decay", "config", "said"),
    [
        (SEVERE, FINE, {}, "since the data drifted"),
        (CALM, WORSE, {}, "is 0.8000 on new rows"),
        (CALM, FINE, {"not_inferior": "it costs half"}, "it costs half"),
    ],
)
def test_not_inferior_is_promoted_with_a_stated_reason_alone(drift, decay, config, said):
    made = rule(PromotionConfig(**config), compared(-0.001, 0.02), drift, decay, ())
    assert made.outcome == "promote"
    assert said in made.reason
    unclear = rule(PromotionConfig(**config), compared(-0.01, 0.02), drift, decay, ())
    assert unclear.outcome == "keep"


def test_a_reason_says_something_or_is_left_empty():
    assert [PromotionConfig(not_inferior=text).not_inferior for text in ("", "low")] == ["", "low"]
    with pytest.raises(ValueError, match="a reason must have 3 characters at least, or be left empty"):
        PromotionConfig(not_inferior="ok")


def test_a_promotion_that_something_speaks_against_is_held_and_one_that_is_not_due_is_kept():
    worse = ("Where region = north (250 rows) it is worse.",)
    assert rule(PromotionConfig(), compared(0.01, 0.02, objections=worse), CALM, FINE, ()).outcome == "hold"
    held = rule(PromotionConfig(), compared(0.01, 0.02), APART, FINE, ())
    assert held.outcome == "hold"
    assert "same population" in held.objections[0]
    assert rule(PromotionConfig(), compared(-0.02, 0.01), APART, FINE, ()).outcome == "keep"


def test_a_leak_is_never_promoted():
    leak = Finding("single feature", "error", ("a",), "it tells the target")
    assert rule(PromotionConfig(), compared(0.1, 0.2), CALM, FINE, (leak,)).outcome == "keep"

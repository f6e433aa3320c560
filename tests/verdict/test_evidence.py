"""What stands beside the verdict: each number means what it says, and a warning comes only where it should."""

import math

import numpy as np
import pytest

from finetooth.details import Details, Monitor
from finetooth.metrics import METRICS
from finetooth.records import Candidate, Fidelity, Trial, from_json, to_json
from finetooth.verdict.diagnostics import stage_scores
from finetooth.verdict.evidence import (
    SealedPredictions,
    bias_corrected,
    calibration_over_seeds,
    gather_evidence,
    incumbents,
    overtuning,
)
from finetooth.verdict.replicate import Replicated
from finetooth.verdict.selection import Selection

AUC, LOSS = METRICS["roc_auc"], METRICS["log_loss"]
CANDIDATES = tuple(
    Candidate(i, {"depth": 3 + i}, "default" if i == 0 else "random", (place,)) for i, place in enumerate((0, 2))
)


def trial(index, score, train=None, **changes):
    """A trial of the refinement: five folds around a score."""
    spread = 0.004 * np.array([-2, -1, 0, 1, 2])
    trains = () if train is None else (train,) * 5
    given = {"scores": tuple(score + spread), "train_scores": trains, "state": "complete"}
    return Trial("refine", Candidate(index, {"depth": 3 + index}, "random"), Fidelity(), **given | changes)


def chosen(confirmed, keeps_default=False):
    """Four repeats of five folds for the default (.80) and the winner."""
    spread = 0.004 * np.tile([-2, -1, 0, 1, 2], (4, 1))
    scores = tuple(tuple(map(tuple, (level + spread).tolist())) for level in (0.80, confirmed))
    place = 0 if keeps_default else 1
    selection = Selection(place, 1, 0.001, (1,), (0.80, confirmed), "the best")
    return Replicated(CANDIDATES[place], CANDIDATES[0], selection, scores, 0.83, 0.80, confirmed, 0.80, 5)


def predictions(rows=600, signal=1.0, **changes):
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, rows).astype(float)
    score = 1 / (1 + np.exp(-signal * (2 * y - 1) - rng.normal(size=(3, rows))))
    return SealedPredictions(
        **{"y": y, "tuned": score, "default": score**1.1, "blocks": None, "slices": {}, "probable": True} | changes
    )


SEARCHED = (trial(0, 0.80, 0.90), trial(1, 0.79, 0.99), trial(2, 0.83, 0.97))


def test_each_model_is_followed_from_training_rows_to_sealed_rows():
    sealed = predictions()
    monitor = gather_evidence(AUC, SEARCHED, chosen(0.825), sealed, 0).details.monitor
    auc = np.mean([AUC.score(sealed.y, p) for p in sealed.tuned])
    assert monitor.tuned.train == pytest.approx(0.97)
    assert monitor.tuned.search == pytest.approx(0.83)
    assert monitor.tuned.confirmation == pytest.approx(0.825)
    assert monitor.tuned.holdout == pytest.approx(auc)
    assert monitor.tuned.gap == pytest.approx(0.97 - 0.825)
    assert monitor.tuned.to_holdout == pytest.approx(0.83 - auc)
    assert monitor.default.train == pytest.approx(0.90)
    assert monitor.incumbents == (
        (0, pytest.approx(0.90), pytest.approx(0.80)),
        (2, pytest.approx(0.97), pytest.approx(0.83)),
    )


def test_a_gap_that_grows_more_than_the_score_is_called_overfitting_in_the_notes():
    (note,) = gather_evidence(AUC, SEARCHED, chosen(0.825), predictions(), 0).notes
    assert note.startswith("Over 2 incumbents the search score improved by 0.03, and the gap from training rows")
    assert note.endswith(
        "widened from 0.1 to 0.14; it grew by more than the score did: the search moves towards overfitting."
    )
    widened = (trial(0, 0.80, 0.90), trial(2, 0.83, 0.94))
    assert gather_evidence(AUC, widened, chosen(0.825), predictions(), 0).notes[0].endswith("widened from 0.1 to 0.11.")
    narrowed = (trial(0, 0.80, 0.90), trial(2, 0.83, 0.91))
    assert (
        gather_evidence(AUC, narrowed, chosen(0.825), predictions(), 0).notes[0].endswith("narrowed from 0.1 to 0.08.")
    )


def test_a_search_score_far_above_fresh_folds_is_a_warning_with_its_numbers():
    (found,) = gather_evidence(AUC, SEARCHED, chosen(0.81), predictions(signal=3.0), 0).findings
    assert (found.check, found.severity, found.strict) == ("overtuning", "warning", False)
    assert "the search promised AUC 0.83; fresh folds gave 0.81 (0.02 worse" in found.message
    assert "the sealed rows" not in found.message
    assert found.evidence["confirmation"] == pytest.approx(0.81)


def test_a_search_score_that_is_confirmed_gives_no_warning_nor_does_a_default_that_is_kept():
    assert gather_evidence(AUC, SEARCHED, chosen(0.828), predictions(signal=3.0), 0).findings == ()
    lucky = (trial(0, 0.86, 0.90), trial(2, 0.83, 0.97))
    assert gather_evidence(AUC, lucky, chosen(0.70, keeps_default=True), predictions(signal=3.0), 0).findings == ()


def test_a_loss_is_told_as_a_loss():
    searched = (trial(0, -0.50, -0.40), trial(2, -0.45, -0.20))
    evidence = gather_evidence(LOSS, searched, chosen(-0.50), predictions(), 0)
    assert evidence.details.monitor.tuned.train == pytest.approx(0.20)
    assert evidence.details.monitor.tuned.gap == pytest.approx(0.30)
    assert evidence.details.monitor.incumbents[0][1:] == (pytest.approx(0.40), pytest.approx(0.50))
    assert "the search promised log loss 0.45; fresh folds gave 0.5 (0.05 worse" in evidence.findings[0].message


def test_models_without_training_scores_or_trials_are_followed_as_far_as_is_known():
    bare = gather_evidence(AUC, (trial(0, 0.80), trial(2, 0.83)), chosen(0.825), predictions(), 0)
    assert math.isnan(bare.details.monitor.tuned.train)
    assert bare.notes == ()
    unknown = gather_evidence(AUC, (), chosen(0.81), predictions(), 0)
    assert unknown.details.monitor == Monitor(())
    assert unknown.details.bbc_cv is None
    assert unknown.findings == ()


def test_failed_trials_take_no_lead():
    failed = trial(1, 0.99, scores=(), state="failed")
    assert [row[0] for row in incumbents(AUC, (trial(0, 0.8, 0.9), failed, trial(2, 0.79, 0.9)))] == [0]


def test_the_search_score_without_its_luck_is_below_the_best_of_noise():
    rng = np.random.default_rng(1)
    noise = [trial(i, 0.0, scores=tuple(0.8 + 0.02 * rng.normal(size=5))) for i in range(40)]
    found = bias_corrected(AUC, noise, 0)
    assert found.candidates == 40
    assert found.best == max(t.score for t in noise)
    assert found.corrected < found.best
    assert abs(found.corrected - 0.8) < 0.01
    assert bias_corrected(LOSS, noise, 0).best == -found.best
    assert bias_corrected(AUC, noise[:1], 0) is None


def test_calibration_is_the_mean_over_seeds_and_its_curve_counts_each_row_once():
    sealed = predictions()
    found = calibration_over_seeds(sealed.y, sealed.tuned)
    assert found.brier == pytest.approx(np.mean((sealed.tuned - sealed.y) ** 2))
    assert sum(rows for _, _, rows in found.curve) == pytest.approx(600, abs=5)
    assert found.form == "class 1"
    one = calibration_over_seeds(sealed.y, sealed.tuned[:1])
    assert one.curve != found.curve


def test_honest_probabilities_lie_on_the_diagonal_and_overconfident_ones_do_not():
    rng = np.random.default_rng(2)
    p = rng.random((2, 4000))
    y = (rng.random(4000) < p[0]).astype(float)
    honest = calibration_over_seeds(y, p[:1])
    sure = calibration_over_seeds(y, np.clip(0.5 + 3 * (p[:1] - 0.5), 0, 1))
    assert honest.expected_error < 0.03
    assert sure.expected_error > 0.1
    assert all(abs(predicted - observed) < 0.08 for predicted, observed, _ in honest.curve)


def test_more_than_two_classes_are_judged_by_their_top_label():
    rng = np.random.default_rng(3)
    p = rng.dirichlet(np.ones(3), size=(2, 500))
    y = rng.integers(0, 3, 500).astype(float)
    found = calibration_over_seeds(y, p)
    assert found.form == "top label"
    assert min(predicted for predicted, _, _ in found.curve) > 1 / 3
    squares = [((of_seed - np.eye(3)[y.astype(int)]) ** 2).sum(axis=1).mean() for of_seed in p]
    assert found.brier == pytest.approx(np.mean(squares))


def test_decision_values_and_numbers_are_not_judged_as_probabilities():
    assert gather_evidence(AUC, SEARCHED, chosen(0.825), predictions(probable=False), 0).details.calibration is None


def test_slices_show_the_gain_apart_and_count_those_that_are_too_small():
    parts = np.repeat(["sex = f", "sex = m", "sex = missing"], [350, 240, 10])
    sealed = predictions()
    better = sealed.default.copy()
    better[:, :350] = sealed.y[:350]  # perfect for one slice, the same for the other
    details = gather_evidence(AUC, SEARCHED, chosen(0.825), predictions(tuned=better, slices={"sex": parts}), 0).details
    first, second = details.slices
    assert (first.slice, first.rows, first.tuned) == ("sex = f", 350, 1.0)
    assert first.low > 0
    assert (second.slice, second.low, second.high) == ("sex = m", 0.0, 0.0)
    assert details.slices_left_out == 1


def test_the_same_seed_gives_the_same_evidence_ready_for_json():
    parts = {"sex": np.repeat(["sex = f", "sex = m"], 300)}
    first, second = (
        gather_evidence(AUC, SEARCHED, chosen(0.825), predictions(slices=parts), 5).details for _ in range(2)
    )
    assert to_json(first) == to_json(second)
    assert from_json(Details, to_json(first)) == first


def test_overtuning_needs_both_an_error_and_a_loss():
    flat = stage_scores(np.array([0.9]), np.array([0.8]), np.array([0.7]), 0.7, 0.0)
    assert overtuning(AUC, flat) == ()


@pytest.mark.parametrize(("fresh", "holdout", "count"), [(0.90, 0.90, 0), (0.86, 0.90, 1), (0.86, 0.86, 2)])
def test_only_a_loss_beyond_two_standard_errors_is_called_overtuning(fresh, holdout, count):
    folds = np.array([-0.005, 0.005])
    findings = overtuning(AUC, stage_scores(folds + 0.99, folds + 0.91, folds + fresh, holdout, 0.005))
    assert sum(finding.message.count("standard errors") for finding in findings) == count


def test_a_score_that_rises_is_no_overtuning():
    folds = np.array([-0.005, 0.005])
    assert overtuning(AUC, stage_scores(folds + 0.9, folds + 0.8, folds + 0.9, 0.9, 0.001)) == ()

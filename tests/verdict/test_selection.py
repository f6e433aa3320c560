import numpy as np
import pytest

from finetooth.verdict.selection import Optimism, bbc_cv, one_standard_error, optimism

NOISE = np.array([[0.01, -0.01], [0.02, -0.02]])


def grid(*means, noise=()):
    """Scores (candidates, 2, 2) with these means; `noise` scales each candidate's own spread."""
    scales = noise or [0.0] * len(means)
    return np.array([m + s * NOISE for m, s in zip(means, scales, strict=True)])


def test_the_cheapest_near_the_best_is_chosen():
    scores = grid(0.80, 0.90, 0.899, 0.85, noise=(0, 1, 0, 0))
    found = one_standard_error(scores, np.array([1.0, 9.0, 3.0, 1.0]))
    assert (found.chosen, found.best, found.eligible) == (2, 1, (1, 2))
    assert found.standard_error == pytest.approx(NOISE.std(ddof=1) / 2)
    assert "cheapest of 2" in found.reason


def test_the_default_is_kept_when_nothing_is_clearly_above_it():
    scores = grid(0.80, 0.803, noise=(0, 1))  # the difference is less than its standard error of .0091
    found = one_standard_error(scores, np.array([5.0, 1.0]))
    assert (found.chosen, found.best, found.eligible) == (0, 1, ())
    assert "default is kept" in found.reason


def test_the_default_is_kept_when_it_is_the_best():
    found = one_standard_error(grid(0.9, 0.8, 0.85), np.ones(3))
    assert (found.chosen, found.best) == (0, 0)
    assert "default has the best score" in found.reason


def test_a_cheap_default_near_the_best_does_not_win_over_a_candidate_that_is_clearly_above_it():
    scores = grid(0.800, 0.809, 0.805, noise=(0, 1, 0))
    assert one_standard_error(scores, np.array([1.0, 3.0, 2.0])).chosen == 2


def test_equal_costs_go_to_the_better_then_the_earlier_candidate():
    assert one_standard_error(grid(0.8, 0.9, 0.9), np.ones(3)).chosen == 1
    assert one_standard_error(grid(0.8, 0.899, 0.9, noise=(0, 0, 1)), np.ones(3)).chosen == 2


def test_shifts_that_all_candidates_share_do_not_matter():
    """Differences are paired: an easy fold is easy for everybody."""
    scores = grid(0.80, 0.90, 0.899, 0.85, noise=(0, 1, 0, 0))
    shifted = scores + np.array([[0.3, -0.2], [0.1, -0.3]])
    costs = np.array([1.0, 9.0, 3.0, 1.0])
    assert one_standard_error(shifted, costs).chosen == one_standard_error(scores, costs).chosen


@pytest.mark.parametrize("scores", [np.ones((3, 1, 1)), np.array([[[1.0, np.nan]]])])
def test_scores_that_cannot_be_compared_are_refused(scores):
    with pytest.raises(ValueError, match="finite, on at least two folds"):
        one_standard_error(scores, np.ones(len(scores)))


def searches(count, rng):
    """Simulated searches: true gains over the default, search scores (candidates, folds), fresh scores, costs."""
    for _ in range(count):
        true = np.minimum(np.r_[0.0, rng.normal(-0.004, 0.01, 60)], 0.016)
        kept = true + 0.002 * rng.normal(size=61)  # what these development rows make of it, on any folds
        search = kept[:, None] + 0.03 * rng.normal(size=(61, 5))
        finalists = np.r_[0, 1 + np.argsort(-search[1:].mean(axis=1))[:10]]
        fresh = kept[finalists, None, None] + 0.03 * rng.normal(size=(11, 4, 5))
        costs = np.r_[1.0, np.exp(rng.normal(size=60))]
        yield true, search, finalists, fresh, costs


def test_the_rule_ships_a_worse_model_far_less_often_than_the_best_of_the_search_and_gains_more():
    lucky, ruled = [], []
    for true, search, finalists, fresh, costs in searches(600, np.random.default_rng(0)):
        lucky.append(true[search.mean(axis=1).argmax()])
        ruled.append(true[finalists[one_standard_error(fresh, costs[finalists]).chosen]])
    assert np.mean(np.array(lucky) < 0) > 0.10
    assert np.mean(np.array(ruled) < 0) < 0.035
    assert np.mean(ruled) > np.mean(lucky) + 0.001


def test_the_corrected_score_of_a_search_has_little_optimism_left():
    """Equal candidates: the best of the search promises much, and there is nothing to gain."""
    rng = np.random.default_rng(0)
    scores = 0.02 * rng.normal(size=(100, 60, 5))
    promised = scores.mean(axis=2).max(axis=1).mean()
    corrected = np.mean([bbc_cv(s, draws=200, rng=rng) for s in scores])
    assert promised > 0.015
    assert abs(corrected) < 0.002


def test_a_clear_winner_keeps_its_score():
    scores = np.array([[0.5, 0.5, 0.5], [0.9, 0.8, 0.7]])
    assert bbc_cv(scores, draws=2000, rng=np.random.default_rng(0)) == pytest.approx(0.8, abs=0.01)
    with pytest.raises(ValueError, match="at least two folds"):
        bbc_cv(scores[:, :1], rng=np.random.default_rng(0))


def test_optimism_is_the_part_of_the_promised_gain_that_was_not_found():
    assert optimism(0.9142, 0.9000, 0.0061) == Optimism(
        pytest.approx(0.0142), pytest.approx(0.0081), pytest.approx(0.570, abs=1e-3)
    )
    assert np.isnan(optimism(0.9, 0.9, 0.001).share)

"""The best and the default on fresh folds: who enters, who stays in the race, and who goes to the sealed rows."""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest

from finetooth.config.loading import load_tune
from finetooth.errors import FinetoothError
from finetooth.records import Candidate, Fidelity, Trial
from finetooth.trials.journal import Journal, untimed
from finetooth.verdict.replicate import Finalists, complexity, finalists, replicate, select, still_in

FULL = Fidelity()


def searched(index, score, params=None, state="complete", rounds=None):
    candidate = Candidate(index, {"depth": index} if params is None else params, "default" if index == 0 else "genetic")
    return Trial("refine", candidate, FULL, state, (score,) if state == "complete" else (), rounds=rounds, reason="no")


def entered(count=3):
    candidates = tuple(Candidate(i, {"max_depth": 4 - i}, "x", (i,)) for i in range(count))
    return Finalists(candidates, tuple(0.5 + i / 10 for i in range(count)))


def repeated(index, *scores):
    candidate = entered(9).candidates[index]
    return Trial(
        "replicate", candidate, FULL, "complete" if scores else "failed", scores, reason="" if scores else "no"
    )


def config_of(**section):
    return load_tune({"replicate": section})


def test_the_default_enters_first_then_the_best_with_frozen_rounds_and_their_search_scores():
    trials = [searched(0, 0.5), searched(1, 0.7, rounds=33), searched(2, 0.9), searched(3, 0.7), searched(4, 0.6)]
    assert finalists(trials, config_of(finalists=3).replicate.finalists) == Finalists(
        (
            Candidate(0, {"depth": 0}, "default", (0,)),
            Candidate(1, {"depth": 2}, "genetic", (2,)),
            Candidate(2, {"n_estimators": 33, "depth": 1}, "genetic", (1,)),
            Candidate(3, {"depth": 3}, "genetic", (3,)),
        ),
        (0.5, 0.9, 0.7, 0.7),
    )


def test_equal_parameters_enter_once_and_failed_ones_never():
    trials = [
        searched(0, 0.5),
        searched(1, 0.8, {"depth": 0}),
        searched(2, 0.7, {"depth": 9}),
        searched(3, 0.9, state="failed"),
        searched(4, 0.6, {"depth": 9}),
    ]
    found = finalists(trials, config_of(finalists=3).replicate.finalists)
    assert [(c.index, c.parents) for c in found.candidates] == [(0, (0,)), (1, (2,))]
    assert found.searched == (0.5, 0.7)


def test_a_default_that_does_not_fit_ends_the_run_with_its_reason():
    said = "the default parameters must fit, to compare with; they failed: no"
    with pytest.raises(FinetoothError, match=said):
        finalists([searched(0, 0.0, state="failed"), searched(1, 0.9)], 3)
    for step in (still_in, select):
        with pytest.raises(FinetoothError, match=said):
            step(entered(2), [[repeated(0), repeated(1, 0.8, 0.9)]])
        with pytest.raises(FinetoothError, match=said):
            step(entered(1), [[repeated(0)]])


def test_who_is_clearly_behind_leaves_the_race_and_the_default_never_does():
    first = [
        repeated(0, 0.1, 0.11, 0.1),
        repeated(1, 0.90, 0.80, 0.91),
        repeated(2, 0.80, 0.75, 0.79),
        repeated(3, 0.84, 0.83, 0.84),
    ]
    found = still_in(entered(4), [first])
    assert [c.index for c in found.candidates] == [0, 1, 3]
    assert found.searched == (0.5, 0.6, 0.8)


def test_the_race_goes_by_all_repeats_and_whoever_failed_one_is_out():
    first = [repeated(0, 0.5, 0.6), repeated(1, 0.7, 0.9), repeated(2, 0.8, 0.8)]
    second = [repeated(0, 0.5, 0.6), repeated(1), repeated(2, 0.6, 0.9)]
    assert [c.index for c in still_in(entered(3), [first, second]).candidates] == [0, 2]
    assert [c.index for c in still_in(entered(3), [first]).candidates] == [0, 1, 2]


def test_a_tie_stays_in_the_race():
    both = [repeated(0, 0.5, 0.6), repeated(1, 0.5, 0.6)]
    assert [c.index for c in still_in(entered(2), [both]).candidates] == [0, 1]


def test_the_smallest_model_near_the_best_is_chosen_and_what_was_promised_is_kept():
    repeats = [
        [repeated(0, 0.50, 0.52), repeated(1, 0.80, 0.86), repeated(2, 0.81, 0.84)],
        [repeated(0, 0.51, 0.53), repeated(1, 0.82, 0.83), repeated(2, 0.79, 0.85)],
    ]
    found = select(entered(3), repeats)
    assert (found.winner, found.default) == (entered(3).candidates[2], entered(3).candidates[0])
    assert (found.search_score, found.search_default, found.folds, found.keeps_default) == (0.7, 0.5, 2, False)
    assert found.confirmed == pytest.approx(0.8225)
    assert found.confirmed_default == pytest.approx(0.515)
    assert found.scores[2] == ((0.81, 0.84), (0.79, 0.85))


def test_candidates_that_left_or_failed_are_not_chosen_and_numbers_stay_their_own():
    left = still_in(
        entered(4), [[repeated(0, 0.5, 0.52), repeated(1, 0.1, 0.11), repeated(2, 0.8, 0.83), repeated(3, 0.9, 0.7)]]
    )
    repeats = [
        [repeated(0, 0.5, 0.52), repeated(1, 0.99, 0.99), repeated(2, 0.8, 0.83), repeated(3, 0.9, 0.7)],
        [repeated(0, 0.5, 0.53), repeated(2, 0.8, 0.82), repeated(3)],
    ]
    found = select(left, repeats)
    assert found.winner == entered(4).candidates[2]
    assert found.search_score == 0.7
    assert len(found.scores) == 2


def test_the_default_is_kept_when_nothing_is_clearly_better():
    noisy = [[repeated(0, 0.5, 0.9), repeated(1, 0.9, 0.52)], [repeated(0, 0.6, 0.8), repeated(1, 0.7, 0.72)]]
    found = select(entered(2), noisy)
    assert (found.winner, found.keeps_default, found.search_score) == (found.default, True, 0.5)


@pytest.mark.parametrize(
    ("params", "size"),
    [
        ({}, 1),
        ({"C": 3.0, "kernel": "rbf"}, 1),
        ({"n_estimators": 100, "max_depth": 3}, 800),
        ({"n_estimators": 100, "max_depth": 0, "max_leaves": 7}, 700),
        ({"n_estimators": 100, "max_depth": 6, "max_leaves": 31}, 3100),
        ({"n_estimators": 100, "max_depth": 3, "max_leaves": 31}, 800),
        ({"max_iter": 50, "max_leaf_nodes": 31}, 1550),
        ({"n_estimators": 10, "max_depth": 99}, 10 * 2**20),
        ({"n_estimators": 10, "max_depth": None}, 10),
        ({"width_1": 64, "width_2": 32, "layers": 2}, 96),
    ],
)
def test_the_size_of_a_model_comes_from_its_parameters(params, size):
    assert complexity(params) == size


def test_smaller_models_count_as_simpler():
    sizes = [complexity({"n_estimators": n, "max_depth": d}) for n, d in [(10, 2), (20, 2), (20, 3), (20, 6), (200, 6)]]
    assert all(small < large for small, large in pairwise(sizes))


def test_repeats_are_fresh_and_the_same_for_every_executor(study, boosted, tmp_path):
    config = config_of(folds=2, repeats=2)
    some = Finalists(
        (Candidate(0, dict(boosted.default), "default"), Candidate(1, {"max_depth": 2, "n_estimators": 5}, "best")),
        (0.8, 0.9),
    )
    alone = [replicate(study(config=config), some, repeat) for repeat in (0, 1)]
    with ThreadPoolExecutor(2) as pool:
        made = study(config=config, executor=pool, journal=Journal(tmp_path / "threads.jsonl"))
        both = [replicate(made, some, repeat) for repeat in (0, 1)]
    assert [list(map(untimed, trials)) for trials in both] == [list(map(untimed, trials)) for trials in alone]
    assert [(t.repeat, t.candidate.index, t.fidelity, t.curve) for trials in alone for t in trials] == [
        (repeat, index, Fidelity(1.0, 2), ()) for repeat in (0, 1) for index in (0, 1)
    ]
    assert alone[0][0].scores != alone[1][0].scores
    assert replicate(study(config=config, journal=Journal(tmp_path / "threads.jsonl")), some, 1) == both[1]

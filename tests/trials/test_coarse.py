"""The coarse search: early promotions, a subset that misleads, and the same trials whatever happens to the run."""

import random
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from finetooth.config.loading import load_tune
from finetooth.records import Candidate, Fidelity, Trial
from finetooth.trials import loop, promotion, searches
from finetooth.trials.comparable import run_here
from finetooth.trials.journal import Journal, untimed
from finetooth.trials.study import ignore
from finetooth.trials.summary import summarize

FULL = Fidelity(1.0, 2)
DEFAULT = Candidate(0, {"x": 0}, "default")
RULES = promotion.Rules(Fidelity(0.125, 2), FULL, DEFAULT)


def config(**coarse):
    section = {"trials": 40, "rows": 0.125, "folds": 2, "least_rows": 20} | coarse
    return load_tune({"coarse": section, "refine": {"trials": 8, "folds": 2, "window": 3}})


def objective(lies_below, slow=0.0):
    """Scores by the learning rate, upside down on subsets of less than `lies_below` of the rows."""
    luck = random.Random()

    def evaluate(asked):
        time.sleep(luck.random() * slow)
        truth = asked.candidate.params["learning_rate"]
        score = truth if asked.fidelity.rows >= lies_below else -truth
        scores = (score, score + 0.01)
        folds = tuple(f"{asked.stage} {asked.repeat} {fold} {asked.fidelity.rows}" for fold in range(2))
        return Trial(
            asked.stage, asked.candidate, asked.fidelity, "complete", scores, seconds=1.0, repeat=asked.repeat,
            folds=folds,
        )  # fmt: skip

    return evaluate


def both(study):
    first = searches.coarse(study)
    return first, searches.refine(study, first)


@pytest.fixture
def searched(study, tmp_path, monkeypatch):
    """Both searches of a made-up objective; returns them with their study."""

    def run(chosen, lies_below, name="alone", executor=None, slow=0.0, callback=ignore):
        monkeypatch.setattr(loop, "evaluate", objective(lies_below, slow))
        opened = study(config=chosen, journal=Journal(tmp_path / f"{name}.jsonl"), callback=callback)
        opened = opened if executor is None else replace(opened, executor=executor)
        return (*both(opened), opened)

    return run


def shares(trials):
    return list(dict.fromkeys(trial.fidelity.rows for trial in trials if trial.fidelity.rows < 1))


def test_every_fourth_trial_tries_the_default_or_the_best_that_is_known_on_all_rows(searched):
    coarse, _, _ = searched(config(), 0)
    early = [t for t in coarse if t.fidelity == FULL]
    assert len(early) == 10
    assert (early[0].candidate.origin, early[0].candidate.index) == ("default", 3)
    for trial in early[1:]:
        seen = [t for t in coarse if t.candidate.index <= trial.candidate.index - 3]  # behind the window
        taken = {t.candidate.digest for t in early if t.candidate.index < trial.candidate.index}
        best = max((t for t in seen if t.fidelity != FULL and t.candidate.digest not in taken), key=lambda t: t.score)
        assert (trial.candidate.params, trial.candidate.parents) == (best.candidate.params, (best.candidate.index,))
    assert shares(coarse) == [0.125]


def test_a_subset_that_misleads_is_widened_until_it_agrees(searched):
    coarse, refined, opened = searched(config(), 0.25)
    assert shares(coarse) == [0.125, 0.25]
    assert len(coarse) == 40
    again = [t.candidate for t in coarse if t.candidate.origin == "widened"]
    assert len(again) >= 4
    assert {coarse[c.parents[0]].candidate.digest for c in again} == {c.digest for c in again}
    said = summarize(opened.journal.trials(), opened.journal.cuts())
    assert "the subset agrees with all rows (Spearman 1.00 over" in said[0]
    assert said[1].startswith("The first subset did not rank candidates as all rows do (Spearman -1.00 over 4 candid")
    assert said[1].endswith("so it was widened to 25 %.")
    assert {t.candidate.origin for t in refined[1:3]} == {"promoted"}


def test_a_subset_that_goes_on_misleading_is_left_and_its_trials_are_spent_on_all_rows(searched):
    coarse, refined, opened = searched(config(), 1.0)
    assert shares(coarse) == [0.125, 0.25, 0.5]
    cut = opened.journal.cut("coarse")
    assert cut.trials == len(coarse) < 40
    assert cut.reason.startswith("50% of the rows do not rank candidates as all rows do (Spearman -1.00 over ")
    assert len(coarse) + len(run_here(refined)) == 48
    early = sum(t.fidelity == FULL for t in coarse)
    assert {t.candidate.origin for t in refined[early:]} & {"promoted"} == set()  # nothing else of it is believed
    assert any("misleads about all rows" in said for said in summarize(opened.journal.trials(), opened.journal.cuts()))


@pytest.mark.parametrize("lies_below", [0.0, 0.25, 1.0], ids=["true", "widened", "left"])
def test_promotions_and_widening_are_the_same_for_every_number_of_workers(searched, tmp_path, lies_below):
    *alone, _ = searched(config(), lies_below)
    for workers in (2, 5):
        with ThreadPoolExecutor(workers) as pool:
            *many, _ = searched(config(), lies_below, f"{workers}", pool, slow=0.004)
        assert many == alone
        assert (tmp_path / f"{workers}.jsonl").read_bytes() == (tmp_path / "alone.jsonl").read_bytes()


def test_a_run_that_was_killed_at_any_moment_goes_on_with_the_same_promotions(searched, tmp_path):
    states, whole = [], tmp_path / "whole.jsonl"
    chosen = config()
    with ThreadPoolExecutor(4) as pool:
        *alone, _ = searched(chosen, 1.0, "whole", pool, 0.002, lambda _: states.append(whole.read_bytes()))
    for number, state in enumerate(states[::6]):
        (tmp_path / f"cut{number}.jsonl").write_bytes(state + b'{"stage": "coa')
        *again, _ = searched(chosen, 1.0, f"cut{number}")
        assert again == alone
        assert (tmp_path / f"cut{number}.jsonl").read_bytes() == whole.read_bytes()


def test_what_was_tried_early_costs_nothing_again(searched):
    coarse, refined, opened = searched(config(), 0)
    early = [t for t in coarse if t.fidelity == FULL]
    taken = [t for t in refined if t.seconds == 0]
    assert [untimed(replace(t, stage="refine")).scores for t in early] == [t.scores for t in taken]
    assert [t.reason for t in taken] == ["run in the coarse stage"] * len(early)
    assert len(opened.journal.trials()) == len(coarse) + len(refined)


def seen(*rows):
    """Trials with these (params, share of the rows, score or None while under way)."""
    return tuple(
        Trial("coarse", Candidate(i, {"x": x}, "sobol"), replace(RULES.subset, rows=share) if share < 1 else FULL,
              "running" if score is None else "complete", () if score is None else (score,))
        for i, (x, share, score) in enumerate(rows)
    )  # fmt: skip


def test_a_promotion_waits_until_three_are_there_to_choose_from():
    rows = [(0, 0.125, 0.5), (1, 0.125, 0.1), (2, 0.125, 0.9), (0, 1.0, 0.5), (3, 0.125, None)]
    assert RULES.next_candidate(seen(*rows), 7) is None
    rows[4] = (3, 0.125, 0.2)
    assert RULES.next_candidate(seen(*rows), 7) == Candidate(7, {"x": 2}, "promoted", (2,), FULL)
    assert RULES.next_candidate(seen(*rows), 6) is None  # not due yet


def test_three_pairs_decide_nothing_and_four_do():
    low = [(x, 0.125, x / 10) for x in range(6)]
    assert RULES.next_fidelity(seen(*low, *[(x, 1.0, -x / 10) for x in range(3)])).rows == 0.125
    assert RULES.next_fidelity(seen(*low, *[(x, 1.0, -x / 10) for x in range(4)])).rows == 0.25
    assert RULES.next_fidelity(seen(*low, *[(x, 1.0, x / 10) for x in range(4)])).rows == 0.125
    assert RULES.reason_to_end(seen(*low, *[(x, 1.0, -x / 10) for x in range(4)])) is None

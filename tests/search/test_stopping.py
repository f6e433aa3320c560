"""A search that stops itself: not before there is reason to, and with the same answer whatever happens to it."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from finetooth import seeds
from finetooth.metrics import METRICS
from finetooth.records import Candidate, Trial
from finetooth.search.stopping import LEAST_TRIALS, PATIENCE, expected_gain, stopping_rule
from finetooth.trials import loop
from finetooth.trials.journal import Journal
from tests.trials.searching import FULL, SPACE, run


def patient():
    return stopping_rule(SPACE, METRICS["roc_auc"], FULL, 0, "refine")


def flat(asked):
    """A score that hardly depends on anything, with folds that differ by much more."""
    score = 0.8 + 1e-5 * asked.candidate.params["x"]
    return Trial(asked.stage, asked.candidate, asked.fidelity, "complete", (score - 0.03, score, score + 0.03))


@pytest.fixture
def nothing_to_gain(monkeypatch):
    monkeypatch.setattr(loop, "evaluate", flat)


def test_a_search_with_nothing_to_gain_ends_after_a_while_and_says_why(nothing_to_gain, tmp_path):
    path = tmp_path / "j.jsonl"
    done = run(path, trials=60, stop=patient())
    assert LEAST_TRIALS + PATIENCE <= len(done) < 40
    cut = Journal(path).cut("refine")
    assert cut.trials == len(done)
    assert cut.reason.startswith("the next trial was expected to gain ")


def test_stopping_early_is_the_same_for_every_number_of_workers_and_after_a_kill(nothing_to_gain, tmp_path):
    path = tmp_path / "a.jsonl"
    states = []
    alone = run(path, trials=60, stop=patient(), callback=lambda trial: states.append(path.read_bytes()))
    for workers in (2, 5):
        with ThreadPoolExecutor(workers) as pool:
            assert run(tmp_path / f"{workers}.jsonl", pool, trials=60, stop=patient()) == alone
    for number, state in enumerate(states[::8]):
        resumed = tmp_path / f"cut{number}.jsonl"
        resumed.write_bytes(state)
        assert run(resumed, trials=60, stop=patient()) == alone
        assert resumed.read_bytes() == path.read_bytes()


def test_a_search_that_still_rises_goes_on(tmp_path, monkeypatch):
    def rising(asked):
        score = 0.5 + 0.005 * asked.candidate.index
        return Trial(asked.stage, asked.candidate, asked.fidelity, "complete", (score - 0.03, score, score + 0.03))

    monkeypatch.setattr(loop, "evaluate", rising)
    assert len(run(tmp_path / "j.jsonl", trials=50, stop=patient())) == 50


def test_few_trials_never_stop_a_search(nothing_to_gain, tmp_path):
    assert len(run(tmp_path / "j.jsonl", trials=LEAST_TRIALS, stop=patient())) == LEAST_TRIALS


def test_more_is_expected_where_scores_differ_more():
    def seen(scale):
        drawn = seeds.stream(0, "points").random((25, 3))
        scores = [(scale * point[0], scale * point[0] + 0.1) for point in drawn]
        candidates = [Candidate(i, SPACE.from_unit(point), "sobol") for i, point in enumerate(drawn)]
        return [Trial("refine", c, FULL, "complete", s) for c, s in zip(candidates, scores, strict=True)]

    small, large = (expected_gain(SPACE, seen(scale), seeds.stream(0, "stop")) for scale in (0.001, 1.0))
    assert large.gain == pytest.approx(1000 * small.gain, rel=1e-3)
    assert large.gain > 0
    assert expected_gain(SPACE, seen(0.0), seeds.stream(0, "stop")).gain == 0

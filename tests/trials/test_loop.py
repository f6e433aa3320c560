"""The loop: the same trials for every executor and every order of arrival, also when a run is taken up again."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import count

import pytest

from finetooth.domains.domains import Int
from finetooth.domains.space import Space
from finetooth.errors import InputError
from finetooth.records import Candidate, Fidelity
from finetooth.trials import loop
from finetooth.trials.evaluate import Job
from finetooth.trials.inline_executor import InlineExecutor
from finetooth.trials.journal import EndedEarly, Journal, untimed
from finetooth.trials.loop import TIME_LIMIT, search
from tests.trials.searching import DEFAULT, FULL, WINDOW, job, plan, proposals, run, scored


def test_trials_are_the_same_for_every_number_of_workers_and_every_order_of_arrival(calls, tmp_path):
    alone = run(tmp_path / "alone.jsonl")
    assert [t.candidate.index for t in alone] == list(range(18))
    for workers in (2, 8, 8):
        path = tmp_path / f"{workers}-{len(calls)}.jsonl"
        with ThreadPoolExecutor(workers) as pool:
            assert run(path, pool) == alone
        assert path.read_bytes() == (tmp_path / "alone.jsonl").read_bytes()


def test_how_many_are_under_way_changes_nothing(calls, tmp_path):
    alone = run(tmp_path / "alone.jsonl")
    for in_flight in (1, 2, 5):
        with ThreadPoolExecutor(4) as pool:
            assert run(tmp_path / f"{in_flight}.jsonl", pool, in_flight=in_flight) == alone


@pytest.mark.parametrize("window", [1, 3, 30])
def test_a_proposal_sees_exactly_the_outcomes_up_to_n_minus_window(calls, tmp_path, window):
    seen = []
    with ThreadPoolExecutor(8) as pool:
        done = run(tmp_path / "j.jsonl", pool, propose=proposals(seen=seen), window=window)
    assert [index for index, _ in seen] == list(range(1, 18))
    for index, trials in seen:
        known = [t for t in trials if t.state != "running"]
        assert tuple(known) == done[: max(0, index - window + 1)]
        assert [t.candidate for t in trials] == [t.candidate for t in done[:index]]


def test_what_an_earlier_stage_ran_is_seen_by_every_proposal(calls, tmp_path):
    path, seen = tmp_path / "j.jsonl", []
    first = (*DEFAULT, *(Candidate(i, {"x": i / 10, "rate": 0.1, "kind": "a"}, "given") for i in (1, 2)))
    Journal(path).extend(replace(scored(job(candidate)), reason="run before") for candidate in first)
    for workers in (1, 4):
        with ThreadPoolExecutor(workers) as pool:
            done = run(path, pool, propose=proposals(seen=seen), known=first, taken=3, window=5, trials=9)
        assert [[t.candidate.index for t in trials if t.state != "running"] for _, trials in seen] == [
            *([[0, 1, 2]] * 5),
            [0, 1, 2, 3],
        ]
        assert [t.reason for t in done[:3]] == ["run before"] * 3
        seen.clear()
        path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:3]))


def test_a_search_that_ignores_outcomes_has_no_window(calls, tmp_path):
    seen = []
    with ThreadPoolExecutor(2) as pool:
        run(tmp_path / "j.jsonl", pool, propose=proposals("sobol", seen=seen), window=None)
    assert {t.state for _, trials in seen for t in trials} == {"running"}


def test_the_window_is_part_of_the_answer(calls, tmp_path):
    assert run(tmp_path / "a.jsonl", window=1) != run(tmp_path / "b.jsonl", window=8)


def test_no_more_than_the_window_are_under_way(calls, tmp_path):
    seen = []
    with ThreadPoolExecutor(8) as pool:
        run(tmp_path / "j.jsonl", pool, propose=proposals(seen=seen))
    assert max(sum(t.state == "running" for t in trials) for _, trials in seen) == WINDOW - 1


def test_a_trial_is_on_disk_before_the_search_hears_of_it(calls, tmp_path):
    path = tmp_path / "j.jsonl"
    heard = []

    def told(trial):
        assert Journal(path).find("refine", 0, trial.candidate.index) == trial
        heard.append(trial.candidate.index)

    with ThreadPoolExecutor(4) as pool:
        run(path, pool, told)
    assert sorted(heard) == list(range(18))


@pytest.mark.parametrize("workers", [1, 8])
def test_a_run_that_was_killed_at_any_moment_goes_on_as_if_it_never_stopped(calls, tmp_path, workers):
    path, states = tmp_path / "whole.jsonl", [b""]
    with ThreadPoolExecutor(workers) as pool:
        whole = run(path, pool, lambda trial: states.append(path.read_bytes()))
    assert len(states) == 19
    for kept, state in enumerate(states):
        resumed = tmp_path / f"{kept}.jsonl"
        resumed.write_bytes(state + b'{"stage": "refine", "candi')  # a kill may leave half a line
        calls.clear()
        heard = []
        with ThreadPoolExecutor(2) as pool:
            assert run(resumed, pool, lambda trial, heard=heard: heard.append(trial.candidate.index)) == whole
        assert len(calls) == 18 - kept
        assert sorted(heard) == list(range(18))
        assert resumed.read_bytes() == path.read_bytes()


def test_a_longer_search_goes_on_from_a_shorter_one(calls, tmp_path):
    whole = run(tmp_path / "whole.jsonl")
    short = run(tmp_path / "short.jsonl", trials=7)
    assert short == whole[:7]
    assert run(tmp_path / "short.jsonl") == whole


def test_a_journal_of_other_parameters_is_refused(calls, tmp_path):
    path = tmp_path / "j.jsonl"
    Journal(path).append(scored(job(Candidate(1, {"x": 0.123, "rate": 0.1, "kind": "a"}, "genetic"))))
    with pytest.raises(InputError) as caught:
        run(path)
    assert str(caught.value).startswith(
        f"the journal must belong to this configuration; trial 1 of refine in {path} has other parameters; "
    )


def test_a_time_limit_ends_the_search_and_where_it_cut_is_repeated(calls, tmp_path, monkeypatch):
    path, clock = tmp_path / "j.jsonl", count()
    monkeypatch.setattr(loop.time, "monotonic", lambda: float(next(clock)))
    cut = run(path, deadline=6.0)
    assert Journal(path).cut("refine") == EndedEarly("refine", len(cut), TIME_LIMIT)
    assert len(cut) < 18
    whole = run(tmp_path / "whole.jsonl")
    assert cut == whole[: len(cut)]
    calls.clear()
    assert run(path, deadline=1e9) == cut  # time that is left now does not change what the run was
    assert calls == []
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:2] + lines[-1:]))  # killed after the cut was recorded, before all had ended
    assert run(path) == cut
    assert len(calls) == len(cut) - 2


def test_a_time_limit_that_is_over_still_leaves_a_trial_beyond_the_known_ones(calls, tmp_path):
    assert [t.candidate.index for t in run(tmp_path / "j.jsonl", deadline=0.0)] == [0, 1]


def test_no_trial_is_begun_that_would_end_after_the_time_limit(calls, tmp_path, monkeypatch):
    clock = [0.0]

    def slow(due):
        clock[0] += 10.0
        return replace(scored(due), seconds=10.0)

    monkeypatch.setattr(loop, "evaluate", slow)
    monkeypatch.setattr(loop.time, "monotonic", lambda: clock[0])
    assert len(run(tmp_path / "just.jsonl", deadline=40.0, in_flight=1)) == 4
    clock[0] = 0.0
    assert len(run(tmp_path / "short.jsonl", deadline=39.0, in_flight=1)) == 3


def test_a_search_ends_when_its_space_is_exhausted(calls, tmp_path):
    small = Space([Int("x", 0, 3)])
    known = (Candidate(0, {"x": 2}, "default"),)
    for workers in (1, 4):
        with ThreadPoolExecutor(workers) as pool:
            path = tmp_path / f"{workers}.jsonl"
            done = run(path, pool, propose=proposals("random", small), known=known, window=None)
            assert sorted(t.candidate.params["x"] for t in done) == [0, 1, 2, 3]
            assert run(path, pool, propose=proposals("random", small), known=known, window=None) == done


def test_a_search_may_be_shorter_than_what_is_known(calls, tmp_path):
    known = tuple(Candidate(i, {"x": i / 9, "rate": 0.1, "kind": "b"}, "promoted") for i in range(3))
    assert [t.candidate for t in run(tmp_path / "j.jsonl", known=known, trials=3)] == list(known)


def test_real_fits_are_the_same_in_threads(tables, boosted, tmp_path):
    def fit(candidate, seen):
        return Job("refine", candidate, Fidelity(folds=2), tables["binary"].data, boosted.learner, "roc_auc", 0)

    known = (Candidate(0, dict(boosted.default), "default"),)
    propose = proposals("genetic", boosted.space)
    chosen = plan(6, 2, known)
    alone = search(chosen, propose, fit, InlineExecutor(), Journal(tmp_path / "a.jsonl"), lambda trial: None)
    with ThreadPoolExecutor(2) as pool:
        both = search(chosen, propose, fit, pool, Journal(tmp_path / "b.jsonl"), lambda trial: None)
    assert list(map(untimed, both)) == list(map(untimed, alone))


def test_a_rule_that_stops_the_search_sees_what_proposals_see_and_its_reason_is_kept(calls, tmp_path):
    seen = []

    def enough(trials, index):
        seen.append([trial.state for trial in trials])
        return "enough" if index == 12 else None

    path = tmp_path / "j.jsonl"
    stopped = run(path, stop=enough)
    assert Journal(path).cut("refine") == EndedEarly("refine", 12, "enough")
    assert stopped == run(tmp_path / "whole.jsonl")[:12]
    assert all(states.count("running") == min(len(states), WINDOW - 1) for states in seen)


def test_a_candidate_may_name_its_own_fidelity(calls, tmp_path):
    half, ask, seen = Fidelity(0.5, 2), proposals("random"), []

    def propose(trials, index):
        seen.append([trial.fidelity for trial in trials])
        return replace(ask(trials, index), fidelity=half if index % 2 else None)

    path = tmp_path / "j.jsonl"
    whole = run(path, propose=propose, trials=6, known=())
    assert seen[-1] == [FULL, half, FULL, half, FULL]
    assert [trial.candidate.fidelity for trial in whole] == [None, half] * 3
    with pytest.raises(InputError, match="has other parameters"):
        run(path, propose=ask, trials=6, known=())

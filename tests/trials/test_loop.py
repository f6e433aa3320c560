"""The loop: the same trials for every executor and every order of arrival, also when a run is taken up again."""

import random
import time
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from itertools import count

import pytest

from finetooth import seeds
from finetooth.errors import FinetoothError, InputError
from finetooth.records import Candidate, DataRef, Fidelity, Trial
from finetooth.search.methods import method
from finetooth.space import Choice, Float, Int, Space
from finetooth.trials import loop
from finetooth.trials.evaluate import Job
from finetooth.trials.journal import Journal, untimed
from finetooth.trials.learner import Learner
from finetooth.trials.local import InlineExecutor
from finetooth.trials.loop import Plan, run_all, search

FULL = Fidelity(1.0, 3)
SPACE = Space([Float("x", 0.0, 1.0), Float("rate", 1e-3, 1.0, log=True), Choice("kind", ["a", "b"])])
DEFAULT = (Candidate(0, {"x": 0.9, "rate": 0.5, "kind": "a"}, "default"),)
NOWHERE = DataRef("nowhere", "none", 1, 1, "y", "binary")
WINDOW = 3


def job(candidate):
    return Job("refine", candidate, FULL, NOWHERE, Learner("none", "estimator"), "roc_auc", 0)


def scored(asked, delay=0.0):
    """A trial whose score is a function of its parameters; every seventh fails."""
    time.sleep(delay)
    x = asked.candidate.params["x"]
    if asked.candidate.index % 7 == 5:
        return Trial(asked.stage, asked.candidate, FULL, "failed", reason="unlucky", repeat=asked.repeat)
    return Trial(asked.stage, asked.candidate, FULL, "complete", (-((x - 0.3) ** 2), x / 9), repeat=asked.repeat)


@pytest.fixture
def calls(monkeypatch):
    """What was evaluated, by index; fits take a random time."""
    made, luck = [], random.Random()

    def evaluate(asked):
        made.append(asked.candidate.index)
        return scored(asked, luck.random() / 200)

    monkeypatch.setattr(loop, "evaluate", evaluate)
    return made


def proposals(name="genetic-plain", space=SPACE, seen=None):
    def propose(trials, index):
        if seen is not None:
            seen.append((index, tuple(trials)))
        return method(name).propose(space, trials, index, seeds.stream(0, "refine", "propose", index))

    return propose


def plan(trials=18, window=WINDOW, known=DEFAULT, **changes):
    return Plan("refine", known, trials, window, FULL, **changes)


def run(path, executor=None, told=lambda trial: None, propose=None, **changes):
    journal = Journal(path)
    return search(plan(**changes), propose or proposals(), job, executor or InlineExecutor(), journal, told)


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
    assert len(cut) == Journal(path).cut("refine") < 18
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


class Losing(Executor):
    """Loses every third call, as a cluster does whose worker was killed too often."""

    def __init__(self, error):
        self.error = error
        self.calls = 0

    def submit(self, fn, /, *args, **kwargs):
        self.calls += 1
        if self.calls % 3:
            return InlineExecutor().submit(fn, *args, **kwargs)
        future = Future()
        if self.error is None:
            future.cancel()
            future.set_running_or_notify_cancel()
        else:
            future.set_exception(self.error)
        return future


def test_a_trial_whose_worker_was_lost_for_good_has_failed_and_the_search_goes_on(calls, tmp_path):
    path = tmp_path / "j.jsonl"
    done = run(path, Losing(RuntimeError("gone\nfor good")))
    lost = [t for t in done if t.reason.startswith("the worker was lost: RuntimeError: gone for good")]
    assert [t.candidate.index for t in lost] == [2, 5, 8, 11, 14, 17]
    assert {t.state for t in lost} == {"failed"}
    assert Journal(path).trials() == done


@pytest.mark.parametrize("through", ["search", "run_all"])
def test_a_cluster_that_was_closed_ends_the_run_and_is_no_trial(calls, tmp_path, through):
    path = tmp_path / "j.jsonl"
    jobs = [job(Candidate(i, {"x": i / 9}, "best")) for i in range(6)]
    ways = {
        "search": lambda: run(path, Losing(None)),
        "run_all": lambda: run_all(jobs, Losing(None), Journal(path), lambda trial: None),
    }
    with pytest.raises(
        FinetoothError, match="the cluster must stay open while trials run; it was closed; take the run"
    ):
        ways[through]()
    assert {t.reason for t in Journal(path).trials()} <= {"", "unlucky"}


def test_an_error_of_a_listener_ends_the_search_and_loses_nothing(calls, tmp_path):
    path = tmp_path / "j.jsonl"

    def told(trial):
        if trial.candidate.index == 4:
            raise KeyboardInterrupt

    with ThreadPoolExecutor(2) as pool, pytest.raises(KeyboardInterrupt):
        run(path, pool, told)
    assert Journal(path).find("refine", 0, 4) is not None
    assert run(path) == run(tmp_path / "whole.jsonl")


def test_a_list_of_jobs_comes_back_in_its_order_and_nothing_is_run_twice(calls, tmp_path):
    jobs = [job(Candidate(i, {"x": i / 9, "rate": 0.1, "kind": "a"}, "best")) for i in (4, 0, 2)]
    journal, heard = Journal(tmp_path / "j.jsonl"), []
    with ThreadPoolExecutor(3) as pool:
        first = run_all(jobs, pool, journal, heard.append)
        assert first == tuple(scored(asked) for asked in jobs)
        assert run_all(jobs[1:], pool, Journal(journal.path), heard.append) == first[1:]
    assert sorted(calls) == [0, 2, 4]
    assert len(heard) == 5


def test_jobs_of_other_parameters_than_the_journal_has_are_refused(calls, tmp_path):
    journal = Journal(tmp_path / "j.jsonl")
    run_all([job(Candidate(1, {"x": 0.1}, "best"))], InlineExecutor(), journal, lambda trial: None)
    with pytest.raises(InputError, match="the journal must belong to this configuration; trial 1 of refine in "):
        run_all([job(Candidate(1, {"x": 0.2}, "best"))], InlineExecutor(), journal, lambda trial: None)


def test_real_fits_are_the_same_in_threads(tables, boosted, tmp_path):
    def fit(candidate):
        return Job("refine", candidate, Fidelity(folds=2), tables["binary"].data, boosted.learner, "roc_auc", 0)

    known = (Candidate(0, dict(boosted.default), "default"),)
    propose = proposals("genetic", boosted.space)
    chosen = plan(6, 2, known)
    alone = search(chosen, propose, fit, InlineExecutor(), Journal(tmp_path / "a.jsonl"), lambda trial: None)
    with ThreadPoolExecutor(2) as pool:
        both = search(chosen, propose, fit, pool, Journal(tmp_path / "b.jsonl"), lambda trial: None)
    assert list(map(untimed, both)) == list(map(untimed, alone))

"""The loop when things go wrong: lost workers, closed clusters, interruptions, and lists of jobs."""

from concurrent.futures import Executor, Future, ThreadPoolExecutor

import pytest

from finetooth.errors import FinetoothError, InputError, StoreGoneError
from finetooth.records import Candidate
from finetooth.trials.inline_executor import InlineExecutor
from finetooth.trials.journal import Journal
from finetooth.trials.loop import run_all
from tests.trials.searching import job, run, scored


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


@pytest.mark.parametrize("through", ["search", "run_all"])
def test_rows_that_vanish_end_the_run_and_are_no_failed_trial(tmp_path, through):
    """The real evaluation: nothing is stored at the place that these jobs name."""
    path = tmp_path / "j.jsonl"
    jobs = [job(Candidate(i, {"x": i / 9}, "best")) for i in range(6)]
    ways = {
        "search": lambda: run(path, InlineExecutor()),
        "run_all": lambda: run_all(jobs, InlineExecutor(), Journal(path), lambda trial: None),
    }
    with pytest.raises(StoreGoneError, match="the stored development rows must be there; nowhere is gone; start"):
        ways[through]()
    assert Journal(path).trials() == ()


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

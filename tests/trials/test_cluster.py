"""Trials on a Dask cluster: equal to those run here, whatever the workers are, and whatever becomes of them."""

import os
import signal
import socket
import tempfile
import threading
import time
from concurrent.futures import wait
from contextlib import suppress

import psutil
import pytest

from finetooth.config.tune import ClusterConfig
from finetooth.errors import InputError
from finetooth.records import Candidate, Fidelity
from finetooth.trials import cluster as module
from finetooth.trials.cluster import cluster
from finetooth.trials.evaluate import Job, evaluate
from finetooth.trials.inline_executor import InlineExecutor, cores
from finetooth.trials.journal import Journal, untimed
from finetooth.trials.loop import run_all


@pytest.fixture(scope="module")
def threads():
    with cluster(ClusterConfig(workers=2), "threads") as executor:
        yield executor


@pytest.fixture(scope="module")
def processes():
    with cluster(ClusterConfig(workers=2), "processes") as executor:
        yield executor


@pytest.fixture
def jobs(tables, boosted):
    data = tables["binary"].data
    params = [{"max_depth": depth, "learning_rate": 0.3, "n_estimators": 4} for depth in (2, 3, 4)]
    return [
        Job("replicate", Candidate(i, p, "best"), Fidelity(folds=2), data, boosted.learner, "roc_auc", 0)
        for i, p in enumerate(params)
    ]


@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_workers_of_every_kind_give_the_trials_that_this_thread_gives(kind, request, jobs):
    executor = request.getfixturevalue(kind)
    futures = [executor.submit(evaluate, job) for job in jobs]
    wait(futures)
    assert [untimed(future.result()) for future in futures] == [untimed(evaluate(job)) for job in jobs]
    assert executor.slots == 2


def test_an_error_of_a_call_is_its_own(threads):
    assert isinstance(threads.submit(int, "no number").exception(), ValueError)
    assert threads.submit(int, "7", base=8).result() == 7


def test_equal_calls_are_all_run(threads, tmp_path):
    wait([threads.submit(tempfile.mkstemp, "", "ran", str(tmp_path)) for _ in range(3)])
    assert len(list(tmp_path.iterdir())) == 3


def test_a_local_cluster_listens_on_this_machine_alone(threads, processes):
    wait([threads.submit(int), processes.submit(int)])
    family = [psutil.Process(), *psutil.Process().children(recursive=True)]
    listening = {c.laddr.ip for one in family for c in one.net_connections() if c.status == psutil.CONN_LISTEN}
    assert listening == {"127.0.0.1"}


def test_a_future_that_nobody_waits_for_any_more_does_no_harm(threads, caplog):
    blocked = [threads.submit(time.sleep, 0.2) for _ in range(2)]
    given_up = threads.submit(time.sleep, 0)
    assert given_up.cancel()
    assert given_up.cancelled()
    wait(blocked)
    assert threads.submit(int, "1").result() == 1
    assert [record for record in caplog.records if "callback" in record.message] == []


def test_a_call_whose_worker_was_killed_is_submitted_again_and_no_other_suffers(processes, tmp_path):
    def killed_once():
        (tmp_path / f"run by {os.getpid()}").touch()
        if len(list(tmp_path.iterdir())) == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return "survived"

    futures = [processes.submit(killed_once), *(processes.submit(int, str(n)) for n in range(6))]
    assert [future.result(60) for future in futures] == ["survived", 0, 1, 2, 3, 4, 5]
    assert len(list(tmp_path.iterdir())) == 2


def test_a_call_that_kills_every_worker_is_reported_and_ends_nothing_else(processes, jobs, tmp_path, monkeypatch):
    (tmp_path / "ran").mkdir()
    good = processes.submit(evaluate, jobs[0])

    def deadly(_job):
        (tmp_path / "ran" / str(os.getpid())).touch()
        os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setattr("finetooth.trials.loop.evaluate", deadly)
    (trial,) = run_all(jobs[1:2], processes, Journal(tmp_path / "j.jsonl"), lambda trial: None)
    assert (trial.state, trial.candidate) == ("failed", jobs[1].candidate)
    assert trial.reason.startswith("the worker was lost: KilledWorker: ")
    assert len(list((tmp_path / "ran").iterdir())) == 1 + module._RESUBMITS
    assert untimed(good.result(60)) == untimed(evaluate(jobs[0]))


def test_a_running_scheduler_is_used_by_its_address(jobs):
    with module.distributed.LocalCluster(
        n_workers=1, threads_per_worker=2, processes=False, dashboard_address=module._HERE, host="127.0.0.1", protocol="tcp"
    ) as running, cluster(ClusterConfig(scheduler=running.scheduler_address), "processes") as executor:  # fmt: skip
        assert executor.slots == 2
        assert untimed(executor.submit(evaluate, jobs[0]).result()) == untimed(evaluate(jobs[0]))


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "tcp://no.such.host.invalid:8786", "nonsense://x", ""])
def test_a_scheduler_that_does_not_answer_gives_one_line(address, monkeypatch):
    assert_no_answer(address, monkeypatch)


@pytest.mark.parametrize("banner", [b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 400 Bad Request\r\n\r\n"])
def test_a_port_where_something_else_listens_gives_one_line(banner, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as other:

        def greet():
            with suppress(OSError):
                kept.append(other.accept()[0])
                kept[0].sendall(banner)

        kept = []
        greeter = threading.Thread(target=greet)
        greeter.start()
        assert_no_answer(f"tcp://127.0.0.1:{other.getsockname()[1]}", monkeypatch)
        greeter.join()
        kept[0].close()


def assert_no_answer(asked, monkeypatch):
    monkeypatch.setattr(module, "_ANSWER", 0.5)
    with pytest.raises(InputError) as caught, cluster(ClusterConfig(scheduler=asked), "threads"):
        pass
    assert str(caught.value).startswith(f"a Dask scheduler must answer at {asked}; none did within 0.5 s (")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("chosen", "parallel", "kind"),
    [
        (ClusterConfig(workers=1), "threads", "threads"),
        (ClusterConfig(workers=1, processes=False), "processes", "threads"),
        (ClusterConfig(workers=1, processes=True), "threads", "processes"),
        (ClusterConfig(), "processes", "processes"),
    ],
)
def test_the_configuration_decides_and_else_the_model(chosen, parallel, kind, monkeypatch):
    asked = {}

    def start(**options):
        asked.update(options)
        raise NotImplementedError  # a cluster need not start to see what it would be

    monkeypatch.setattr(module.distributed, "LocalCluster", start)
    with pytest.raises(NotImplementedError), cluster(chosen, parallel):
        pass
    workers = chosen.workers or cores()
    expected = (1, workers) if kind == "threads" else (workers, 1)
    assert (asked["n_workers"], asked["threads_per_worker"]) == expected
    assert asked["processes"] == (kind == "processes")


def test_the_inline_executor_keeps_an_error_for_whoever_asks():
    executor = InlineExecutor()
    assert executor.submit(int, "7", base=8).result() == 7
    assert isinstance(executor.submit(int, "no").exception(), ValueError)
    assert executor.submit(int, "1").done()

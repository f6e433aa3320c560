"""The journal of a search is the same, byte for byte, whoever runs its trials, in which order they end, and when it
is killed; only seconds and the names of workers differ."""

import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path

import pytest

from finetooth.config.tune import ClusterConfig
from finetooth.search.methods import METHODS
from finetooth.trials import loop
from finetooth.trials.cluster import cluster
from finetooth.trials.journal import Journal
from tests.trials.searching import delayed, proposals, run

TRIALS = 24
ROOT = Path(__file__).parents[2]
CHILD = """
import time
from pathlib import Path
from finetooth.trials import loop
from tests.trials.searching import delayed, proposals, run
loop.evaluate = delayed
run(Path({path!r}), callback=lambda trial: time.sleep(0.1), propose=proposals({name!r}), trials={trials})
"""


def here(name):
    package = METHODS[name].package
    missing = bool(package) and find_spec(package) is None
    return pytest.param(name, marks=pytest.mark.skipif(missing, reason=f"needs the optional package {package}"))


every_adaptive_method = pytest.mark.parametrize("name", [here(n) for n, m in METHODS.items() if m.needs_window])


def untimed(path):
    """The bytes of a journal without seconds and names of workers."""
    blank = re.sub(rb'"seconds":[^,}]+', b'"seconds":0', path.read_bytes())
    return re.sub(rb'"worker":"[^"]*"', b'"worker":""', blank)


@pytest.fixture(autouse=True)
def _delays(monkeypatch):
    monkeypatch.setattr(loop, "evaluate", delayed)
    monkeypatch.syspath_prepend(ROOT)  # new processes find `delayed` by the name of this package


@pytest.fixture(scope="module")
def two_processes():
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        yield pool


def journal_of(name, path, executor=None, callback=lambda trial: None):
    run(path, executor, callback, proposals(name), trials=TRIALS)
    return untimed(path)


@every_adaptive_method
def test_the_journal_is_the_same_for_one_and_two_threads_and_processes(name, two_processes, tmp_path):
    alone = journal_of(name, tmp_path / "alone.jsonl")
    assert alone.count(b"\n") == TRIALS
    with ThreadPoolExecutor(1) as one, ThreadPoolExecutor(2) as two:
        for place, executor in enumerate([one, two, two, two_processes]):
            assert journal_of(name, tmp_path / f"{place}.jsonl", executor) == alone
    workers = {trial.worker for trial in Journal(tmp_path / "3.jsonl").trials()}
    assert not any(worker.startswith(f"{os.getpid()} ") for worker in workers)


@every_adaptive_method
def test_the_journal_is_the_same_after_a_kill_at_any_of_several_moments(name, tmp_path):
    path, states = tmp_path / "whole.jsonl", [b""]
    with ThreadPoolExecutor(2) as pool:
        whole = journal_of(name, path, pool, lambda trial: states.append(path.read_bytes()))
        for kept in (0, 1, 7, 15, TRIALS - 1):
            resumed = tmp_path / f"{kept}.jsonl"
            resumed.write_bytes(states[kept] + b'{"stage": "refine", "candi')  # a kill may leave half a line
            assert journal_of(name, resumed, pool) == whole


@pytest.mark.parametrize("name", ["hyperband"])
def test_the_journal_is_the_same_on_a_cluster_of_processes(name, tmp_path):
    alone = journal_of(name, tmp_path / "alone.jsonl")
    with cluster(ClusterConfig(workers=2, processes=True), "processes") as executor:
        assert journal_of(name, tmp_path / "cluster.jsonl", executor) == alone


@pytest.mark.parametrize("name", ["population"])
def test_the_journal_is_the_same_after_a_process_was_killed(name, tmp_path):
    alone, path = journal_of(name, tmp_path / "alone.jsonl"), tmp_path / "killed.jsonl"
    code = CHILD.format(path=str(path), name=name, trials=TRIALS)
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT) as child:
        while child.poll() is None and (not path.exists() or path.read_bytes().count(b"\n") < 5):
            time.sleep(0.01)
        child.send_signal(signal.SIGKILL)
    assert child.returncode == -signal.SIGKILL
    assert journal_of(name, path) == alone

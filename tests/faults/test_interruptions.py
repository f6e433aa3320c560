"""A run that is killed, interrupted or robbed of a worker ends as if nothing had happened, and leaves nothing behind."""

import json
import os
import signal
import time

import psutil
import pytest

from finetooth.runs.run import find_run
from finetooth.trials.journal import Journal
from tests.flows.running import answer, said, small, started, trials, tuned

REFINED = 10
RATE = 0.1  # trials that take long enough to be interrupted, and no longer
WORDS = [
    "tune", "sklearn:breast_cancer", "--name", "tune",
    *(f"--set={setting}" for setting in (
        "output.run=run", "coarse.trials=4", "coarse.least_rows=60", "coarse.rows=0.4",
        f"refine.trials={REFINED}", "refine.window=4", "replicate.finalists=2",
        "replicate.repeats=2", "replicate.folds=3", "validation.outer=1", "validation.seeds=2", "validation.bootstrap=200",
        "cluster.workers=2", f"model.constants.learning_rate={RATE}",
    )),
]  # fmt: skip
THREADS, PROCESSES = "--set=cluster.processes=false", "--set=cluster.processes=true"


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """The same run, with nothing in its way."""
    more = {"coarse": {"trials": 4}, "refine": {"trials": REFINED, "window": 4}}
    more["model"] = {"constants": {"learning_rate": RATE}}
    return tuned(small(tmp_path_factory.mktemp("undisturbed"), **more))


def until(reached, process, seconds=90):
    """Wait until a condition holds, while the process is still under way."""
    deadline = time.monotonic() + seconds
    while not reached():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, "the run must get this far in time"
        time.sleep(0.01)


def refined(folder):
    """How many trials of the refinement are on the disk."""
    path = folder / "runs" / "run" / "trials.jsonl"
    lines = path.read_text().splitlines()[:-1] if path.exists() else []
    return sum(json.loads(line).get("stage") == "refine" for line in lines)


def left_behind(folder, seconds=10):
    """What of a run that has ended still lives, once its children had a moment to notice."""
    deadline = time.monotonic() + seconds
    while (found := alive(folder)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return found


def alive(folder):
    """Processes that were given this folder as Prefect's home: whatever a run has started."""
    mark = str(folder / "prefect")
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("PREFECT_HOME") == mark and process.status() != psutil.STATUS_ZOMBIE:
                found.append((process.pid, process.cmdline()))
        except psutil.Error:
            continue
    return found


def ended(process, seconds=60):
    """The exit code and the standard error of a process; killed with its group when it does not end."""
    try:
        _, err = process.communicate(timeout=seconds)
    except Exception:
        os.killpg(process.pid, signal.SIGKILL)
        raise
    return process.returncode, err


def test_a_run_that_was_killed_goes_on_and_ends_as_if_it_had_not_been(tmp_path, undisturbed):
    process = started([*WORDS, THREADS, "--untracked"], tmp_path)
    until(lambda: refined(tmp_path) >= 3, process)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    run = find_run("run", str(tmp_path / "runs"))
    before = Journal(run.journal).trials()
    assert 3 <= len([trial for trial in before if trial.stage == "refine"]) < REFINED
    assert run.verdict() is None

    code, out, err = said(["resume", "run", "--untracked", "--json"], tmp_path)

    assert code == 0, err
    assert json.loads(out) == json.loads((run.folder / "verdict.json").read_text())
    assert trials(run) == trials(undisturbed)
    assert answer(run) == answer(undisturbed)
    kept = set(map(repr, Journal(run.journal).trials()))
    assert {repr(trial) for trial in before} <= kept  # with their seconds: none was run again


@pytest.mark.parametrize("workers", [THREADS, PROCESSES], ids=["threads", "processes"])
def test_ctrl_c_exits_130_says_how_to_go_on_and_leaves_no_process(tmp_path, workers):
    process = started([*WORDS, workers, "--untracked"], tmp_path)
    until(lambda: refined(tmp_path) >= 1, process)
    os.killpg(process.pid, signal.SIGINT)
    code, err = ended(process)
    assert code == 130, err
    assert err.splitlines()[-1] == (
        f"interrupted; go on with: finetooth resume {tmp_path / 'runs' / 'run'} --untracked"
    )
    assert "Traceback" not in err
    assert left_behind(tmp_path) == []


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "terminated"])
def test_a_tracked_run_that_is_interrupted_takes_its_server_with_it(tmp_path, sign):
    process = started([*WORDS, THREADS], tmp_path)
    until(lambda: refined(tmp_path) >= 1, process, seconds=150)
    assert any("prefect.server" in " ".join(words) or "uvicorn" in " ".join(words) for _, words in alive(tmp_path))
    if sign == signal.SIGINT:
        os.killpg(process.pid, sign)  # a terminal tells the whole group
    else:
        process.send_signal(sign)
    code, err = ended(process, seconds=90)
    assert code == 130, err
    assert err.splitlines()[-1] == f"interrupted; go on with: finetooth resume {tmp_path / 'runs' / 'run'}"
    assert "Traceback" not in err
    assert left_behind(tmp_path) == []


def test_a_worker_that_is_killed_in_the_middle_of_a_trial_changes_nothing(tmp_path, undisturbed):
    process = started([*WORDS, PROCESSES, "--untracked"], tmp_path)
    until(lambda: refined(tmp_path) >= 1, process)
    workers = [
        child
        for child in psutil.Process(process.pid).children(recursive=True)
        if any("spawn_main" in word for word in child.cmdline())
    ]
    assert len(workers) == 2
    workers[0].kill()
    code, err = ended(process, seconds=120)
    assert code == 0, err
    run = find_run("run", str(tmp_path / "runs"))
    assert trials(run) == trials(undisturbed)
    assert answer(run) == answer(undisturbed)
    assert left_behind(tmp_path) == []


def test_a_run_in_use_is_not_taken_up_by_another_process(tmp_path):
    process = started([*WORDS, THREADS, "--untracked"], tmp_path)
    try:
        until(lambda: refined(tmp_path) >= 1, process)
        os.killpg(process.pid, signal.SIGSTOP)  # so that it does not end meanwhile
        code, _, err = said(["resume", "run", "--untracked"], tmp_path)
        assert (code, "in use by another" in err) == (2, True), err
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()

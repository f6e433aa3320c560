"""What finetooth adds to the fits: efficiency on two workers, milliseconds a trial, seconds to the first trial.

python -m benchmarks.overhead
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.tables import markdown, write
from finetooth.config import ClusterConfig
from finetooth.records import Candidate, DataRef, Fidelity, Trial
from finetooth.trials import loop
from finetooth.trials.cluster import cluster
from finetooth.trials.evaluate import Job
from finetooth.trials.journal import Journal
from finetooth.trials.learner import Learner

WORKERS = 2
NOWHERE = DataRef("nowhere", "0", 1, 1, "y", "binary")


def slept(job: Job) -> Trial:
    """A trial whose fit is a sleep: the interpreter lock is free, as in a real fit."""
    seconds = float(job.candidate.params["seconds"])
    start = time.perf_counter()
    time.sleep(seconds)
    return Trial(job.stage, job.candidate, job.fidelity, "complete", (0.5,), seconds=time.perf_counter() - start)


def efficiency(lengths: list[float], processes: bool, window: int = 8) -> tuple[float, float]:
    """(sum of fit times / workers) / wall time, and milliseconds of overhead a trial."""
    loop.evaluate = slept
    fidelity, learner = Fidelity(), Learner("sleep", "estimator")

    def propose(_: object, index: int) -> Candidate:
        return Candidate(index, {"seconds": lengths[index]}, "random")

    def job(candidate: Candidate) -> Job:
        return Job("refine", candidate, fidelity, NOWHERE, learner, "roc_auc", 0)

    with tempfile.TemporaryDirectory() as folder:
        config = ClusterConfig(workers=WORKERS, processes=processes)
        with cluster(config, "threads") as executor:
            journal = Journal(Path(folder) / "trials.jsonl")
            start = time.perf_counter()
            plan = loop.Plan("refine", (), len(lengths), window, fidelity)
            trials = loop.search(plan, propose, job, executor, journal, lambda _: None)
            wall = time.perf_counter() - start
    ideal = sum(trial.seconds for trial in trials) / WORKERS
    return ideal / wall, 1000 * (wall - ideal) / len(trials)


def first_trial() -> list[float]:
    """Seconds from the start of the command to the line that tells of the first finished trial, five times."""
    seconds = []
    for _ in range(5):
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-m", "flows.cli", "demo", "--untracked", "--out", folder]
            start = time.perf_counter()
            process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
            journal = None
            while journal is None and process.poll() is None:
                found = list(Path(folder).glob("*/trials.jsonl"))
                journal = found[0] if found else None
                time.sleep(0.01)
            seconds.append(time.perf_counter() - start)
            process.terminate()
            process.communicate()
    return sorted(seconds)


def main() -> None:
    """Measure, print and write the table."""
    rows: list[list[object]] = []
    mixed = [0.1 * (1 + (7 * i) % 13) for i in range(60)]
    cases = {"40 x 1 s": [1.0] * 40, "100 x 0.1 s": [0.1] * 100, "60 x 0.1 to 1.3 s": mixed, "300 x 0 s": [0.0] * 300}
    for name, lengths in cases.items():
        for processes in (False, True):
            share, cost = efficiency(lengths, processes)
            rows.append([name, "processes" if processes else "threads", share, cost])
    table = markdown(["fits", "workers", "efficiency", "overhead a trial, ms"], rows)
    starts = first_trial()
    note = (
        f"First trial of `finetooth demo --untracked`: median {starts[2]:.2f} s ({starts[0]:.2f} to {starts[-1]:.2f})."
    )
    body = f"Two workers, window 8. Efficiency is (sum of fit times / 2) / wall time.\n\n{table}\n\n{note}"
    write("overhead", "Overhead", body, ("dask", "distributed", "xgboost"))


if __name__ == "__main__":
    main()

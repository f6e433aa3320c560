"""What finetooth adds to the fits: efficiency on two workers, milliseconds a trial, and seconds to the first trial.

    python -m benchmarks.overhead [--parts fits,trivial,proposals,peers,first] [--trials 6000]

Peers that are not installed are left out by name. `--trials` scales the many trivial trials, also those of peers.
"""

import argparse
import heapq
import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from benchmarks.overhead_peers import PEERS, SPACE
from benchmarks.processor import used
from benchmarks.tables import RESULTS, markdown, write
from finetooth import seeds
from finetooth.config.tune import ClusterConfig
from finetooth.models.learner import Learner
from finetooth.records import Candidate, DataRef, Fidelity, Trial
from finetooth.search.methods import METHODS
from finetooth.search.protocol import View
from finetooth.trials import loop
from finetooth.trials.cluster import cluster
from finetooth.trials.evaluate import Job
from finetooth.trials.journal import Journal

WORKERS = 2
MANY = 6000
FLYING = 30  # trivial trials in flight, and the window of methods that have one
NOWHERE = DataRef("nowhere", "0", 1, 1, "y", "binary")
FIDELITY, LEARNER = Fidelity(), Learner("sleep", "estimator")
PARTS = ("fits", "trivial", "proposals", "peers", "first")


def slept(job: Job) -> Trial:
    """A trial whose fit is a sleep: the interpreter lock is free, as in a real fit."""
    seconds = float(job.candidate.params["seconds"])
    start = time.perf_counter()
    time.sleep(seconds)
    return Trial(job.stage, job.candidate, job.fidelity, "complete", (0.5,), seconds=time.perf_counter() - start)


def returned(job: Job) -> Trial:
    """A trial that is over at once: the sum of its parameters."""
    return Trial(job.stage, job.candidate, job.fidelity, "complete", (scored(job.candidate),))


def scored(candidate: Candidate) -> float:
    return float(sum(float(value) for value in candidate.params.values()))


def searched(
    evaluate: Callable[[Job], Trial], propose: loop.Propose, plan: loop.SearchPlan, *, processes: bool
) -> tuple[tuple[Trial, ...], float, float]:
    """The trials of a search whose fits are `evaluate`, and its seconds on the wall and of the processor.

    Opening the cluster is not in.
    """
    loop.evaluate = evaluate

    def job(candidate: Candidate, *_: object) -> Job:
        return Job("refine", candidate, FIDELITY, NOWHERE, LEARNER, "roc_auc", 0)

    with tempfile.TemporaryDirectory() as folder:
        config = ClusterConfig(workers=WORKERS, processes=processes)
        with cluster(config, "threads") as executor:
            journal = Journal(Path(folder) / "trials.jsonl")
            start, before = time.perf_counter(), used()
            trials = loop.search(plan, propose, job, executor, journal, lambda _: None)
            return trials, time.perf_counter() - start, used() - before


def fits() -> str:
    """Efficiency with fits of several lengths."""
    mixed = [0.1 * (1 + (7 * i) % 13) for i in range(60)]
    wide = [(0.1, 1.0, 0.1, 10.0, 0.1, 1.0)[i % 6] for i in range(48)]
    cases = {
        "40 x 1 s": [1.0] * 40,
        "100 x 0.1 s": [0.1] * 100,
        "60 x 0.1 to 1.3 s": mixed,
        "48 x 0.1, 1 and 10 s": wide,
        "300 x 0 s": [0.0] * 300,
    }
    rows: list[list[object]] = []
    for name, lengths in cases.items():
        for processes in (False, True):
            share, possible, cost = efficiency(lengths, processes=processes)
            rows.append([name, "processes" if processes else "threads", share, possible, cost])
            print(rows[-1], flush=True)
    table = markdown(["fits", "workers", "efficiency", "possible", "overhead a trial, ms"], rows)
    return (
        f"Two workers, window 8. Efficiency is (sum of fit times / 2) / wall time; possible is that of a schedule in "
        f"the same order without any overhead, whose last fit may run alone.\n\n{table}"
    )


def efficiency(lengths: list[float], *, processes: bool, window: int = 8) -> tuple[float, float, float]:
    """(sum of fit times / workers) / wall time, the same without overhead, and milliseconds of overhead a trial."""

    def propose(_: object, index: int) -> Candidate:
        return Candidate(index, {"seconds": lengths[index]}, "random")

    plan = loop.SearchPlan("refine", (), len(lengths), window, FIDELITY)
    trials, wall, _ = searched(slept, propose, plan, processes=processes)
    ideal = sum(trial.seconds for trial in trials) / WORKERS
    planned = scheduled([trial.seconds for trial in trials], window)
    return ideal / wall, ideal / planned if planned else 1.0, 1000 * (wall - planned) / len(trials)


def scheduled(lengths: Sequence[float], window: int) -> float:
    """When the last fit ends if each starts as soon as a worker is free and the window lets it."""
    free, ends, settled = [0.0] * WORKERS, [], 0.0
    for index, length in enumerate(lengths):
        if index >= window:
            settled = max(settled, ends[index - window])
        ends.append(max(heapq.heappop(free), settled) + length)
        heapq.heappush(free, ends[-1])
    return max(ends)


def trivial(trials: int) -> str:
    """Wall time of many trivial trials, `FLYING` in flight."""
    rows: list[list[object]] = []
    for name in ("random", "genetic"):
        chosen = METHODS[name]

        def propose(seen: Sequence[Trial], index: int, chosen=chosen) -> Candidate:
            return chosen.propose(View(SPACE, seen, index, seeds.stream(0, "refine", "propose", index)))

        for processes in (False, True):
            window = FLYING if chosen.needs_window else None
            plan = loop.SearchPlan("refine", (), trials, window, FIDELITY, in_flight=FLYING)
            done, wall, spent = searched(returned, propose, plan, processes=processes)
            costs = _costs(wall, spent, len(done))
            rows.append([f"finetooth, {name}", "processes" if processes else "threads", len(done), *costs])
            print(rows[-1], flush=True)
    return _trivial_table(rows)


def peers(trials: int) -> str:
    """The same in other tools."""
    rows: list[list[object]] = []
    for name, (run, package, sampler, most) in PEERS.items():
        if find_spec(package) is None:
            print(f"left out: {name}, since {package} is not installed")
            continue
        count = max(20, most * trials // MANY)
        before = used()
        try:
            wall = run(count, sampler)
        except Exception as error:  # noqa: BLE001 (a peer that fails here must not cost the rest of the table)
            print(f"left out: {name}, which failed with {type(error).__name__}: {' '.join(str(error).split())[:200]}")
            continue
        # Ray's own processes have ended by now, and their processor time is not known.
        spent = used() - before if package == "optuna" else math.nan
        rows.append([name, "threads" if package == "optuna" else "processes", count, *_costs(wall, spent, count)])
        print(rows[-1], flush=True)
    return _trivial_table(rows)


def _costs(wall: float, spent: float, trials: int) -> list[object]:
    return [wall, 1000 * wall / trials, 1000 * spent / trials, wall / trials * MANY]


def _trivial_table(rows: list[list[object]]) -> str:
    header = ["tool, method", "workers", "trials", "seconds", "ms a trial", "processor ms a trial"]
    return markdown([*header, f"seconds for {MANY:,}"], rows)


def proposals() -> str:
    """Processor time of a proposal of the genetic search after so many trials."""
    rows: list[list[object]] = []
    for count in (50, 200, 1000, 6000):
        rng = np.random.default_rng(count)
        candidates = [Candidate(i, SPACE.from_unit(rng.random(len(SPACE.names))), "random") for i in range(count)]
        seen = [Trial("refine", one, FIDELITY, "complete", (scored(one),)) for one in candidates]
        seen[-7:] = [replace(trial, state="running", scores=()) for trial in seen[-7:]]
        spent = []
        for repeat in range(11):
            stream = seeds.stream(repeat, "refine", "propose", count)
            start = time.process_time()
            METHODS["genetic"].propose(View(SPACE, seen, count, stream))
            spent.append(1000 * (time.process_time() - start))
        spent = sorted(spent[1:])
        rows.append([count, spent[5], spent[-1]])
        print(rows[-1], flush=True)
    return f"{len(SPACE.names)} parameters.\n\n" + markdown(["trials so far", "median, ms", "most of ten, ms"], rows)


def first_trial() -> str:
    """Seconds from the start of the command to the line that tells of the first finished trial, five times."""
    seconds = []
    for _ in range(5):
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-m", "finetooth.cli.main", "demo", "--untracked", "--out", folder]
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
    low, _, middle, _, high = sorted(seconds)
    return f"`finetooth demo --untracked`: median {middle:.2f} s ({low:.2f} to {high:.2f})."


def main() -> None:
    """Measure, print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parts", default=",".join(PARTS), help=f"of {', '.join(PARTS)}")
    parser.add_argument("--trials", type=int, default=MANY)
    parser.add_argument("--out", type=Path, default=RESULTS, help="the folder of the results")
    options = parser.parse_args()
    sections: dict[str, tuple[str, Callable[[], str]]] = {
        "fits": ("Fits", fits),
        "trivial": (f"Trivial trials, {FLYING} in flight, two workers", lambda: trivial(options.trials)),
        "peers": ("The same in other tools, two at a time", lambda: peers(options.trials)),
        "proposals": ("Processor time of a proposal of the genetic search", proposals),
        "first": ("The first trial", first_trial),
    }
    wanted = set(options.parts.split(","))
    if wanted - set(PARTS):
        parser.error(f"the parts must be of {', '.join(PARTS)}; got '{options.parts}'.")
    body = [f"## {title}\n\n{part()}" for name, (title, part) in sections.items() if name in wanted]
    libraries = [name for name in ("dask", "distributed", "optuna", "ray", "xgboost") if find_spec(name)]
    write("overhead", "Overhead", "\n\n".join(body), tuple(libraries), options.out)


if __name__ == "__main__":
    main()

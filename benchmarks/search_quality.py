"""How good a search is: YAHPO's XGBoost surrogate, 12 data sets, 8 trials in flight, against Optuna and SMAC3.

python -m benchmarks.search_quality [--seeds 10] [--budget 100] [--workers 2] [--only NAME ...] [--keep FILE]

Needs the folder `shared/bench` beside the repository and the package onnxruntime; SMAC3, cmaes and torch are used when
they are installed. The data sets named here are those that the search was developed on; the others stay unseen.
"""

import argparse
import importlib.util
import json
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from pathlib import Path

import numpy as np

from benchmarks import search_report
from benchmarks.peers import OURS, READER, Objective, contestants, random_sample
from finetooth.models.threads import limit_threads

DATA_SETS = ("12", "1501", "16", "40499", "41142", "31", "40498", "41027", "41150", "40982", "1590", "23")
NOISE = 0.1  # of the distance from the best loss to the median one
NOISY = (
    OURS,
    "Optuna TPE",
    "genetic, without the distance penalty",
    "genetic, without immigrants",
    "genetic, with 50 immigrants",
)
SLOW = {"SMAC3": 1, "Optuna GP": 1}  # seeds: a trial takes a large part of a second

Job = tuple[str, str, int, float, int]  # search, data set, seed, noise, budget


def one(job: Job) -> tuple[list[tuple[float, float]], float]:
    """The losses of a run with what was told, and its processor time in seconds."""
    name, data, seed, noise, budget = job
    limit_threads()  # small matrices on many threads wait for each other
    start = time.process_time()
    found = contestants()[name](Objective(data, seed, noise), budget)
    return found, time.process_time() - start


def kept(function: Callable, jobs: Sequence, pool: Executor, keep: Path | None) -> dict:
    """job -> result; those in the file `keep` are read, and others are added to it as they come."""
    results = {}
    for line in keep.read_text(encoding="utf-8").splitlines() if keep is not None and keep.exists() else []:
        name, job, result = json.loads(line)
        if name == function.__name__:
            results[tuple(job) if isinstance(job, list) else job] = result
    left = [job for job in jobs if job not in results]
    for job, result in zip(left, pool.map(function, left), strict=True):
        results[job] = result
        if keep is not None:
            with keep.open("a", encoding="utf-8") as file:
                file.write(json.dumps([function.__name__, job, result]) + "\n")
    return results


def planned(options: argparse.Namespace, scale: dict[str, tuple[float, float]]) -> list[Job]:
    """Seed by seed, so that a file of kept runs is soon of use; a part's seeds come later, slow searches last."""
    jobs: list[tuple[int, Job]] = []
    for name in contestants():
        if options.only and not any(part in name for part in options.only):
            continue
        for noise in (0.0, NOISE) if name in NOISY else (0.0,):
            late = 2 * name.startswith("genetic, ") + 3 * (noise > 0) + 6 * (name in SLOW)
            for seed in range(min(options.seeds, SLOW.get(name, options.seeds))):
                for data in options.data:
                    deviation = round(noise * (scale[data][1] - scale[data][0]), 12)
                    jobs.append((seed + late, (name, data, seed, deviation, options.budget)))
    return [job for _, job in sorted(jobs, key=lambda pair: pair[0])]


def regrets(done: dict[Job, tuple], data_sets: Sequence[str], sampled: dict) -> dict[bool, dict[str, np.ndarray]]:
    """noisy -> name -> (seeds, data sets, trials): 0 the best loss known, 1 that of a median random configuration.

    It is the regret of the trial that the search was told to be the best so far, without the noise.
    """
    found = {(bool(noise), name, data, seed): np.array(run) for (name, data, seed, noise, _), (run, _) in done.items()}
    least = {
        data: min([sampled[data][0], *(run[:, 0].min() for key, run in found.items() if key[2] == data)])
        for data in data_sets
    }
    curves: dict[bool, dict[str, np.ndarray]] = {}
    for noisy, name in dict.fromkeys((noisy, name) for noisy, name, _, _ in found):
        rows = []
        for seed in sorted({key[3] for key in found if key[:2] == (noisy, name)}):
            row = []
            if any((noisy, name, data, seed) not in found for data in data_sets):
                continue  # still under way
            for data in data_sets:
                loss, told = found[noisy, name, data, seed].T
                leader = np.array([int(np.argmin(told[: n + 1])) for n in range(len(told))])
                row.append((loss[leader] - least[data]) / (sampled[data][1] - least[data]))
            rows.append(row)
        curves.setdefault(noisy, {})[name] = np.array(rows)
    return curves


def missing() -> str:
    if not READER.exists():
        return f"the data must lie in {READER.parent.name} of the folder shared beside the repository; there is none"
    return "" if importlib.util.find_spec("onnxruntime") else "onnxruntime must be installed: pip install onnxruntime"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--budget", type=int, default=100)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--only", nargs="*", help="parts of the names of the searches to run")
    parser.add_argument("--data", nargs="*", default=DATA_SETS, choices=DATA_SETS)
    parser.add_argument("--keep", type=Path, help="a file of runs, to go on where a benchmark stopped")
    parser.add_argument("--report", action="store_true", help="report the kept runs, and run nothing")
    options = parser.parse_args()
    if reason := missing():
        print(f"skipped: {reason}")
        return
    with ProcessPoolExecutor(options.workers) as pool:
        sampled = kept(random_sample, options.data, pool, options.keep)
        done = kept(one, () if options.report else planned(options, sampled), pool, options.keep)
    curves = regrets(done, options.data, sampled)
    names = dict.fromkeys(job[0] for job in done)
    seconds = {n: 1000 * np.mean([t for job, (_, t) in done.items() if job[0] == n]) / options.budget for n in names}
    search_report.write(curves, seconds, options.data, NOISE)


if __name__ == "__main__":
    main()

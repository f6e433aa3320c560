"""How much of what is planted do the checks find, and on which honest tables do they err?

    python -m benchmarks.trust [--seeds 20] [--tables FOLDER] [--only WORD ...] [--jobs 2]

Each table is written to a file and goes through `finetooth.check`; five go through the command as well, which must
find the same. Prints tables, and writes them to benchmarks/results/trust.md when nothing is left out by --only.
"""

import argparse
import importlib
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from pathlib import Path

from threadpoolctl import threadpool_limits

from benchmarks import trust_report, trust_runs
from benchmarks.honest.real import HONEST as REAL_HONEST
from benchmarks.honest.real import RealTable, locate
from benchmarks.tables import RESULTS, write
from benchmarks.traps.real import TRAPS as REAL_TRAPS
from benchmarks.trust_runs import Group, Job, Outcome

LIBRARIES = ("finetooth", "numpy", "pandas", "scipy", "scikit-learn")
KINDS = "benchmarks.trust_kinds"
GROUPS: tuple[Group, ...] = ("TRAPS", "HONEST")
COMPARED = 5  # kinds that go through the command as well
_RUNS_OF_A_JOB = 5  # so that the processes end together


def jobs_of(module: str, only: Sequence[str], seeds: Sequence[int]) -> dict[Group, list[Job]]:
    """The jobs of each group, for the kinds whose name has one of the words in `only`, or for all."""
    found = importlib.import_module(module)
    parts = [tuple(seeds[start : start + _RUNS_OF_A_JOB]) for start in range(0, len(seeds), _RUNS_OF_A_JOB)]
    return {
        group: [
            Job(module, group, kind, part) for kind in getattr(found, group) if _wanted(kind, only) for part in parts
        ]
        for group in GROUPS
    }


def real_runs(only: Sequence[str], folder: Path | None) -> tuple[dict[Group, list[tuple]], list[str]]:
    """Arguments of `run_real` for the tables that are there, and the names of those that are not."""
    listed: list[tuple[Group, RealTable, tuple[str, ...]]] = [
        *(("TRAPS", trap.table, trap.columns) for trap in REAL_TRAPS),
        *(("HONEST", table, ()) for table in REAL_HONEST),
    ]
    runs: dict[Group, list[tuple]] = {"TRAPS": [], "HONEST": []}
    absent = []
    for group, table, columns in listed:
        kind = f"real: {table.label}"
        source = locate(table, folder)
        if source is None:
            absent.append(table.name)
        elif _wanted(kind, only):
            runs[group].append((kind, source, table.target, table.options, columns))
    return runs, absent


def measure(jobs: dict[Group, list[Job]], real: dict[Group, list[tuple]], processes: int) -> dict[Group, list[Outcome]]:
    """The outcomes of each group, in the order of the kinds however they end, with a line of progress a job."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context, initializer=threadpool_limits, initargs=(1,)) as pool:
        futures: dict[Group, list[Future]] = {
            group: [
                *(pool.submit(trust_runs.run_real, *arguments) for arguments in real[group]),
                *(pool.submit(trust_runs.run, job) for job in jobs[group]),
            ]
            for group in GROUPS
        }
        everything = [future for group in GROUPS for future in futures[group]]
        for ended, future in enumerate(as_completed(everything), 1):
            print(f"{ended} of {len(everything)}: {_kind(future.result())}", file=sys.stderr, flush=True)
    return {group: [one for future in futures[group] for one in _listed(future.result())] for group in GROUPS}


def compare_with_command(jobs: Sequence[Job]) -> str:
    """A sentence. Raises `RuntimeError` where the command finds something else than the function of Python."""
    one_each = list({job.kind: job for job in jobs}.values())
    chosen = one_each[:: max(len(one_each) // COMPARED, 1)][:COMPARED]
    for job in chosen:
        case = job.case(job.seeds[0])
        with tempfile.TemporaryDirectory(prefix="trust-") as folder:
            source = trust_runs.write(case, Path(folder))
            first = trust_runs.findings_of(source, case.target, case.options, f"{folder}/function")
            second = trust_runs.findings_of_command(source, case.target, case.options, f"{folder}/command")
        if first != second:
            raise RuntimeError(f"the command must find what the function finds; it does not for '{job.kind}'.")
    return f"`finetooth check --json` found the same in {len(chosen)} of these kinds, with the exit code that follows."


def report(outcomes: dict[Group, list[Outcome]]) -> str:
    """The text of the result: what was reached, then the tables."""
    traps, controls = outcomes["TRAPS"], outcomes["HONEST"]
    parts = ["\n".join(trust_report.totals(traps, controls))]
    if traps:
        parts.append(f"## Traps\n\n{trust_report.recall(traps)}")
    if controls:
        parts.append(f"## Honest tables\n\n{trust_report.honest(controls)}")
    return "\n\n".join(parts)


def _words_of(options: argparse.Namespace) -> str:
    """The command without the paths of this machine."""
    words = [f"--seeds {options.seeds}", f"--jobs {options.jobs}"]
    words += [f"--first-seed {options.first_seed}"] if options.first_seed else []
    words += ["--tables FOLDER"] if options.tables else []
    words += [f"--group {options.group}"] if options.group else []
    words += [f"--only {' '.join(options.only)}"] if options.only else []
    return " ".join(words + ([f"--kinds-from {options.kinds_from}"] if options.kinds_from != KINDS else []))


def _wanted(kind: str, only: Sequence[str]) -> bool:
    return not only or any(word.lower() in kind.lower() for word in only)


def _listed(result: Outcome | list[Outcome]) -> list[Outcome]:
    return [result] if isinstance(result, Outcome) else result


def _kind(result: Outcome | list[Outcome]) -> str:
    group = _listed(result)
    named = sum(one.severity != "none" for one in group)
    return f"{group[0].kind}: {named} of {len(group)} named, {sum(len(one.errors) for one in group)} other errors"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seeds", type=int, default=20, help="tables of each generated kind")
    parser.add_argument("--first-seed", type=int, default=0, help="the seeds count from here")
    parser.add_argument("--tables", type=Path, help="a folder with real tables; without it they are skipped")
    parser.add_argument("--only", nargs="+", default=[], metavar="WORD", help="kinds whose name has one of these words")
    parser.add_argument("--group", choices=["traps", "honest"], help="one of the two groups")
    parser.add_argument("--kinds-from", default=KINDS, metavar="MODULE", help="a module with TRAPS and HONEST")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--out", type=Path, help="the folder of the result; benchmarks/results for a whole run")
    return parser.parse_args()


def main() -> None:
    """Measure and write down."""
    options = _options()
    start = time.perf_counter()
    seeds = range(options.first_seed, options.first_seed + options.seeds)
    jobs = jobs_of(options.kinds_from, options.only, seeds)
    own = options.kinds_from == KINDS
    real, absent = real_runs(options.only, options.tables) if own else ({group: [] for group in GROUPS}, [])
    if options.group:
        left_out: Group = "HONEST" if options.group == "traps" else "TRAPS"
        jobs[left_out], real[left_out] = [], []
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "ERROR")
    os.environ["OMP_NUM_THREADS"] = "1"
    compared = compare_with_command(jobs["TRAPS"]) if jobs["TRAPS"] else ""
    outcomes = measure(jobs, real, options.jobs)
    about = [f"`python -m benchmarks.trust {_words_of(options)}`: {time.perf_counter() - start:.0f} s."]
    if absent:
        about.append(f"Skipped, since --tables names no folder that holds them: {', '.join(dict.fromkeys(absent))}.")
    about += [compared] if compared else []
    whole = own and not options.only and not options.group
    body = "\n\n".join([" ".join(about), report(outcomes)])
    if options.out or whole:
        write("trust", "Trust: traps found, honest tables left alone", body, LIBRARIES, options.out or RESULTS)
    else:
        print(body)


if __name__ == "__main__":
    main()

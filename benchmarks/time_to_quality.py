"""How soon a search is how good: real tables, an outer quarter of the rows that no tool sees, two cores.

    python -m benchmarks.time_to_quality [--tables adult,...] [--tools finetooth,...] [--seeds 5] [--seconds 120]

A line of `benchmarks/results/time_to_quality.jsonl` is one run of one tool; what is there already is not run again, so
that the benchmark can be run in parts and taken up. Each run is a process of its own, on the first `--cores` cores; the
clock starts with the table as a file and the libraries imported. `--draw` only draws the table and the plot anew.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

import numpy as np

from benchmarks import quality_figures
from benchmarks.contestants import CONTESTANTS, missing, sealed, settings
from benchmarks.processor import Meter
from benchmarks.searched_table import Task
from benchmarks.tables import RESULTS
from finetooth.records import Kind

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@dataclass(frozen=True, slots=True)
class Table:
    """A file of the data folder: its target, what is left out, and the kind of task."""

    target: str
    drop: tuple[str, ...]
    kind: Kind


TABLES = {
    "adult": Table("income", ("split",), "binary"),
    "bank_marketing": Table("deposit", ("duration",), "binary"),  # the length of the call is known only after it
    "california_housing": Table("median_house_value", (), "regression"),
    "diamonds": Table("price", (), "regression"),
    "elec2": Table("class", (), "binary"),
    "mammography": Table("label", (), "binary"),
    "phoneme": Table("label", (), "binary"),
}
USUAL = ("adult", "bank_marketing", "california_housing")
LIBRARIES = ("xgboost", "scikit-learn", "optuna", "flaml", "lightgbm", "finetooth")


def make_task(name: str, seed: int, seconds: float, cores: int, data: Path, folder: Path) -> Task:
    """The rows that finetooth would seal are the outer rows of every tool; the split is made off the clock."""
    import pandas as pd

    from finetooth.config.tune import TuneConfig
    from finetooth.data.store import open_development

    table, source = TABLES[name], data / f"{name}.csv.gz"
    none = np.empty(0, int)
    task = Task(source, table.target, table.drop, table.kind, none, none, seed, seconds, cores, folder)
    config = TuneConfig.model_validate(settings(task))
    inner = np.asarray(open_development(sealed(config, folder / "split")).row_numbers)
    known = np.flatnonzero(pd.read_csv(source, usecols=[table.target])[table.target].notna())
    return replace(task, inner=inner, outer=np.setdiff1d(known, inner))


def outer_score(task: Task, predicted: np.ndarray) -> float:
    """AUC for two classes, R2 for numbers, of the rows that no tool saw."""
    import pandas as pd
    from sklearn.metrics import r2_score, roc_auc_score

    y = pd.read_csv(task.source, usecols=[task.target])[task.target]
    if task.kind == "regression":
        return float(r2_score(y.to_numpy(float)[task.outer], predicted))
    return float(roc_auc_score(pd.factorize(y, sort=True)[0][task.outer], predicted))


def run_one(options: argparse.Namespace) -> None:
    """One tool on one table with one seed, in this process; the run as a line of JSON to the standard output."""
    import optuna  # noqa: F401 (imports are no part of any tool's clock)
    import xgboost  # noqa: F401

    import finetooth.spaces.resolve
    import finetooth.trials.searches  # noqa: F401

    tool, name, seed = options.one
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: options.cores])
    with suppress(ImportError):
        import flaml.automl  # noqa: F401
    with tempfile.TemporaryDirectory() as folder:
        task = make_task(name, int(seed), options.seconds, options.cores, options.data, Path(folder))
        meter = Meter()
        start = time.perf_counter()
        found = CONTESTANTS[tool][1](task, start)
        ended = time.perf_counter() - start
        meter.stop()
        curve = [
            {
                "seconds": round(one.seconds, 3),
                "cpu": round(meter.at(one.seconds), 3),
                "score": round(outer_score(task, one.predict()), 6),
                "inner": one.inner_score,
                "about": one.about,
            }
            for one in found
        ]
    record = {
        "table": name,
        "seed": int(seed),
        "tool": tool,
        "limit": options.seconds,
        "cores": options.cores,
        "ended": round(ended, 3),
        "cpu": round(meter.at(ended), 3),
        "date": f"{datetime.now(tz=UTC):%Y-%m-%dT%H:%M:%SZ}",
        "versions": {library: version(library) for library in LIBRARIES if version(library)},
        "incumbents": curve,
    }
    print(json.dumps(record, default=float))


def version(library: str) -> str:
    """The version of a package, empty where it is not installed."""
    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:
        return ""


def started(tool: str, table: str, seed: int, options: argparse.Namespace) -> dict | None:
    """Run `run_one` in a process of its own; None when it failed."""
    command = [sys.executable, "-m", "benchmarks.time_to_quality", "--one", tool, table, str(seed)]
    command += ["--seconds", str(options.seconds), "--cores", str(options.cores), "--data", str(options.data)]
    threads = {"OMP_NUM_THREADS": str(options.cores), "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | threads)
    if done.returncode:
        said = done.stderr.strip().splitlines()[-1:] or ["nothing said"]
        print(f"  failed (exit code {done.returncode}): {said[0]}")
        return None
    return json.loads(done.stdout.strip().splitlines()[-1])


def measure(options: argparse.Namespace, raw: Path) -> None:
    """Run what is not there yet, a line each as soon as it is known."""
    known = {(r["tool"], r["table"], r["seed"], r["limit"], r["cores"]) for r in quality_figures.read(raw)}
    jobs = [(tool, table, seed) for table in options.tables for seed in range(options.seeds) for tool in options.tools]
    for place, (tool, table, seed) in enumerate(jobs, start=1):
        if (tool, table, seed, options.seconds, options.cores) in known:
            continue
        print(f"{datetime.now(tz=UTC):%H:%M:%S} {place}/{len(jobs)} {table} seed {seed} {tool}", flush=True)
        record = started(tool, table, seed, options)
        if record is None:
            continue
        with raw.open("a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")
        said = [
            f"{t} s {quality_figures.score_at(record, t):.4f}" for t in quality_figures.TIMES if t <= options.seconds
        ]
        print(f"  {', '.join(said)}; ended after {record['ended']:.0f} s", flush=True)
        quality_figures.write(quality_figures.read(raw), raw.parent, options.clock)


def words(text: str) -> list[str]:
    return [word for word in text.split(",") if word]


def chosen() -> argparse.Namespace:
    """The options, with what cannot be run left out by name."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", type=words, default=list(USUAL), help=f"of {', '.join(TABLES)}")
    parser.add_argument("--tools", type=words, default=list(CONTESTANTS), help=f"of {', '.join(CONTESTANTS)}")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--data", type=Path, default=DATA, help="the folder of the tables (name.csv.gz)")
    parser.add_argument("--out", type=Path, default=RESULTS, help="the folder of the results")
    parser.add_argument("--clock", choices=("wall", "cpu"), default="wall", help="cpu: processor seconds / cores")
    parser.add_argument("--draw", action="store_true", help="draw the results again, and run nothing")
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    for what, given, there in (("table", options.tables, TABLES), ("tool", options.tools, CONTESTANTS)):
        for word in set(given) - set(there):
            parser.error(f"the {what} must be one of {', '.join(there)}; got '{word}'.")
    return options


def main() -> None:
    """Measure, then draw."""
    options = chosen()
    if options.one:
        run_one(options)
        return
    options.out.mkdir(parents=True, exist_ok=True)
    raw = options.out / "time_to_quality.jsonl"
    absent = [tool for tool in options.tools if missing(tool)]
    gone = [table for table in options.tables if not (options.data / f"{table}.csv.gz").exists()]
    for tool in absent:
        print(f"left out: {tool}, since {CONTESTANTS[tool][0]} is not installed")
    for table in gone:
        print(f"left out: {table}, since there is no {options.data / f'{table}.csv.gz'}; name the folder by --data")
    options.tools = [tool for tool in options.tools if tool not in absent]
    options.tables = [table for table in options.tables if table not in gone]
    if not options.draw:
        measure(options, raw)
    records = quality_figures.read(raw)
    if not records:
        print("there is no run to draw")
        return
    print(quality_figures.write(records, options.out, options.clock))


if __name__ == "__main__":
    main()

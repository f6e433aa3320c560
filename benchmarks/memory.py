"""Peak memory of `finetooth tune` on a 200 MB table with two workers, all processes together.

    python -m benchmarks.memory

Proportional set size (PSS) counts a page that n processes share as 1/n in each; pages of memory-mapped files count
while they are resident. The table is 500,000 rows x 50 columns of float64 = 200 MB as Parquet. Two trials a search keep
both workers busy, and more would not hold more at a time. A stage is named by what the run has written so far.
"""

import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import psutil

from benchmarks.tables import markdown, write

ROWS, COLUMNS = 500_000, 50
SETTINGS = ["coarse.trials=2", "refine.trials=2", "replicate.finalists=2", "replicate.repeats=2", "validation.seeds=2"]


def table(path: Path) -> float:
    """Write the table; its size in MB as a frame."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(ROWS, COLUMNS - 1))
    y = (X[:, :5].sum(axis=1) + rng.normal(size=ROWS) > 0).astype(float)
    frame = pd.DataFrame(np.column_stack([X, y]), columns=[*(f"x{i}" for i in range(COLUMNS - 1)), "y"])
    frame.to_parquet(path)
    return frame.memory_usage(deep=True).sum() / 1e6


def memory(process: psutil.Process) -> tuple[float, float]:
    """MB of PSS, and of it what is not backed by a file, over the process and all below it."""
    pss = private = 0.0
    for one in [process, *process.children(recursive=True)]:
        try:
            text = Path(f"/proc/{one.pid}/smaps_rollup").read_text()
        except (OSError, psutil.Error):
            continue
        values = {line.split(":")[0]: float(line.split()[1]) / 1e3 for line in text.splitlines()[1:]}
        pss += values["Pss"]
        private += values.get("Pss_Anon", 0.0)
    return pss, private


def stage(folder: Path, said: Path) -> str:
    """The stage that a run is in, by what it has written and said. Validation says nothing: it is in the last one."""
    held = {path.name for path in folder.glob("*/*.json")}
    if "verdict.json" in held:
        return "report"
    if "findings.json" not in held:
        return "leakage checks" if "data.json" in held else "split"
    begun = re.findall(r"(\w+): \d+/\d+ trials", said.read_text(errors="replace"))
    return begun[-1].replace("replicate", "replicate, validate") if begun else "leakage checks"


def watch(process: subprocess.Popen[str], folder: Path, said: Path) -> dict[str, tuple[float, float]]:
    """The peaks of each stage in MB: all pages, and those not backed by a file."""
    watched = psutil.Process(process.pid)
    peaks: dict[str, tuple[float, float]] = {}
    while process.poll() is None:
        seen = memory(watched)
        name = stage(folder, said)
        before = peaks.get(name, (0.0, 0.0))
        peaks[name] = max(before[0], seen[0]), max(before[1], seen[1])
        time.sleep(0.1)
    return peaks


def main() -> None:
    """Measure, print and write the table."""
    with tempfile.TemporaryDirectory() as folder:
        path, out = Path(folder) / "table.parquet", Path(folder) / "runs"
        size = table(path)
        options = [word for setting in SETTINGS for word in ("--set", setting)]
        command = [sys.executable, "-m", "finetooth.cli.main", "tune", str(path), "--target", "y", "--untracked"]
        command += ["--workers", "2", "--out", str(out), *options]
        start = time.perf_counter()
        said = Path(folder, "said")
        with said.open("w") as errors:
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors, text=True)
        peaks = watch(process, out, said)
        last = said.read_text().strip().splitlines()[-1:]
        wall = time.perf_counter() - start
    peaks["all"] = max(pss for pss, _ in peaks.values()), max(private for _, private in peaks.values())
    rows: list[list[object]] = [
        [name, pss, pss / size, private, private / size] for name, (pss, private) in peaks.items()
    ]
    header = ["stage", "peak PSS, MB", "times the table", "not file-backed, MB", "times the table"]
    ended = "." if process.returncode == 0 else f"; it failed: {' '.join(last)}"
    told = f"A table of {size:.0f} MB; {wall:.0f} seconds; exit code {process.returncode}{ended}"
    write("memory", "Memory", markdown(header, rows) + "\n\n" + told, ("pyarrow", "xgboost"))


if __name__ == "__main__":
    main()

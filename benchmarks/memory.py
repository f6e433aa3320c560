"""Peak memory of `finetooth tune` on a 200 MB table with two workers, all processes together.

    python -m benchmarks.memory

Proportional set size (PSS) counts a page that n processes share as 1/n in each; pages of memory-mapped files count
while they are resident. The table is 500,000 rows x 50 columns of float64 = 200 MB as Parquet.
"""

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
SETTINGS = ["coarse.trials=4", "refine.trials=4", "replicate.finalists=2", "replicate.repeats=2", "validation.seeds=2"]


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


def main() -> None:
    """Measure, print and write the table."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.parquet"
        size = table(path)
        options = [word for setting in SETTINGS for word in ("--set", setting)]
        command = [sys.executable, "-m", "flows.cli", "tune", str(path), "--target", "y", "--untracked"]
        command += ["--workers", "2", "--out", folder, *options]
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        watched = psutil.Process(process.pid)
        peak = peak_private = 0.0
        while process.poll() is None:
            pss, private = memory(watched)
            peak, peak_private = max(peak, pss), max(peak_private, private)
            time.sleep(0.1)
        wall = time.perf_counter() - start
        said = process.stderr.read().strip().splitlines()[-1:] if process.stderr else []
    rows: list[list[object]] = [[size, peak, peak / size, peak_private, peak_private / size, wall, process.returncode]]
    header = ["table, MB", "peak PSS, MB", "times", "not file-backed, MB", "times", "seconds", "exit code"]
    write("memory", "Memory", markdown(header, rows) + "\n\n" + " ".join(said), ("pyarrow", "xgboost"))


if __name__ == "__main__":
    main()

"""Seconds and peak memory of reading and splitting a table, and of predicting one, 1,000,000 rows x 30 columns.

    python -m benchmarks.reading [--rows 1000000] [--tree OTHER_CHECKOUT]

Each figure is a process of its own. With `--tree`, the same is measured with the code of another checkout, in turns, so
that both see the same machine. The table has 24 columns of numbers, 3 of categories, 1 of dates and 1 of whole numbers.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.tables import markdown, write

SPLIT = """
import json, resource, sys, time
from finetooth.config.loading import load_tune
from finetooth.tasks.split import GATE
from finetooth.data.split import split_table
from pathlib import Path
config = load_tune({"data": {"source": sys.argv[1], "target": "y"}})
start = time.perf_counter()
from dataclasses import replace
gate = replace(GATE, across=lambda *_: (), identifiers=lambda *_: ())
split_table(config, Path(sys.argv[2]), gate)
print(json.dumps([time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3]))
"""
PREDICT = """
import json, resource, sys, time
from finetooth import predict
start = time.perf_counter()
predict(sys.argv[2], sys.argv[1])
print(json.dumps([time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3]))
"""


def table(path: Path, rows: int) -> None:
    """Write the table as CSV."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(rows, 24)).round(4), columns=[f"x{i}" for i in range(24)])
    for name, levels in (("shop", 12), ("city", 200), ("plan", 3)):
        frame[name] = np.char.add(name[0], rng.integers(0, levels, rows).astype(str))
    days = pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, rows), unit="D")
    frame["day"] = days.strftime("%Y-%m-%d")
    frame["count"] = rng.integers(0, 1000, rows)
    frame["y"] = (frame[["x0", "x1"]].sum(axis=1) + rng.normal(size=rows) > 0).astype(int)
    frame.to_csv(path, index=False)


def measured(tree: str, code: str, *words: str) -> tuple[float, float]:
    """Seconds, and peak memory in MB."""
    env = os.environ | {"PYTHONPATH": tree}
    # -c looks into the working folder first: there the tree must lie.
    done = subprocess.run(
        [sys.executable, "-c", code, *words], cwd=tree, env=env, capture_output=True, text=True, check=True
    )
    seconds, peak = json.loads(done.stdout.splitlines()[-1])
    return seconds, peak


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--tree", action="append", default=[], help="another checkout, measured in turns")
    options = parser.parse_args()
    trees = [str(Path(__file__).parents[1]), *options.tree]
    figures: dict[tuple[str, str], list[tuple[float, float]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        path, small = Path(folder) / "t.csv", Path(folder) / "small.csv"
        table(path, options.rows)
        table(small, 2_000)
        for place, tree in enumerate(trees):
            tune = [
                "-m",
                "finetooth",
                "tune",
                str(small),
                "--target",
                "y",
                "--trials",
                "6",
                "--untracked",
                "--out",
                folder,
            ]
            command = [sys.executable, *tune, "--set", f"output.run=m{place}"]
            subprocess.run(command, cwd=tree, env=os.environ | {"PYTHONPATH": tree}, capture_output=True, check=True)
        for repeat in range(options.repeats):
            for place, tree in enumerate(trees):
                store = f"{folder}/store-{place}-{repeat}"
                figures.setdefault((tree, "read and split"), []).append(measured(tree, SPLIT, str(path), store))
                model = f"{folder}/m{place}/model"
                figures.setdefault((tree, "predict"), []).append(measured(tree, PREDICT, str(path), model))
    rows = [
        [what, "this tree" if tree == trees[0] else "the other", *np.median(seen, axis=0).round(2)]
        for (tree, what), seen in sorted(figures.items(), key=lambda item: item[0][1])
    ]
    body = f"{options.rows:,} rows x 30 columns, CSV; medians of {options.repeats} runs in turns.\n\n"
    body += markdown(["what", "code", "seconds", "peak MB"], rows)
    write("reading", "Reading a table", body, ("pandas", "pyarrow"))


if __name__ == "__main__":
    main()

"""Does the interval cover the truth where rows are copies, groups, panels, series, or have heavy tails?

    python -m benchmarks.coverage_worlds [--runs N] [--only WORD]

Writes benchmarks/results/coverage_worlds.md; interval_worlds.py makes the worlds.
"""

import argparse
import time
from collections.abc import Callable, Sequence

import numpy as np

from benchmarks.interval_worlds import WORLDS, Sealed
from benchmarks.tables import markdown, write
from finetooth import seeds
from finetooth.errors import InputError
from finetooth.metrics import METRICS, Metric
from finetooth.verdict.bootstrap import Interval, two_way

LIBRARIES = ("finetooth", "numpy", "scipy", "scikit-learn")
DRAWS = 500  # fewer than in a run: the ends waver more, which costs up to .003 of coverage
HEADER = [
    "world",
    "metric",
    "coverage, the fit that ships, %",
    "coverage, mean fit, %",
    "true gain above / below, %",
    "mean width",
    "no interval, %",
    "IMPROVED, not better, %",
]

Compare = Callable[[Metric, Sealed, np.random.Generator], Interval]


def compare(metric: Metric, rows: Sealed, rng: np.random.Generator) -> Interval:
    """The interval as the verdict computes it."""
    return two_way(
        metric,
        rows.y,
        rows.tuned,
        rows.default,
        blocks=rows.blocks,
        time=rows.time,
        block_name=rows.block_name,
        draws=DRAWS,
        rng=rng,
    )


def row_of(name: str, runs: int, compared: Compare = compare) -> list[object]:
    """What came of `runs` intervals in one world: a row of the table."""
    metric_name, world = WORLDS[name]
    metric = METRICS[metric_name]
    outcomes = []
    for run in range(runs):
        rng = seeds.stream(0, "interval worlds", name, run)
        rows = world(rng)
        try:
            interval = compared(metric, rows, rng)
        except InputError:
            outcomes.append((np.nan,) * 6)
            continue
        if np.isnan(interval.low):
            outcomes.append((np.nan,) * 6)
            continue
        low, high = interval.low, interval.high
        false = low > 0 and rows.gain <= 0
        covered = low <= rows.gain <= high, low <= rows.mean <= high
        outcomes.append((*covered, rows.gain > high, rows.gain < low, high - low, false))
    return [name, metric_name, *_cells(np.array(outcomes, dtype=float))]


def _cells(outcomes: np.ndarray) -> list[str]:
    compared = outcomes[~np.isnan(outcomes[:, 0])]
    refused = f"{100 * (1 - len(compared) / len(outcomes)):.0f}"
    false = f"{100 * compared[:, 5].sum() / len(outcomes):.1f}"
    if not len(compared):
        return ["-", "-", "-", "-", refused, false]
    ships, mean, above, below = (100 * compared[:, k].mean() for k in range(4))
    error = np.sqrt(ships * (100 - ships) / len(compared))
    sides = f"{above:.1f} / {below:.1f}"
    return [f"{ships:.1f} ± {error:.1f}", f"{mean:.1f}", sides, f"{compared[:, 4].mean():.3g}", refused, false]


def report(rows: Sequence[Sequence[object]], runs: int) -> str:
    """The text around the table."""
    return f"""{runs} runs a world, 5 paired seeds, {DRAWS} draws; the truth is known by construction. Coverage is
counted where there is an interval, for the gain of the fit that ships (one of the five) and of an average fit: they
are the same but where seeds matter. "No interval" are the runs in which the verdict says why there is none; "IMPROVED,
not better" are those in which the lower end is above zero although the gain is not.

{markdown(HEADER, [list(row) for row in rows])}"""


def main() -> None:
    """Run the worlds and write the table down."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--runs", type=int, default=500, help="intervals a world")
    parser.add_argument("--only", default="", help="print the worlds with this word in their name")
    given = parser.parse_args()
    start = time.process_time()
    names = [name for name in WORLDS if given.only in name]
    rows = []
    for name in names:
        rows.append(row_of(name, given.runs))
        print(" | ".join(map(str, rows[-1])), flush=True)
    if not given.only:
        spent = (
            f"`python -m benchmarks.coverage_worlds --runs {given.runs}`: {time.process_time() - start:.0f} s of CPU."
        )
        write("coverage_worlds", "Coverage of the interval", f"{spent}\n\n{report(rows, given.runs)}", LIBRARIES)


if __name__ == "__main__":
    main()

"""Planted leaks that the checks must find, honest and real tables on which they must say what is known.

    python -m benchmarks.leakage_scenarios [--seeds 20]

Prints tables and writes them to benchmarks/results/leakage_scenarios.md. Recall is the share of generator seeds in
which the leak is an error; a false error is any error on a clean table.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks import real_tables
from benchmarks.clean_tables import CLEAN
from benchmarks.planted_leaks import PLANTED
from benchmarks.scenario_tables import Found
from benchmarks.tables import write

LIBRARIES = ("finetooth", "numpy", "pandas", "scipy", "scikit-learn")
Scenario = tuple[Callable[[np.random.Generator], Found], str, str]


def recall(scenario: Scenario, seeds: int) -> tuple[int, int]:
    """Seeds in which the leak was found as an error, and seeds with an error of another check."""
    build, check, column = scenario
    caught = other = 0
    for seed in range(seeds):
        errors = [one for one in build(np.random.default_rng(seed)) if one.severity == "error"]
        caught += any(one.check == check and (not column or column in one.columns) for one in errors)
        other += any(one.check != check for one in errors)
    return caught, other


def false_errors(build: Callable[[np.random.Generator], Found], seeds: int) -> tuple[int, int, set[str]]:
    """Seeds with any error, seeds with any warning, and the checks that erred."""
    erring = warned = 0
    checks: set[str] = set()
    for seed in range(seeds):
        found = build(np.random.default_rng(seed))
        erring += any(one.severity == "error" for one in found)
        warned += any(one.severity == "warning" for one in found)
        checks |= {one.check for one in found if one.severity == "error"}
    return erring, warned, checks


def measure(seeds: int) -> list[str]:
    """Recall of each planted leak, false errors on each clean table, and the real tables."""
    lines = [
        f"| planted leak | check | found, of {seeds} | recall | seeds with another error |",
        "|---|---|---|---|---|",
    ]
    for name, scenario in PLANTED.items():
        caught, other = recall(scenario, seeds)
        lines.append(f"| {name} | {scenario[1]} | {caught} | {caught / seeds:.0%} | {other} |")
    lines += ["", f"| clean table | false errors, of {seeds} | share | seeds with a warning |", "|---|---|---|---|"]
    for name, build in CLEAN.items():
        erring, warned, checks = false_errors(build, seeds)
        by = f" ({', '.join(sorted(checks))})" if checks else ""
        lines.append(f"| {name} | {erring}{by} | {erring / seeds:.0%} | {warned} |")
    return [*lines, "", *real_tables.table()]


def main() -> None:
    """Measure and write down."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seeds", type=int, default=20, help="generator seeds a scenario")
    seeds = parser.parse_args().seeds
    start = time.process_time()
    with threadpool_limits(1):
        lines = measure(seeds)
    spent = f"`python -m benchmarks.leakage_scenarios --seeds {seeds}`: {time.process_time() - start:.0f} s of CPU."
    about = (
        "Warnings stop nothing. The real tables are checked whole and with a fifth of their rows held out (whole "
        "groups where one is declared, the newest rows where a time is); 'as expected' compares the errors of both "
        "with what is known of the table."
    )
    write("leakage_scenarios", "Leakage scenarios", "\n".join([spent, "", *lines, "", about]), LIBRARIES)


if __name__ == "__main__":
    main()

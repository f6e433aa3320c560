"""The results of `benchmarks.search_quality` as a page: tables of regret, paired differences, and a figure."""

import importlib.util
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np

from benchmarks.peers import OURS, SAMPLE, WINDOW, ablations

RESULTS = Path(__file__).resolve().parent / "results"
BUDGETS = (30, 50, 75, 100)
PAIRED = (50, 100)
PACKAGES = ("numpy", "scipy", "optuna", "cmaes", "torch", "smac", "onnxruntime")
FEW = 5  # paired seeds below which nothing is decided
KEPT = (
    "A part stays that the search is worse without by more than twice the standard error, with or without noise, or "
    "that the search needs for another reason: immigrants reach every corner of the space."
)

Curves = dict[str, np.ndarray]  # name -> (seeds, data sets, trials)


def write(curves: dict[bool, Curves], seconds: dict[str, float], data_sets: Sequence[str], noise: float) -> None:
    """Write search_quality.md and search_quality.png into the folder of results, and print the page."""
    text = page(curves, seconds, data_sets, noise)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "search_quality.md").write_text(text, encoding="utf-8")
    plot(curves[False], RESULTS / "search_quality.png")
    print(text)


def page(curves: dict[bool, Curves], seconds: dict[str, float], data_sets: Sequence[str], noise: float) -> str:
    quiet, noisy = curves[False], curves.get(True, {})
    versions = ", ".join(f"{p} {version(p)}" for p in PACKAGES if importlib.util.find_spec(p))
    lines = [
        "# How good the search is",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, {versions}.",
        "",
        "Objective: log loss of the YAHPO Gym surrogate rbv2_xgboost at trainsize 1, gbtree, ten numeric",
        f"hyperparameters, data sets {', '.join(data_sets)} (those that the search was developed on).",
        f"{WINDOW} trials in flight: each search is told its oldest trial before it is asked for the next.",
        "No search is given a default to start from.",
        "",
        f"Normalised regret of the best trial so far: 0 is the best loss known (of {SAMPLE:,} random configurations",
        "and of all runs here), 1 the median random configuration. Mean over data sets and seeds ± standard deviation",
        "over seeds of the mean over data sets. Time is processor time on a busy machine, with the objective's.",
        "",
        "## Against others",
        "",
        table({name: c for name, c in quiet.items() if not name.startswith("genetic, ")}, seconds),
        "",
        *ratios(quiet),
        "SMAC3 and Optuna's Gaussian process take a large part of a second for a trial, hence one seed."
        if {"SMAC3", "Optuna GP"} & set(quiet)
        else "SMAC3 and Optuna's Gaussian process were not run.",
        "",
        "## What each part is worth",
        "",
        "Regret without a part minus that of the whole search, the same seeds and data sets: positive where the part",
        "helps. ± is the standard error of the mean over seeds.",
        "",
        differences(quiet),
        "",
    ]
    if noisy:
        lines += [
            f"The same when searches are told losses with normal noise, its standard deviation {noise:g} of the way",
            "from the best loss to the median one; regret is that of the trial told to be the best, without the noise.",
            "",
            table({name: c for name, c in noisy.items() if not name.startswith("genetic, ")}, seconds),
            "",
            *([differences(noisy), ""] if len(noisy.keys() & ablations().keys()) else []),
        ]
    return "\n".join([*lines, KEPT, *undecided(quiet), "", "![regret by trials](search_quality.png)", ""])


def table(curves: Curves, seconds: dict[str, float]) -> str:
    lines = [
        "| search | " + " | ".join(f"{b} trials" for b in BUDGETS) + " | ms a trial | seeds |",
        "|---" * (len(BUDGETS) + 3) + "|",
    ]
    for name, curve in curves.items():
        by_seed = curve.mean(1)
        deviation = by_seed.std(0, ddof=min(1, len(by_seed) - 1))
        cells = [f"{by_seed[:, b - 1].mean():.3f} ± {deviation[b - 1]:.3f}" for b in BUDGETS if b <= by_seed.shape[1]]
        lines.append(f"| {name} | " + " | ".join(cells) + f" | {seconds[name]:.1f} | {len(curve)} |")
    return "\n".join(lines)


def ratios(curves: Curves) -> list[str]:
    """What share of a peer's regret is left, over the seeds that both have."""
    lines = []
    for peer in ("Optuna TPE", "SMAC3"):
        if peer in curves:
            seeds = min(len(curves[peer]), len(curves[OURS]))
            mine, other = curves[OURS][:seeds].mean((0, 1)), curves[peer][:seeds].mean((0, 1))
            shares = ", ".join(f"{mine[b - 1] / other[b - 1]:.2f} at {b}" for b in BUDGETS if b <= len(mine))
            lines += [f"Regret of {OURS} as a share of that of {peer}: {shares} ({seeds} seeds).", ""]
    return lines


def differences(curves: Curves) -> str:
    lines = ["| | " + " | ".join(f"{b} trials" for b in PAIRED) + " | seeds |", "|---" * (len(PAIRED) + 2) + "|"]
    for name, curve in curves.items():
        seeds = min(len(curve), len(curves[OURS]))
        if not name.startswith("genetic, "):
            continue
        gaps = (curve[:seeds] - curves[OURS][:seeds]).mean(1)
        cells = [f"{gaps[:, b - 1].mean():+.3f}{error(gaps[:, b - 1])}" for b in PAIRED]
        lines.append(f"| {name.removeprefix('genetic, ')} | " + " | ".join(cells) + f" | {seeds} |")
    return "\n".join(lines)


def error(values: np.ndarray) -> str:
    return f" ± {values.std(ddof=1) / np.sqrt(len(values)):.3f}" if len(values) > 1 else ""


def undecided(curves: Curves) -> list[str]:
    seeds = min((len(c) for name, c in curves.items() if name.startswith("genetic, ")), default=0)
    return (
        []
        if seeds >= FEW
        else [f"So few paired seeds ({seeds} for some parts) do not decide it: all parts were left in place."]
    )


def plot(curves: Curves, path: Path) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(8, 5), layout="constrained")
    for name, curve in curves.items():
        if name.startswith("genetic, ") and "screen" not in name:
            continue
        by_seed = curve.mean(1)
        trials = np.arange(1, by_seed.shape[1] + 1)
        line = axes.plot(trials, by_seed.mean(0), label=name, linewidth=2.5 if name == OURS else 1.3)[0]
        if len(by_seed) > 1:
            spread = by_seed.std(0, ddof=1) / np.sqrt(len(by_seed))
            low, high = by_seed.mean(0) - spread, by_seed.mean(0) + spread
            axes.fill_between(trials, low, high, alpha=0.15, color=line.get_color(), linewidth=0)
    axes.set(
        xlabel=f"trials started, {WINDOW} in flight",
        ylabel="mean normalised regret",
        yscale="log",
        xlim=(5, None),
        ylim=(None, 0.6),
    )
    axes.grid(visible=True, which="both", alpha=0.25)
    axes.legend(fontsize=8)
    figure.savefig(path, dpi=130)

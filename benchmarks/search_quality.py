"""How good a search is: YAHPO's XGBoost surrogate, 12 data sets, 8 trials in flight, against Optuna and SMAC3.

python -m benchmarks.search_quality [--seeds 10] [--budget 100] [--workers 2] [--only NAME ...] [--skip-ablations]

Needs the folder `shared/bench` beside the repository and the package onnxruntime; SMAC3 and cmaes are run when they are
installed. The data sets named here are those that the search was developed on; the others of the suite stay unseen.
"""

import argparse
import importlib.util
import platform
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path

import numpy as np

from finetooth import seeds
from finetooth.records import Candidate, Fidelity, Params, Trial
from finetooth.search import genetic
from finetooth.search.methods import METHODS, Propose
from finetooth.space import Float, Int, Space

HERE = Path(__file__).resolve().parent
READER = HERE.parents[1] / "shared" / "bench" / "yahpo_bench.py"
RESULTS = HERE / "results"

DATA_SETS = ("12", "1501", "16", "40499", "41142", "31", "40498", "41027", "41150", "40982", "1590", "23")
FIXED = {"booster": "gbtree", "trainsize": 1.0, "repl": 10, "num.impute.selected.cpo": "impute.mean"}
BUDGETS = (30, 50, 75, 100)
WINDOW = 8
SAMPLE = 200_000
FIDELITY = Fidelity()
SPACE = Space(
    [
        Int("nrounds", 7, 2981, log=True),
        Float("eta", 9.118819655545162e-04, 1.0, log=True),
        Float("gamma", 4.5399929762484854e-05, 7.38905609893065, log=True),
        Float("lambda", 9.118819655545162e-04, 1096.6331584284585, log=True),
        Float("alpha", 9.118819655545162e-04, 1096.6331584284585, log=True),
        Float("subsample", 0.1, 1.0),
        Int("max_depth", 1, 15),
        Float("min_child_weight", 2.718281828459045, 148.4131591025766, log=True),
        Float("colsample_bytree", 0.01, 1.0),
        Float("colsample_bylevel", 0.01, 1.0),
    ],
    name="rbv2_xgboost",
)

OURS = "finetooth genetic"
Losses = list[float]
Run = Callable[[str, int, int], Losses]


@cache
def surrogate():
    spec = importlib.util.spec_from_file_location("yahpo_bench", READER)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Yahpo("rbv2_xgboost")


def losses(data: str, configurations: Sequence[Params]) -> np.ndarray:
    rows = surrogate().evaluate([dict(c) for c in configurations], instance=data, **FIXED)
    return np.array([row["logloss"] for row in rows])


def random_sample(data: str) -> tuple[float, float]:
    """The least and the median loss of a big random sample."""
    rng = np.random.default_rng(1)
    drawn = [SPACE.from_unit(genes) for genes in rng.random((SAMPLE, len(SPACE.names)))]
    found = np.concatenate([losses(data, drawn[i : i + 20_000]) for i in range(0, SAMPLE, 20_000)])
    return float(found.min()), float(np.median(found))


def ours(propose: Propose, needs_window: bool = True) -> Run:
    """A method of this package, behind its window."""

    def run(data: str, seed: int, budget: int) -> Losses:
        trials: list[Trial] = []
        for index in range(budget):
            newest = index - WINDOW if needs_window else -1
            seen = [t if t.candidate.index <= newest else replace(t, state="running", scores=()) for t in trials]
            candidate: Candidate = propose(SPACE, seen, index, seeds.stream(seed, "benchmark", "propose", index))
            loss = float(losses(data, [candidate.params])[0])
            trials.append(Trial("benchmark", candidate, FIDELITY, "complete", (-loss,)))
        return [-trial.score for trial in trials]

    return run


def optuna_sampler(name: str, **options: object) -> Run:
    """A sampler of Optuna with its defaults, told in the order asked, 8 in flight."""

    def run(data: str, seed: int, budget: int) -> Losses:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        warnings.simplefilter("ignore")
        study = optuna.create_study(sampler=getattr(optuna.samplers, name)(seed=seed, **options))
        flying, found = [], []
        for _ in range(budget):
            if len(flying) == WINDOW:
                study.tell(*flying.pop(0))
            asked = study.ask()
            params = {
                d.name: (asked.suggest_int if isinstance(d, Int) else asked.suggest_float)(
                    d.name, d.low, d.high, log=d.log
                )
                for d in SPACE.domains
            }
            found.append(float(losses(data, [params])[0]))
            flying.append((asked, found[-1]))
        return found

    return run


def never_called(config: object, seed: int = 0) -> float:
    raise NotImplementedError


def smac(data: str, seed: int, budget: int) -> Losses:
    """SMAC3's facade for hyperparameters with its defaults, asked and told, 8 in flight."""
    from ConfigSpace import ConfigurationSpace
    from ConfigSpace import Float as Real
    from ConfigSpace import Integer as Whole
    from smac import HyperparameterOptimizationFacade, Scenario
    from smac.runhistory import TrialValue

    space = ConfigurationSpace(seed=seed)
    for d in SPACE.domains:
        space.add((Whole if isinstance(d, Int) else Real)(d.name, (d.low, d.high), log=d.log))
    flying, found = [], []
    with tempfile.TemporaryDirectory() as folder:
        scenario = Scenario(space, deterministic=True, n_trials=budget, seed=seed, output_directory=folder)
        facade = HyperparameterOptimizationFacade(scenario, never_called, overwrite=True, logging_level=False)
        for _ in range(budget):
            if len(flying) == WINDOW:
                asked, loss = flying.pop(0)
                facade.tell(asked, TrialValue(cost=loss))
            asked = facade.ask()
            found.append(float(losses(data, [dict(asked.config)])[0]))
            flying.append((asked, found[-1]))
    return found


def variant(**changes: object) -> Run:
    settings = replace(genetic.Settings(), **changes)

    def propose(space, trials, index, rng):
        return genetic.propose(space, trials, index, rng, settings=settings)

    return ours(propose)


def contestants(ablations: bool) -> dict[str, Run]:
    runs: dict[str, Run] = {
        OURS: ours(METHODS["genetic"].propose),
        "Optuna TPE": optuna_sampler("TPESampler"),
        "Optuna NSGA-II": optuna_sampler("NSGAIISampler"),
        "random": ours(METHODS["random"].propose, needs_window=False),
        "Sobol": ours(METHODS["sobol"].propose, needs_window=False),
    }
    if importlib.util.find_spec("cmaes"):
        runs["Optuna CMA-ES"] = optuna_sampler("CmaEsSampler")
    if importlib.util.find_spec("smac"):
        runs["SMAC3"] = smac
    if ablations:
        runs |= {
            "genetic, without the screen (genetic-plain)": ours(METHODS["genetic-plain"].propose),
            "genetic, without ageing": variant(ages=10**9),
            "genetic, without immigrants": variant(immigrants=0),
            "genetic, without the distance penalty": variant(apart=0.0),
            "genetic, without beliefs about trials in flight": variant(believe=False),
            "genetic, uniform crossover only": variant(blend=False),
        }
    return runs


def one(job: tuple[str, str, int, int]) -> tuple[str, str, int, Losses, float]:
    name, data, seed, budget = job
    start = time.process_time()
    found = contestants(ablations=True)[name](data, seed, budget)
    return name, data, seed, found, time.process_time() - start


def regrets(found: dict, data_sets: Sequence[str], scale: dict[str, tuple[float, float]]) -> dict[str, np.ndarray]:
    """name -> (seeds, data sets, trials): the best so far, 0 the best known, 1 a median random configuration."""
    names = list(dict.fromkeys(name for name, _, _ in found))
    curves = {}
    for name in names:
        rows = []
        for seed in sorted({seed for other, _, seed in found if other == name}):
            runs = [(np.minimum.accumulate(found[name, data, seed]), *scale[data]) for data in data_sets]
            rows.append([(run - best) / (median - best) for run, best, median in runs])
        curves[name] = np.array(rows)
    return curves


def table(curves: dict[str, np.ndarray], seconds: dict[str, float], budget: int) -> str:
    shown = [b for b in BUDGETS if b <= budget]
    lines = [
        "| method | " + " | ".join(f"{b} trials" for b in shown) + " | ms a trial | seeds |",
        "|---" * (len(shown) + 3) + "|",
    ]
    for name, curve in curves.items():
        by_seed = curve.mean(1)
        cells = [
            f"{by_seed[:, b - 1].mean():.3f} ± {by_seed[:, b - 1].std(ddof=min(1, len(by_seed) - 1)):.3f}"
            for b in shown
        ]
        lines.append(f"| {name} | " + " | ".join(cells) + f" | {seconds[name]:.1f} | {len(curve)} |")
    return "\n".join(lines)


def plot(curves: dict[str, np.ndarray], path: Path) -> None:
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
            error = by_seed.std(0, ddof=1) / np.sqrt(len(by_seed))
            low, high = by_seed.mean(0) - error, by_seed.mean(0) + error
            axes.fill_between(trials, low, high, alpha=0.15, color=line.get_color(), linewidth=0)
    axes.set(
        xlabel="trials started, 8 in flight",
        ylabel="mean normalised regret",
        yscale="log",
        xlim=(5, None),
        ylim=(None, 0.6),
    )
    axes.grid(visible=True, which="both", alpha=0.25)
    axes.legend(fontsize=8)
    figure.savefig(path, dpi=130)


def report(curves, seconds, options, elapsed) -> str:
    packages = [p for p in ("numpy", "scipy", "optuna", "cmaes", "smac", "onnxruntime") if importlib.util.find_spec(p)]
    versions = ", ".join(f"{package} {version(package)}" for package in packages)
    lines = [
        "# How good the search is",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, {versions}.",
        f"{len(options.data)} data sets, {elapsed / 60:.0f} minutes on {options.workers} processes.",
        "",
        "Objective: log loss of the YAHPO Gym surrogate rbv2_xgboost at trainsize 1, gbtree, ten numeric",
        f"hyperparameters, data sets {', '.join(options.data)} (those that the search was developed on).",
        f"{WINDOW} trials in flight: each method is told its oldest trial before it is asked for the next.",
        "No method is given a default to start from.",
        "",
        f"Normalised regret of the best trial so far: 0 is the best loss known (of {SAMPLE:,} random configurations",
        "and of all runs here), 1 the median random configuration. Mean over data sets and seeds ± standard deviation",
        "over seeds of the mean over data sets. Time is processor time, that of the objective included.",
        "",
        table(curves, seconds, options.budget),
        "",
    ]
    if "Optuna TPE" in curves and OURS in curves:
        mine, peer = curves[OURS].mean((0, 1)), curves["Optuna TPE"].mean((0, 1))
        ratios = ", ".join(f"{mine[b - 1] / peer[b - 1]:.2f} at {b}" for b in BUDGETS if b <= options.budget)
        lines += [f"Regret of {OURS} as a share of Optuna TPE's: {ratios}.", ""]
    if "SMAC3" not in curves:
        lines += ["SMAC3 was not installed.", ""]
    return "\n".join([*lines, "![regret by trials](search_quality.png)", ""])


def missing() -> str:
    if not READER.exists():
        return f"the data must lie in {READER.parent.name} of the folder shared beside the repository; there is none"
    return "" if importlib.util.find_spec("onnxruntime") else "onnxruntime must be installed: pip install onnxruntime"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--budget", type=int, default=100)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--smac-seeds", type=int, default=2, help="SMAC3 takes a second a trial")
    parser.add_argument("--only", nargs="*", help="parts of the names of the methods to run")
    parser.add_argument("--data", nargs="*", default=DATA_SETS, choices=DATA_SETS)
    parser.add_argument("--skip-ablations", action="store_true")
    options = parser.parse_args()
    if reason := missing():
        print(f"skipped: {reason}")
        return
    start = time.perf_counter()
    names = [
        name
        for name in contestants(not options.skip_ablations)
        if not options.only or any(part in name for part in options.only)
    ]
    few = min(options.seeds, options.smac_seeds)
    jobs = [
        (name, data, seed, options.budget)
        for name in names
        for data in options.data
        for seed in range(few if name == "SMAC3" else options.seeds)
    ]
    with ProcessPoolExecutor(options.workers) as pool:
        sampled = dict(zip(options.data, pool.map(random_sample, options.data), strict=True))
        done = list(pool.map(one, jobs, chunksize=1))
    found = {(name, data, seed): run for name, data, seed, run, _ in done}
    seconds = {n: 1000 * np.mean([t for name, *_, t in done if name == n]) / options.budget for n in names}
    scale = {
        data: (min(best, *(min(run) for (_, d, _), run in found.items() if d == data)), median)
        for data, (best, median) in sampled.items()
    }
    curves = regrets(found, options.data, scale)
    text = report(curves, seconds, options, time.perf_counter() - start)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "search_quality.md").write_text(text, encoding="utf-8")
    plot(curves, RESULTS / "search_quality.png")
    print(text)
    sys.stdout.flush()


if __name__ == "__main__":
    main()

"""Searches on one objective: methods of this package, Optuna's samplers and SMAC3, each with 8 trials in flight.

The objective is the log loss of YAHPO Gym's surrogate rbv2_xgboost at trainsize 1, gbtree, ten numeric hyperparameters.
"""

import importlib.util
import tempfile
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path

import numpy as np

from finetooth import seeds
from finetooth.domains.domains import Float, Int
from finetooth.domains.space import Space
from finetooth.records import Fidelity, Params, Trial
from finetooth.search import genetic
from finetooth.search.methods import METHODS, Propose
from finetooth.search.protocol import View

READER = Path(__file__).resolve().parents[2] / "shared" / "bench" / "yahpo_bench.py"
FIXED = {"booster": "gbtree", "trainsize": 1.0, "repl": 10, "num.impute.selected.cpo": "impute.mean"}
WINDOW = 8
SAMPLE = 200_000
FIDELITY = Fidelity()
OURS, PLAIN = "finetooth genetic", "genetic, without the screen (genetic-plain)"
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


@dataclass(frozen=True)
class Objective:
    """The loss on a data set; what a search is told of trial `index` has normal noise of standard deviation `noise`."""

    data: str
    seed: int
    noise: float = 0.0

    def __call__(self, params: Params, index: int) -> tuple[float, float]:
        """The loss, and the loss that the search is told."""
        loss = float(losses(self.data, [params])[0])
        luck = seeds.stream(self.seed, "noise", self.data, index).standard_normal() if self.noise else 0.0
        return loss, loss + self.noise * luck


Run = Callable[[Objective, int], list[tuple[float, float]]]


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
    sample = np.concatenate([losses(data, drawn[i : i + 20_000]) for i in range(0, SAMPLE, 20_000)])
    return float(sample.min()), float(np.median(sample))


def ours(propose: Propose, needs_window: bool = True) -> Run:
    """A method of this package, behind its window."""

    def run(objective: Objective, budget: int) -> list[tuple[float, float]]:
        trials: list[Trial] = []
        losses_told = []
        for index in range(budget):
            newest = index - WINDOW if needs_window else -1
            seen = [t if t.candidate.index <= newest else replace(t, state="running", scores=()) for t in trials]
            rng = seeds.stream(objective.seed, "benchmark", "propose", index)
            candidate = propose(View(SPACE, seen, index, rng))
            losses_told.append(objective(candidate.params, index))
            trials.append(Trial("benchmark", candidate, FIDELITY, "complete", (-losses_told[-1][1],)))
        return losses_told

    return run


def variant(**changes: object) -> Run:
    """The genetic search with some of its settings changed."""
    return ours(partial(genetic.propose_genetic, settings=replace(genetic.GeneticSettings(), **changes)))


def optuna_sampler(name: str, **options: object) -> Run:
    """A sampler of Optuna with its defaults, told in the order asked."""

    def run(objective: Objective, budget: int) -> list[tuple[float, float]]:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        warnings.simplefilter("ignore")
        study = optuna.create_study(sampler=getattr(optuna.samplers, name)(seed=objective.seed, **options))
        in_flight, losses_told = [], []
        for index in range(budget):
            if len(in_flight) == WINDOW:
                study.tell(*in_flight.pop(0))
            asked = study.ask()
            params = {
                d.name: (asked.suggest_int if isinstance(d, Int) else asked.suggest_float)(
                    d.name, d.low, d.high, log=d.log
                )
                for d in SPACE.domains
            }
            losses_told.append(objective(params, index))
            in_flight.append((asked, losses_told[-1][1]))
        return losses_told

    return run


def never_called(config: object, seed: int = 0) -> float:
    raise NotImplementedError


def smac(objective: Objective, budget: int) -> list[tuple[float, float]]:
    """SMAC3's facade for hyperparameters with its defaults, asked and told."""
    from ConfigSpace import ConfigurationSpace
    from ConfigSpace import Float as Real
    from ConfigSpace import Integer as Whole
    from smac import HyperparameterOptimizationFacade, Scenario
    from smac.runhistory import TrialValue

    seed = objective.seed
    space = ConfigurationSpace(seed=seed)
    for d in SPACE.domains:
        space.add((Whole if isinstance(d, Int) else Real)(d.name, (d.low, d.high), log=d.log))
    in_flight, losses_told = [], []
    with tempfile.TemporaryDirectory() as folder:
        scenario = Scenario(space, deterministic=True, n_trials=budget, seed=seed, output_directory=folder)
        facade = HyperparameterOptimizationFacade(scenario, never_called, overwrite=True, logging_level=False)
        for index in range(budget):
            if len(in_flight) == WINDOW:
                asked, loss = in_flight.pop(0)
                facade.tell(asked, TrialValue(cost=loss))
            asked = facade.ask()
            losses_told.append(objective(dict(asked.config), index))
            in_flight.append((asked, losses_told[-1][1]))
    return losses_told


def contestants() -> dict[str, Run]:
    """The searches that can be run here: those of this package first, then its parts, then the others."""
    runs: dict[str, Run] = {
        OURS: ours(METHODS["genetic"].propose),
        "Optuna TPE": optuna_sampler("TPESampler"),
        "Optuna NSGA-II": optuna_sampler("NSGAIISampler"),
        "random": ours(METHODS["random"].propose, needs_window=False),
        "Sobol": ours(METHODS["sobol"].propose, needs_window=False),
    }
    if importlib.util.find_spec("cmaes"):
        runs["Optuna CMA-ES"] = optuna_sampler("CmaEsSampler")
    if importlib.util.find_spec("torch"):
        runs["Optuna GP"] = optuna_sampler("GPSampler")
    if importlib.util.find_spec("smac"):
        runs["SMAC3"] = smac
    return runs | ablations()


def ablations() -> dict[str, Run]:
    """The genetic search without each of its parts."""
    return {
        PLAIN: ours(METHODS["genetic-plain"].propose),
        "genetic, without crossover": variant(crossovers=0),
        "genetic, without immigrants": variant(immigrants=0),
        "genetic, with 50 immigrants": variant(immigrants=50),
        "genetic, without the distance penalty": variant(penalty_radius=0.0),
    }

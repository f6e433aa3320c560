"""The search methods by name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec

from finetooth.domains.space import Space
from finetooth.errors import InputError, unknown
from finetooth.records import Fidelity
from finetooth.search import cmaes, genetic, halving, optuna_samplers, population, samplers
from finetooth.search.candidates import SpaceExhausted
from finetooth.search.protocol import FULL, Propose

__all__ = ["METHODS", "Method", "Propose", "SpaceExhausted", "check", "method"]


@dataclass(frozen=True, slots=True)
class Method:
    """A way to search.

    One that does not look at outcomes needs no window. One that chooses fidelities tries candidates at less than all
    rows or rounds; `fidelity_at` then says what a point given by the user sees at an index, where that is no full
    trial. One that counts rounds needs a model that is trained in rounds. One that lists its points starts from no
    others. `package` is what must be installed, `extra` the dependency group that brings it.
    """

    propose: Propose
    needs_window: bool
    description: str
    chooses_fidelity: bool = False
    counts_rounds: bool = False
    lists: bool = False
    fidelity_at: Callable[[int, Fidelity], Fidelity] | None = None
    package: str = ""
    extra: str = ""


METHODS: Mapping[str, Method] = {
    "random": Method(samplers.propose_random, False, "uniform draws"),
    "sobol": Method(samplers.propose_sobol, False, "a scrambled Sobol sequence"),
    "latin": Method(samplers.propose_latin, False, "Latin hypercubes of 16 points"),
    "grid": Method(samplers.propose_grid, False, "every combination, 5 levels a number", lists=True),
    "manual": Method(samplers.propose_manual, False, "the points given, and no others", lists=True),
    "genetic": Method(genetic.propose, True, "steady-state genetic search, offspring screened by a surrogate"),
    "genetic-plain": Method(genetic.propose_plain, True, "steady-state genetic search without the screen"),
    "tpe": Method(optuna_samplers.propose_tpe, True, "tree-structured Parzen estimator (Optuna)"),
    "gp": Method(
        optuna_samplers.propose_gp, True, "Gaussian process (Optuna; needs torch)", package="torch", extra="gp"
    ),
    "cmaes": Method(cmaes.propose_cmaes, True, "CMA-ES (needs the package cmaes)", package="cmaes", extra="cmaes"),
    "halving": Method(halving.propose_halving, True, "successive halving over rows or rounds", chooses_fidelity=True),
    "hyperband": Method(
        halving.propose_hyperband, True, "halving in brackets that start at each rung", chooses_fidelity=True
    ),
    "population": Method(
        population.propose_training,
        True,
        "population-based training: parameters change as models train on",
        chooses_fidelity=True,
        counts_rounds=True,
        fidelity_at=population.fidelity_at,
    ),
}


def method(name: str) -> Method:
    """The method called `name`; `InputError` lists the names when there is none, or says which package is missing."""
    if name not in METHODS:
        raise unknown("method", name, "the searches", METHODS)
    chosen = METHODS[name]
    if chosen.package and find_spec(chosen.package) is None:
        raise InputError(
            f"the method '{name}' must have the package {chosen.package}; it is not installed; "
            f"pip install 'finetooth[{chosen.extra}]'."
        )
    return chosen


def check(name: str, space: Space, window: int, budget: int | None = None, full: Fidelity = FULL) -> None:
    """Raise `InputError` for what can be said of a search before its first trial.

    The method must exist and its package be installed, a grid must fit a `budget` of trials, the window must be no
    longer than a population, and a `full` trial must have rounds enough for a ladder.
    """
    chosen = method(name)
    if name == "grid" and budget is not None:
        samplers.check_grid_budget(space, budget)
    if chosen.fidelity_at is not None:
        population.check_window(window)
        chosen.fidelity_at(0, full)
    elif chosen.chooses_fidelity:
        halving.ladder(full)

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

__all__ = ["METHODS", "Propose", "SearchMethod", "SpaceExhausted", "check_method", "get_method"]


@dataclass(frozen=True, slots=True)
class SearchMethod:
    """A way to search: how it proposes, and what a loop that runs it must know.

    - `needs_window`: it sees outcomes; proposals of one that does not can all be made at once.
    - `chooses_fidelity`: it tries candidates on less than all rows or rounds. `fidelity_at(index, full)` then gives the
      fidelity of a point that the user enqueues as trial `index`; None: a full trial.
    - `counts_rounds`: it needs a model that is trained in rounds.
    - `lists_points`: it proposes the points of its list, and no starting points are put before them.
    - `package` must be installed; `extra` is the dependency group that brings it.
    """

    propose: Propose
    needs_window: bool
    description: str
    chooses_fidelity: bool = False
    counts_rounds: bool = False
    lists_points: bool = False
    fidelity_at: Callable[[int, Fidelity], Fidelity] | None = None
    package: str = ""
    extra: str = ""


METHODS: Mapping[str, SearchMethod] = {
    "random": SearchMethod(samplers.propose_random, False, "uniform draws"),
    "sobol": SearchMethod(samplers.propose_sobol, False, "a scrambled Sobol sequence"),
    "latin": SearchMethod(samplers.propose_latin, False, "Latin hypercubes of 16 points"),
    "grid": SearchMethod(samplers.propose_grid, False, "every combination, 5 levels a number", lists_points=True),
    "manual": SearchMethod(samplers.propose_manual, False, "the points given, and no others", lists_points=True),
    "genetic": SearchMethod(
        genetic.propose_genetic, True, "steady-state genetic search, offspring screened by a surrogate"
    ),
    "genetic-plain": SearchMethod(
        genetic.propose_genetic_plain, True, "steady-state genetic search without the screen"
    ),
    "tpe": SearchMethod(optuna_samplers.propose_tpe, True, "tree-structured Parzen estimator (Optuna)"),
    "gp": SearchMethod(
        optuna_samplers.propose_gp, True, "Gaussian process (Optuna; needs torch)", package="torch", extra="gp"
    ),
    "cmaes": SearchMethod(
        cmaes.propose_cmaes, True, "CMA-ES (needs the package cmaes)", package="cmaes", extra="cmaes"
    ),
    "halving": SearchMethod(
        halving.propose_halving, True, "successive halving over rows or rounds", chooses_fidelity=True
    ),
    "hyperband": SearchMethod(
        halving.propose_hyperband, True, "halving in brackets that start at each rung", chooses_fidelity=True
    ),
    "population": SearchMethod(
        population.propose_population,
        True,
        "population-based training: parameters change as models train on",
        chooses_fidelity=True,
        counts_rounds=True,
        fidelity_at=population.fidelity_at,
    ),
}


def get_method(name: str) -> SearchMethod:
    """The method called `name`; raises `InputError` when there is none, or when its package is missing."""
    if name not in METHODS:
        raise unknown("method", name, "the searches", METHODS)
    method = METHODS[name]
    if method.package and find_spec(method.package) is None:
        raise InputError(
            f"the method '{name}' must have the package {method.package}; it is not installed; "
            f"pip install 'finetooth[{method.extra}]'."
        )
    return method


def check_method(name: str, space: Space, window: int, budget: int | None = None, full: Fidelity = FULL) -> None:
    """Raise `InputError` for what can be told of a search before its first trial.

    The method must exist and its package be installed, a grid must fit a `budget` of trials, the window must be no
    longer than a population, and a `full` trial must have rounds enough for a ladder.
    """
    method = get_method(name)
    if name == "grid" and budget is not None:
        samplers.check_grid_budget(space, budget)
    if method.fidelity_at is not None:
        population.check_window(window)
        method.fidelity_at(0, full)
    elif method.chooses_fidelity:
        halving.default_ladder(full)

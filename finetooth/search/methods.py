"""The search methods by name. Each is a pure function of the space, the trials so far, an index and a stream."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from finetooth.errors import unknown
from finetooth.records import Candidate, Trial
from finetooth.search import covariance, genetic, optuna_bridge, samplers
from finetooth.search.draw import SpaceExhausted
from finetooth.space import Space

__all__ = ["METHODS", "Method", "Propose", "SpaceExhausted", "method"]


class Propose(Protocol):
    """What every method is.

    `trials` are all earlier trials of the search in index order, those whose outcome may not be seen as running;
    `rng` is `seeds.stream(root, stage, "propose", index)`; `prior` are trials of an earlier search at a lower
    fidelity. Raises `SpaceExhausted` when nothing new is left.
    """

    def __call__(
        self,
        space: Space,
        trials: Sequence[Trial],
        index: int,
        rng: np.random.Generator,
        *,
        prior: Sequence[Trial] = (),
    ) -> Candidate: ...


@dataclass(frozen=True, slots=True)
class Method:
    """A way to search. One that does not look at outcomes needs no window."""

    propose: Propose
    needs_window: bool
    description: str


METHODS: dict[str, Method] = {
    "random": Method(samplers.propose_random, needs_window=False, description="uniform draws"),
    "sobol": Method(samplers.propose_sobol, needs_window=False, description="a scrambled Sobol sequence"),
    "latin": Method(samplers.propose_latin, needs_window=False, description="Latin hypercubes of 16 points"),
    "grid": Method(samplers.propose_grid, needs_window=False, description="every combination, 5 levels a number"),
    "manual": Method(samplers.propose_manual, needs_window=False, description="the points given, and no others"),
    "genetic": Method(
        genetic.propose, needs_window=True, description="steady-state genetic search, offspring screened by a surrogate"
    ),
    "genetic-plain": Method(
        genetic.propose_plain, needs_window=True, description="steady-state genetic search without the screen"
    ),
    "tpe": Method(
        optuna_bridge.propose_tpe, needs_window=True, description="tree-structured Parzen estimator (Optuna)"
    ),
    "cmaes": Method(covariance.propose_cmaes, needs_window=True, description="CMA-ES (needs the package cmaes)"),
}


def method(name: str) -> Method:
    """The method called `name`; `InputError` lists the names when there is none."""
    if name not in METHODS:
        raise unknown("method", name, "the searches", METHODS)
    return METHODS[name]

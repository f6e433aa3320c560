"""CMA-ES through the `cmaes` package (Hansen 2016), its generations replayed from the trials at each proposal."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import numpy as np

from finetooth.domains.space import Space
from finetooth.records import Candidate, Trial
from finetooth.search.candidates import propose_new
from finetooth.search.encoding import INACTIVE, genes_of
from finetooth.search.protocol import View
from finetooth.search.scores import normal_scores

SIGMA = 1 / 6  # of the unit cube, as in Optuna
MOST_DRAWS = 20  # until one is new and allowed


def propose_cmaes(view: View) -> Candidate:
    """A draw from the normal distribution that the trials have shaped so far.

    Generations are blocks of trials with an outcome, in index order. Choices and conditions are relaxed to the unit
    cube, where an inactive gene lies in the middle. Raises `SpaceExhausted`.
    """
    # The distribution follows the newest generations; scores of other fidelities (`view.prior`) are older.
    ended = [trial for trial in view.trials if trial.state != "running"]
    optimizer = _replay(view.space, ended, view.rng)
    draws = 0 if optimizer is None else MOST_DRAWS
    suggestions = (view.space.from_unit(np.clip(optimizer.ask(), 0.0, 1.0)) for _ in range(draws))
    return propose_new(view, "cmaes", suggestions)


def _replay(space: Space, ended: Sequence[Trial], rng: np.random.Generator) -> Any:
    """The optimizer after all full generations; None in one dimension, which CMA-ES does not have."""
    cmaes = import_module("cmaes")
    size = len(space.names)
    if size < 2:
        return None
    bounds = np.tile([0.0, 1.0], (size, 1))
    optimizer = cmaes.CMA(np.full(size, 0.5), SIGMA, bounds=bounds, seed=int(rng.integers(2**31)))
    genes = np.nan_to_num(genes_of(space, ended), nan=INACTIVE)
    block = optimizer.population_size
    for first in range(0, len(ended) - block + 1, block):
        losses = -normal_scores([trial.score for trial in ended[first : first + block]])
        optimizer.tell(list(zip(genes[first : first + block], losses.tolist(), strict=True)))
        if optimizer.should_stop():
            best = genes[int(np.argmax([trial.score for trial in ended[: first + block]]))]
            optimizer = cmaes.CMA(best, SIGMA, bounds=bounds, seed=int(rng.integers(2**31)))
    return optimizer

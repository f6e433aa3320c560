"""Population-based training (Jaderberg et al. 2017): models that go on training while their parameters change.

A member of the population is a chain of trials, each of which continues the model of its first parent for some more
rounds. A member among the worst goes on from a copy of one among the best, with its parameters perturbed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from finetooth.errors import InputError
from finetooth.records import Candidate, Fidelity, Params, Trial
from finetooth.search.encoding import genes_of
from finetooth.search.methods import Propose
from finetooth.search.operators import fill, mutate
from finetooth.space import Space


@dataclass(frozen=True, slots=True)
class Population:
    """How many members, how many rounds each step adds, and the share that is replaced after each.

    `fixed` names parameters that a model which goes on training must keep.
    """

    members: int = 10
    rounds: int = 50
    replaced: float = 0.25
    step: float = 0.2
    fixed: tuple[str, ...] = ()
    folds: int = 5

    def check(self, window: int) -> None:
        """Raise `InputError` unless a member's last step is always told before its next one."""
        if self.members < window:
            raise InputError(
                f"a population must have as many members as the window has trials; got {self.members} for a window "
                f"of {window}; enlarge it or make the window smaller."
            )


def propose_training(
    space: Space,
    trials: Sequence[Trial],
    index: int,
    rng: np.random.Generator,
    population: Population,
    base: Propose,
) -> tuple[Candidate, Fidelity]:
    """Member `index` mod members takes its next step; its first parent, if any, is the trial whose model it continues.

    The first step of each member is a candidate of `base`. `trials` as for every method: the member's last step must
    have an outcome (see `Population.check`). Raises `ValueError` when it has none.
    """
    generation, member = divmod(index, population.members)
    fidelity = Fidelity(1.0, population.folds, (generation + 1) * population.rounds)
    if generation == 0:
        return base(space, trials, index, rng), fidelity
    own = trials[index - population.members]
    ended = _standing(trials, population)
    if own not in ended:
        raise ValueError(f"trial {own.candidate.index} must have an outcome before member {member} goes on")
    count = int(len(ended) * population.replaced)
    if own not in ended[len(ended) - count :]:
        return Candidate(index, own.candidate.params, "continued", (own.candidate.index,)), fidelity
    model = ended[int(rng.integers(count))]
    params = _perturbed(space, model, population, rng)
    return Candidate(index, params, "exploited", (model.candidate.index, own.candidate.index)), fidelity


def _standing(trials: Sequence[Trial], population: Population) -> list[Trial]:
    """The newest trial with an outcome of each member, the best first."""
    newest: dict[int, Trial] = {}
    for trial in trials:
        if trial.state != "running":
            newest[trial.candidate.index % population.members] = trial
    return sorted(newest.values(), key=lambda t: (-t.score, t.candidate.index))


def _perturbed(space: Space, model: Trial, population: Population, rng: np.random.Generator) -> Params:
    """The model's parameters a step away; its own when no step is allowed."""
    genes = genes_of(space, [model])
    kept = np.isin(space.names, population.fixed)
    for _ in range(20):
        moved = mutate(fill(genes, rng), np.full((1, 1), population.step), 0.5, space, rng)
        params = space.from_unit(np.where(kept, genes, moved)[0])
        if space.allows(params):
            return params
    return dict(model.candidate.params)

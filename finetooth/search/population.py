"""Population-based training (Jaderberg et al. 2017): models that go on training while their parameters change.

A member of the population is a sequence of trials, each of which continues the model of its first parent for some more
rounds. A member among the worst goes on from a copy of one among the best, with its parameters perturbed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from finetooth.errors import InputError
from finetooth.records import Candidate, Fidelity, Params, Trial
from finetooth.search.candidates import SpaceExhausted, is_admissible
from finetooth.search.encoding import genes_of
from finetooth.search.operators import fill, mutate
from finetooth.search.protocol import Propose, View
from finetooth.search.samplers import propose_random

MEMBERS = 10
STEPS = 10
TRIES = 50  # perturbations until one is new
ROUNDS = 500  # of a full trial that names none


@dataclass(frozen=True, slots=True)
class PopulationSettings:
    """How many members there are, the share that is replaced after each step, and how far a perturbed number moves.

    `step` is the standard deviation of that move in the unit cube. `fixed` names parameters that may not change while a
    model trains on.
    """

    members: int = MEMBERS
    replaced: float = 0.25
    step: float = 0.2
    fixed: tuple[str, ...] = ()


def check_window(window: int, members: int = MEMBERS) -> None:
    """Raise `InputError` unless the window guarantees that a member's last step has its outcome before its next one."""
    if members < window:
        raise InputError(
            f"a population must have as many members as the window has trials; it has {members} for a window of "
            f"{window}; make the window smaller."
        )


def fidelity_at(index: int, full: Fidelity, members: int = MEMBERS) -> Fidelity:
    """What trial `index` sees: all rounds of its model so far. The tenth step of a member makes it a full trial.

    A full trial that does not say its rounds has 500. Raises `InputError` when it has too few for ten steps.
    """
    rounds = full.rounds or ROUNDS
    if rounds < STEPS:
        raise InputError(
            f"a full trial must have at least {STEPS} rounds, one for each step; got {rounds}; raise them."
        )
    return replace(full, rounds=rounds * (index // members + 1) // STEPS)


def propose_population(
    view: View, settings: PopulationSettings = PopulationSettings(), base: Propose = propose_random
) -> Candidate:
    """Member `index` mod members takes its next step; its first parent, if any, is the trial whose model it continues.

    The first step of each member is a candidate of `base`. The `rounds` of a candidate's fidelity count all rounds of
    its model so far. Raises `SpaceExhausted` when all members are trained to the end, and `ValueError` when the
    member's last step has no outcome (see `check_window`).
    """
    generation, member = divmod(view.index, settings.members)
    if generation >= STEPS:
        raise SpaceExhausted(
            f"a population must have a step left; all {settings.members} members are trained to the end; "
            "ask for fewer trials or give a full trial more rounds."
        )
    fidelity = fidelity_at(view.index, view.full, settings.members)
    if generation == 0:
        return replace(base(view), fidelity=fidelity)
    previous = view.trials[view.index - settings.members]
    if previous.state == "running":
        raise ValueError(f"trial {previous.candidate.index} must have an outcome before member {member} goes on")
    ended = _latest_best_first(view.trials[: view.index - member], settings.members)
    count = round(len(ended) * settings.replaced)
    if count and previous in ended[-count:]:
        model = ended[int(view.rng.integers(count))]
        params = _perturb(view, model, settings)
        if params is not None:
            parents = (model.candidate.index, previous.candidate.index)
            return Candidate(view.index, params, "exploited", parents, fidelity)
    return Candidate(view.index, previous.candidate.params, "continued", (previous.candidate.index,), fidelity)


def _latest_best_first(trials: Sequence[Trial], members: int) -> list[Trial]:
    """The newest trial with an outcome of each member, the best first.

    `trials` are those of the generations before: nobody has had more rounds than the member that asks.
    """
    newest: dict[int, Trial] = {}
    for trial in trials:
        if trial.state != "running":
            newest[trial.candidate.index % members] = trial
    return sorted(newest.values(), key=lambda t: (-t.score, t.candidate.index))


def _perturb(view: View, model: Trial, settings: PopulationSettings) -> Params | None:
    """New parameters a step away from the model's; None when no step leads to any."""
    space, rng = view.space, view.rng
    genes = genes_of(space, [model])
    fixed = np.isin(space.names, settings.fixed)
    for _ in range(TRIES):
        moved = mutate(fill(genes, rng), np.full((1, 1), settings.step), 0.5, space, rng)
        params = space.from_unit(np.where(fixed, genes, moved)[0])
        if is_admissible(space, params, view.trials):
            return params
    return None

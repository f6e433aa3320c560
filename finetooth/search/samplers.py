"""Searches that ignore scores: random, Sobol, Latin hypercube, grid, and a list given by hand."""

from collections.abc import Sequence
from itertools import islice

import numpy as np

from finetooth.domains.space import Space
from finetooth.errors import InputError
from finetooth.records import Candidate, Fidelity, Trial, Value
from finetooth.search.candidates import SpaceExhausted, draw, every_candidate, fresh, propose_new, shared_stream
from finetooth.search.memo import Remembered
from finetooth.search.protocol import FULL

LATIN_BLOCK = 16
GRID_LEVELS = 5
GRID_LIMIT = 10_000


def propose_random(
    space: Space,
    trials: Sequence[Trial],
    index: int,
    rng: np.random.Generator,
    *,
    prior: Sequence[Trial] = (),
    full: Fidelity = FULL,
) -> Candidate:
    """A uniform point of the unit cube (Bergstra and Bengio 2012)."""
    del prior, full
    return Candidate(index, draw(space, trials, rng), "random")


def propose_sobol(
    space: Space,
    trials: Sequence[Trial],
    index: int,
    rng: np.random.Generator,
    *,
    prior: Sequence[Trial] = (),
    full: Fidelity = FULL,
) -> Candidate:
    """The next point of one scrambled Sobol sequence (scipy.stats.qmc.Sobol); points not allowed are skipped."""
    del prior, full
    from scipy.stats import qmc

    taken = sum(t.candidate.origin == "sobol" for t in trials)
    sequence = qmc.Sobol(len(space.names), rng=shared_stream(rng, "sobol"))
    if taken:
        sequence.fast_forward(taken)
    # Points skipped before lie behind `taken`; each was skipped once already, so twice as many are looked at.
    points = (space.from_unit(sequence.random(1)[0]) for _ in range(2 * len(trials) + 64))
    return propose_new(space, trials, index, rng, "sobol", points)


def propose_latin(
    space: Space,
    trials: Sequence[Trial],
    index: int,
    rng: np.random.Generator,
    *,
    prior: Sequence[Trial] = (),
    full: Fidelity = FULL,
) -> Candidate:
    """The next point of Latin hypercubes of 16 points each (scipy.stats.qmc.LatinHypercube; McKay et al. 1979)."""
    del prior, full
    from scipy.stats import qmc

    taken = sum(t.candidate.origin == "latin" for t in trials)
    block, first = divmod(taken, LATIN_BLOCK)
    design = qmc.LatinHypercube(len(space.names), rng=shared_stream(rng, f"latin {block}")).random(LATIN_BLOCK)
    return propose_new(space, trials, index, rng, "latin", map(space.from_unit, design[first:]), otherwise="latin")


def propose_grid(
    space: Space,
    trials: Sequence[Trial],
    index: int,
    rng: np.random.Generator,
    *,
    prior: Sequence[Trial] = (),
    full: Fidelity = FULL,
) -> Candidate:
    """The next point of the full grid, in an order shuffled by the seed, so that a part of it is a fair sample.

    Real and long integer ranges get 5 levels, evenly spread on their scale. Raises `SpaceExhausted` at the end.
    """
    del prior, full
    points = grid_points(space)
    taken = sum(t.candidate.origin == "grid" for t in trials)
    for place in shared_stream(rng, "grid").permutation(len(points))[taken:]:
        if fresh(space, points[place], trials):
            return Candidate(index, points[place], "grid")
    raise SpaceExhausted(
        f"the grid of '{space.name}' must have a point that is not tried yet; all {len(points)} are tried; "
        "ask for fewer trials or take another method."
    )


def propose_manual(
    space: Space,
    trials: Sequence[Trial],
    index: int,
    rng: np.random.Generator,
    *,
    prior: Sequence[Trial] = (),
    full: Fidelity = FULL,
) -> Candidate:
    """Nothing beyond the points that the caller enqueued: raises `SpaceExhausted`."""
    del index, rng, prior, full
    raise SpaceExhausted(
        f"the manual search of '{space.name}' must have a point left; all {len(trials)} are tried; enqueue more."
    )


def _listed(space: Space) -> tuple[dict[str, Value], ...]:
    points = list(islice(every_candidate(space, GRID_LEVELS), GRID_LIMIT + 1))
    if len(points) > GRID_LIMIT:
        raise InputError(
            f"a grid must have at most {GRID_LIMIT} points; that of '{space.name}' has more; "
            "search fewer parameters or take another method."
        )
    return tuple(params for params in points if space.allows(params))


# The grid (points) of a space that its constraints allow; `InputError` when it has more than 10,000 points.
grid_points = Remembered(_listed, most=4)


def check_grid_budget(space: Space, budget: int) -> None:
    """Raise `InputError` when the grid has more points than `budget` trials."""
    size = len(grid_points(space))
    if size > budget:
        raise InputError(
            f"a grid must fit its budget; that of '{space.name}' has {size} points for {budget} trials; "
            "raise the budget, search fewer parameters, or take the method 'sobol'."
        )

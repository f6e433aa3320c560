"""Searches that ignore scores: random, Sobol, Latin hypercube, grid, and a list given by hand."""

from itertools import islice

from finetooth.domains.space import Space
from finetooth.errors import InputError
from finetooth.records import Candidate, Value
from finetooth.search.candidates import (
    SpaceExhausted,
    draw_params,
    every_candidate,
    is_admissible,
    propose_new,
    shared_stream,
)
from finetooth.search.memo import Memo
from finetooth.search.protocol import View

LATIN_BLOCK = 16
GRID_LEVELS = 5
GRID_LIMIT = 10_000


def propose_random(view: View) -> Candidate:
    """A uniform point of the unit cube (Bergstra and Bengio 2012)."""
    return Candidate(view.index, draw_params(view.space, view.trials, view.rng), "random")


def propose_sobol(view: View) -> Candidate:
    """The next point of one scrambled Sobol sequence (scipy.stats.qmc.Sobol); points not allowed are skipped."""
    from scipy.stats import qmc

    used = sum(t.candidate.origin == "sobol" for t in view.trials)
    sequence = qmc.Sobol(len(view.space.names), rng=shared_stream(view.rng, "sobol"))
    if used:
        sequence.fast_forward(used)
    # Points that were skipped before lie behind `used` and are skipped again, hence up to twice as many.
    points = (view.space.from_unit(sequence.random(1)[0]) for _ in range(2 * len(view.trials) + 64))
    return propose_new(view, "sobol", points)


def propose_latin(view: View) -> Candidate:
    """The next point of Latin hypercubes of 16 points each (scipy.stats.qmc.LatinHypercube; McKay et al. 1979)."""
    from scipy.stats import qmc

    used = sum(t.candidate.origin == "latin" for t in view.trials)
    block, first = divmod(used, LATIN_BLOCK)
    stream = shared_stream(view.rng, f"latin {block}")
    design = qmc.LatinHypercube(len(view.space.names), rng=stream).random(LATIN_BLOCK)
    return propose_new(view, "latin", map(view.space.from_unit, design[first:]), otherwise="latin")


def propose_grid(view: View) -> Candidate:
    """The next point of the full grid, in an order shuffled by the seed, so that a part of it is a fair sample.

    Real and long integer ranges get 5 levels, evenly spread on their scale. Raises `SpaceExhausted` at the end.
    """
    points = grid_points(view.space)
    used = sum(t.candidate.origin == "grid" for t in view.trials)
    for row in shared_stream(view.rng, "grid").permutation(len(points))[used:]:
        if is_admissible(view.space, points[row], view.trials):
            return Candidate(view.index, points[row], "grid")
    raise SpaceExhausted(
        f"the grid of '{view.space.name}' must have a point that is not tried yet; all {len(points)} are tried; "
        "ask for fewer trials or take another method."
    )


def propose_manual(view: View) -> Candidate:
    """Nothing beyond the points that the caller enqueued: raises `SpaceExhausted`."""
    raise SpaceExhausted(
        f"the manual search of '{view.space.name}' must have a point left; all {len(view.trials)} are tried; "
        "enqueue more."
    )


def _list_grid(space: Space) -> tuple[dict[str, Value], ...]:
    points = list(islice(every_candidate(space, GRID_LEVELS), GRID_LIMIT + 1))
    if len(points) > GRID_LIMIT:
        raise InputError(
            f"a grid must have at most {GRID_LIMIT} points; that of '{space.name}' has more; "
            "search fewer parameters or take another method."
        )
    return tuple(params for params in points if space.allows(params))


# The grid (points) of a space that its constraints allow; `InputError` when it has more than 10,000 points.
grid_points = Memo(_list_grid, max_size=4)


def check_grid_budget(space: Space, budget: int) -> None:
    """Raise `InputError` when the grid has more points than `budget` trials."""
    size = len(grid_points(space))
    if size > budget:
        raise InputError(
            f"a grid must fit its budget; that of '{space.name}' has {size} points for {budget} trials; "
            "raise the budget, search fewer parameters, or take the method 'sobol'."
        )

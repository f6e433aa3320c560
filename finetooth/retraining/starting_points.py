"""Where the search of a retraining starts: at the champion's parameters, and around them."""

from finetooth import seeds
from finetooth.domains.space import Space
from finetooth.records import Params, Value

NEIGHBOURS = 4
STEP = 0.1  # standard deviation in the unit cube: far enough to leave a plateau, near enough to be the same model


def neighbours(space: Space, params: Params, seed: int, count: int = NEIGHBOURS) -> tuple[dict[str, Value], ...]:
    """`count` neighbours of a set of parameters, each gene moved by a normal step and kept within the space.

    Parameters that the space does not know, such as frozen boosting rounds, are left to the trial.
    """
    rng = seeds.stream(seed, "retrain", "around")
    genes = space.to_unit({name: value for name, value in params.items() if name in space.names})
    candidates = []
    for _ in range(count):
        neighbour = (genes + STEP * rng.standard_normal(len(genes))).clip(0, 1)
        candidate = space.from_unit(neighbour)
        if space.allows(candidate):
            candidates.append(candidate)
    return tuple(candidates)

"""What every search method is: a pure function of a view, so that callers need not know which one they have."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from finetooth.domains.space import Space
from finetooth.records import Candidate, Fidelity, Trial

FULL = Fidelity()


@dataclass(frozen=True, slots=True)
class View:
    """What a search method sees when it proposes the candidate with the number `index`.

    `trials` are all earlier trials of this search in index order; one whose outcome may not be seen yet is running.
    `rng` is `seeds.stream(root, stage, "propose", index)`. `prior` are trials of an earlier search at a lower fidelity.
    `full` is what a full trial of this search sees; a candidate that is to see less says so in its own `fidelity`.
    """

    space: Space
    trials: Sequence[Trial]
    index: int
    rng: np.random.Generator
    prior: Sequence[Trial] = ()
    full: Fidelity = FULL


# A search method. It changes nothing but the state of `view.rng`, and raises `SpaceExhausted` when nothing new is left.
Propose = Callable[[View], Candidate]

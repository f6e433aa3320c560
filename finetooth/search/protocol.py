"""What every search method is: one signature, so that callers need not know which one they have."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from finetooth.domains.space import Space
from finetooth.records import Candidate, Fidelity, Trial

FULL = Fidelity()


class Propose(Protocol):
    """A pure function of the space, the trials so far, an index and a stream.

    `trials` are all earlier trials of the search in index order, those whose outcome may not be seen as running;
    `rng` is `seeds.stream(root, stage, "propose", index)`; `prior` are trials of an earlier search at a lower
    fidelity; `full` is what a full trial of this search sees. A candidate that is to see less says so in its
    `fidelity`. Raises `SpaceExhausted` when nothing new is left.
    """

    def __call__(
        self,
        space: Space,
        trials: Sequence[Trial],
        index: int,
        rng: np.random.Generator,
        *,
        prior: Sequence[Trial] = (),
        full: Fidelity = FULL,
    ) -> Candidate: ...

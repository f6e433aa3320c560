"""Successive halving and Hyperband over rows or rounds: which trial is worth a higher fidelity.

Both are asynchronous (Li et al. 2020, arXiv 1810.05934): a candidate is promoted as soon as it is among the best of its
rung, without waiting for the rung to fill. Behind the deterministic window that depends on no order of arrival, so the
same seed gives the same trials.
"""

import itertools
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from finetooth.errors import InputError
from finetooth.records import Candidate, Fidelity, Trial
from finetooth.search.draw import key
from finetooth.search.methods import Propose
from finetooth.space import Space

PROMOTED = "promoted"


@dataclass(frozen=True, slots=True)
class Rungs:
    """The ladder: fidelities from cheap to full, and how many of a rung are there for one that is promoted."""

    levels: tuple[Fidelity, ...]
    reduction: int = 3

    def __post_init__(self) -> None:
        if len(self.levels) < 2 or len(set(self.levels)) < len(self.levels):
            raise InputError(f"a ladder must have two different rungs at least; got {list(self.levels)}.")
        if self.reduction < 2:
            raise InputError(f"the reduction must be at least 2; got {self.reduction}; 3 is usual.")


def over_rows(smallest: float, folds: int = 5, reduction: int = 3) -> Rungs:
    """Rungs of rows, each `reduction` times the one before, from `smallest` (a share) up to all of them."""
    shares = [1.0]
    while shares[-1] / reduction >= smallest:
        shares.append(shares[-1] / reduction)
    return Rungs(tuple(Fidelity(share, folds) for share in reversed(shares)), reduction)


def over_rounds(fewest: int, most: int, folds: int = 5, reduction: int = 3) -> Rungs:
    """Rungs of boosting rounds, each `reduction` times the one before, from about `fewest` up to `most`."""
    rounds = [most]
    while rounds[-1] // reduction >= fewest:
        rounds.append(rounds[-1] // reduction)
    return Rungs(tuple(Fidelity(1.0, folds, count) for count in reversed(rounds)), reduction)


def propose_halving(
    space: Space, trials: Sequence[Trial], index: int, rng: np.random.Generator, rungs: Rungs, base: Propose
) -> tuple[Candidate, Fidelity]:
    """The next trial of successive halving: a promotion if one is due, else a new candidate of `base` at the bottom.

    `trials` as for every method; those under way are not promoted yet. Raises `SpaceExhausted` when `base` does.
    """
    due = _promotion(trials, index, rungs, rungs.levels)
    return due or (base(space, trials, index, rng), rungs.levels[0])


def propose_hyperband(
    space: Space, trials: Sequence[Trial], index: int, rng: np.random.Generator, rungs: Rungs, base: Propose
) -> tuple[Candidate, Fidelity]:
    """The next trial of Hyperband (Li et al. 2018): brackets of halving that start at different rungs, side by side.

    New candidates are dealt to the brackets in the proportion in which Hyperband fills them.
    """
    starts = _starts(trials)
    for first in range(len(rungs.levels) - 1):
        own = [t for t in trials if starts[key(t.candidate.params)] == rungs.levels[first]]
        due = _promotion(own, index, rungs, rungs.levels[first:])
        if due is not None:
            return due
    return base(space, trials, index, rng), rungs.levels[_bracket(Counter(starts.values()), rungs)]


def _starts(trials: Sequence[Trial]) -> dict[Hashable, Fidelity]:
    """The fidelity at which each candidate was first tried."""
    starts: dict[Hashable, Fidelity] = {}
    for trial in trials:
        starts.setdefault(key(trial.candidate.params), trial.fidelity)
    return starts


def _bracket(filled: Counter[Fidelity], rungs: Rungs) -> int:
    """The bracket that is furthest behind its share, the lowest of equals.

    Of S + 1 brackets, the one that climbs s rungs takes ceil((S + 1) reduction^s / (s + 1)) candidates.
    """
    count = len(rungs.levels)
    shares = [-(-count * rungs.reduction**climb // (climb + 1)) for climb in reversed(range(count))]
    return min(range(count), key=lambda first: ((filled[rungs.levels[first]] + 1) / shares[first], first))


def _promotion(
    trials: Sequence[Trial], index: int, rungs: Rungs, levels: Sequence[Fidelity]
) -> tuple[Candidate, Fidelity] | None:
    """The best trial of the highest rung that has one due, as a candidate of the next rung."""
    for level, above in reversed(list(itertools.pairwise(levels))):
        climbed = {key(t.candidate.params) for t in trials if t.fidelity == above}
        ended = [t for t in trials if t.fidelity == level and t.state != "running"]
        best = sorted((t for t in ended if t.state == "complete"), key=lambda t: (-t.score, t.candidate.index))
        for trial in best[: len(ended) // rungs.reduction]:
            if key(trial.candidate.params) not in climbed:
                parents = (trial.candidate.index,)
                return replace(trial.candidate, index=index, origin=PROMOTED, parents=parents), above
    return None

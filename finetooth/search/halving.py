"""Successive halving and Hyperband over rows or rounds: which trial is worth a higher fidelity.

Both are asynchronous (Li et al. 2020, arXiv 1810.05934): a candidate is promoted as soon as it is among the best of its
rung, without waiting for the rung to fill. Behind the deterministic window that depends on no order of arrival, so the
same seed gives the same trials.
"""

import itertools
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

from finetooth.errors import InputError
from finetooth.records import Candidate, Fidelity, Trial
from finetooth.search.candidates import SpaceExhausted, candidate_key
from finetooth.search.protocol import FULL, Propose, View
from finetooth.search.samplers import propose_random

PROMOTED = "promoted"
REDUCTION = 3
SMALLEST_SHARE = 1 / 9  # of the rows: below, a subset says little of the whole
FEWEST_ROUNDS = 5
MOST_RUNGS = 4


@dataclass(frozen=True, slots=True)
class Ladder:
    """The rungs of successive halving.

    `levels` are their fidelities, from cheap to full; one in `reduction` trials of a rung is promoted to the next.
    """

    levels: tuple[Fidelity, ...]
    reduction: int = REDUCTION

    def __post_init__(self) -> None:
        if len(self.levels) < 2 or len(set(self.levels)) < len(self.levels):
            raise InputError(f"a ladder must have two different rungs at least; got {list(self.levels)}.")
        if self.reduction < 2:
            raise InputError(f"the reduction must be at least 2; got {self.reduction}; 3 is usual.")


def default_ladder(full: Fidelity) -> Ladder:
    """The ladder below a full trial: over its rounds when it has some, else over its rows.

    Raises `InputError` when it has too few rounds for two rungs.
    """
    if full.rounds is None:
        return ladder_over_rows(full)
    if full.rounds < 2 * REDUCTION:
        raise InputError(
            f"a full trial must have at least {2 * REDUCTION} rounds for a ladder over rounds; got {full.rounds}; "
            "raise them, or leave the rounds out for a ladder over rows."
        )
    fewest = max(min(FEWEST_ROUNDS, full.rounds // REDUCTION), full.rounds // REDUCTION ** (MOST_RUNGS - 1))
    return ladder_over_rounds(full, fewest)


def ladder_over_rows(full: Fidelity = FULL, smallest: float = SMALLEST_SHARE, reduction: int = REDUCTION) -> Ladder:
    """Rungs of rows, each `reduction` times the one before, from the share `smallest` of a full trial's up to all."""
    shares = [1.0]
    while shares[-1] / reduction >= smallest * (1 - 1e-9):
        shares.append(shares[-1] / reduction)
    return Ladder(tuple(replace(full, rows=full.rows * share) for share in reversed(shares)), reduction)


def ladder_over_rounds(full: Fidelity, fewest: int, reduction: int = REDUCTION) -> Ladder:
    """Rungs of boosting rounds, each `reduction` times the one before, from about `fewest` up to a full trial's."""
    rounds = [full.rounds or 1]
    while rounds[-1] // reduction >= fewest:
        rounds.append(rounds[-1] // reduction)
    return Ladder(tuple(replace(full, rounds=count) for count in reversed(rounds)), reduction)


def propose_halving(view: View, ladder: Ladder | None = None, base: Propose = propose_random) -> Candidate:
    """The next trial of successive halving: a promotion if one is due, else a new candidate of `base` at the bottom.

    Trials under way are not promoted yet. When `base` has nothing new left, the best of each rung climb until all are
    at the top. Raises `SpaceExhausted`.
    """
    ladder = ladder or default_ladder(view.full)
    promotion = _promotion(view.trials, view.index, ladder.levels, ladder.reduction)
    if promotion is not None:
        return promotion
    try:
        return replace(base(view), fidelity=ladder.levels[0])
    except SpaceExhausted:
        return _last_climb(view.trials, view.index, ladder.levels)


def propose_hyperband(view: View, ladder: Ladder | None = None, base: Propose = propose_random) -> Candidate:
    """The next trial of Hyperband (Li et al. 2018): brackets of halving that start at different rungs, side by side.

    New candidates are dealt to the brackets in the proportion in which Hyperband fills them; otherwise as
    `propose_halving`.
    """
    ladder = ladder or default_ladder(view.full)
    starts = _first_fidelities(view.trials)
    for first in range(len(ladder.levels) - 1):
        bracket = [t for t in view.trials if starts[candidate_key(t.candidate)] == ladder.levels[first]]
        promotion = _promotion(bracket, view.index, ladder.levels[first:], ladder.reduction)
        if promotion is not None:
            return promotion
    level = ladder.levels[_next_bracket(Counter(starts.values()), ladder)]
    try:
        return replace(base(view), fidelity=level)
    except SpaceExhausted:
        return _last_climb(view.trials, view.index, ladder.levels)


def _first_fidelities(trials: Sequence[Trial]) -> dict[Hashable, Fidelity]:
    """The fidelity at which each candidate was first tried."""
    fidelities: dict[Hashable, Fidelity] = {}
    for trial in trials:
        fidelities.setdefault(candidate_key(trial.candidate), trial.fidelity)
    return fidelities


def _next_bracket(counts: Counter[Fidelity], ladder: Ladder) -> int:
    """The bracket that is furthest behind its share, the lowest of equals.

    Of S + 1 brackets, the one that climbs s rungs takes ceil((S + 1) reduction^s / (s + 1)) candidates.
    """
    count = len(ladder.levels)
    shares = [-(-count * ladder.reduction**climb // (climb + 1)) for climb in reversed(range(count))]
    return min(range(count), key=lambda first: ((counts[ladder.levels[first]] + 1) / shares[first], first))


def _promotion(trials: Sequence[Trial], index: int, levels: Sequence[Fidelity], reduction: int) -> Candidate | None:
    """The best trial of the highest rung that has one due, as a candidate of the next rung."""
    for level, above in reversed(list(itertools.pairwise(levels))):
        promoted = {candidate_key(t.candidate) for t in trials if t.fidelity == above}
        ended = [t for t in trials if t.fidelity == level and t.state != "running"]
        best = sorted((t for t in ended if t.state == "complete"), key=lambda t: (-t.score, t.candidate.index))
        for trial in best[: len(ended) // reduction]:
            if candidate_key(trial.candidate) not in promoted:
                return Candidate(index, trial.candidate.params, PROMOTED, (trial.candidate.index,), above)
    return None


def _last_climb(trials: Sequence[Trial], index: int, levels: Sequence[Fidelity]) -> Candidate:
    """A promotion that is not due, for when nothing new is left; `SpaceExhausted` when none can be made."""
    promotion = _promotion(trials, index, levels, 1)
    if promotion is None:
        raise SpaceExhausted(
            f"a search must have a candidate that can climb; all {len(trials)} are tried as far as they go; "
            "ask for fewer trials or widen the space."
        )
    return promotion

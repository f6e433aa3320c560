"""What trials cost, in full fits: deterministic, whatever the machine.

One is a trial that sees all rows, all folds and all rounds of the search. The cost of a trial is its share of the rows
times its share of the folds times its share of the rounds (for models that train on, of the rounds that it adds).
"""

from collections.abc import Sequence

from finetooth.models.segments import GOES_ON
from finetooth.records import Candidate, Fidelity, Trial
from finetooth.trials.comparable import run_here

ROUNDS = 500  # of a full trial that does not say
_ROUNDING = 1e-9


def cost(fidelity: Fidelity, full: Fidelity) -> float:
    """The cost of one trial, in trials at `full`."""
    return fidelity.rows / full.rows * (fidelity.folds / full.folds) * _rounds_share(fidelity, full)


def spent(trials: Sequence[Trial], full: Fidelity) -> float:
    """What all trials cost, those under way included. One that skipped folds costs those that it was scored on."""
    rounds = {trial.candidate.index: trial.fidelity.rounds or 0 for trial in trials}
    return sum(_spent_by(trial, full, rounds) for trial in run_here(trials))


def leaves_room(budget: float, used: float, next_cost: float = 1.0) -> bool:
    """Whether a budget leaves room for a trial of cost `next_one`."""
    return used + next_cost <= budget + _ROUNDING


def _spent_by(trial: Trial, full: Fidelity, rounds: dict[int, int]) -> float:
    whole = cost(trial.fidelity, full)
    if trial.state == "pruned" and trial.scores:
        return whole * len(trial.scores) / trial.fidelity.folds
    return whole * _added(trial.candidate, trial.fidelity, rounds)


def _added(candidate: Candidate, fidelity: Fidelity, rounds: dict[int, int]) -> float:
    """The share of its rounds that a trial adds to the model that it continues."""
    if candidate.origin not in GOES_ON or not fidelity.rounds or not candidate.parents:
        return 1.0
    return max(fidelity.rounds - rounds.get(candidate.parents[0], 0), 0) / fidelity.rounds


def _rounds_share(fidelity: Fidelity, full: Fidelity) -> float:
    return 1.0 if fidelity.rounds is None else min(1.0, fidelity.rounds / (full.rounds or ROUNDS))

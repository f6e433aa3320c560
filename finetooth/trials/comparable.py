"""Which trials may be compared? Those at the highest fidelity, since scores at different ones differ in level."""

import math
from collections.abc import Iterable, Sequence

from finetooth.records import Fidelity, Trial

TAKEN_OVER = "run in the coarse stage"


def extent(fidelity: Fidelity) -> tuple[float, float, int]:
    """What orders fidelities: the share of rows, the rounds (all of them last), the folds."""
    return fidelity.rows, math.inf if fidelity.rounds is None else fidelity.rounds, fidelity.folds


def comparable(trials: Iterable[Trial]) -> tuple[Trial, ...]:
    """The completed trials at the highest fidelity that completed, in the order given."""
    complete = [trial for trial in trials if trial.state == "complete"]
    most = max((extent(trial.fidelity) for trial in complete), default=None)
    return tuple(trial for trial in complete if extent(trial.fidelity) == most)


def ranked(trials: Iterable[Trial]) -> list[Trial]:
    """Each set of parameters once, by its completed trial at the highest fidelity: those that saw most first.

    Within a fidelity the best comes first, and the earlier of equals.
    """
    complete = [trial for trial in trials if trial.state == "complete"]
    complete.sort(key=lambda trial: (*(-part for part in extent(trial.fidelity)), -trial.score, trial.candidate.index))
    first: dict[str, Trial] = {}
    for trial in complete:
        first.setdefault(trial.candidate.digest, trial)
    return list(first.values())


def is_taken_over(trial: Trial) -> bool:
    """Whether the trial is a copy of one that an earlier stage ran: it cost nothing here."""
    return trial.reason.startswith(TAKEN_OVER)


def run_here(trials: Sequence[Trial]) -> tuple[Trial, ...]:
    """The trials without those that were taken over from an earlier stage."""
    return tuple(trial for trial in trials if not is_taken_over(trial))

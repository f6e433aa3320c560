"""The coarse stage's own rules: whom it promotes early, and when it widens its subset of the rows or is left.

All of them are pure functions of the trials seen, so that the window makes them the same for any number of workers.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from finetooth.records import Candidate, Fidelity, Trial
from finetooth.trials.agreement import Agreement, measure, subset_share
from finetooth.trials.comparable import TAKEN_OVER

EVERY = 4  # one trial in so many is a promotion
CHOICE = 3  # candidates of which the best is promoted, at least
MOST = 0.5  # of the rows: a larger subset saves too little
PROMOTED = "promoted"
WIDENED = "widened"


@dataclass(frozen=True, slots=True)
class Rules:
    """What a coarse search goes by: its first subset, what a full trial sees, and the default parameters."""

    subset: Fidelity
    full: Fidelity
    default: Candidate

    def next_candidate(self, trials: Sequence[Trial], index: int) -> Candidate | None:
        """The stage's own next candidate: a promotion that is due, or one that tells how a wider subset agrees.

        None: the search method proposes. Only outcomes in `seen` count; trials under way are there as running.
        """
        promoted = {t.candidate.digest: t for t in trials if t.fidelity == self.full}
        next_fidelity = self.next_fidelity(trials)
        shared = {t.candidate.digest for t in trials if t.fidelity.rows == next_fidelity.rows}
        for key, trial in promoted.items():
            if key not in shared and trial.state == "complete":
                return Candidate(index, trial.candidate.params, WIDENED, (trial.candidate.index,), next_fidelity)
        if (index + 1) // EVERY <= len(promoted):
            return None
        if self.default.digest not in promoted:
            return replace(self.default, index=index, parents=(0,), fidelity=self.full)
        tried = (t for t in trials if t.state == "complete" and t.fidelity.rows == next_fidelity.rows)
        return self._best([t for t in tried if t.candidate.digest not in promoted], index)

    def _best(self, completed: Sequence[Trial], index: int) -> Candidate | None:
        if len(completed) < CHOICE:
            return None
        best = max(completed, key=lambda trial: (trial.score, -trial.candidate.index))
        return Candidate(index, best.candidate.params, PROMOTED, (best.candidate.index,), self.full)

    def next_fidelity(self, trials: Sequence[Trial]) -> Fidelity:
        """The subset of the next trial: twice the rows of the one before where that misled and may be widened."""
        rows = max(subset_share(trials) or 0.0, self.subset.rows)
        agreement = measure(trials, trials, rows)
        wider = agreement is not None and agreement.misleads and 2 * rows <= MOST
        return replace(self.subset, rows=2 * rows if wider else rows)

    def reason_to_end(self, trials: Sequence[Trial]) -> str | None:
        """Why the coarse search should end: its subset misleads, and a wider one would save too little."""
        agreement = measure(trials, trials, max(subset_share(trials) or 0.0, self.subset.rows))
        return (
            _misled(agreement) if agreement is not None and agreement.misleads and 2 * agreement.rows > MOST else None
        )


def _misled(agreement: Agreement) -> str:
    return f"{agreement.rows:.0%} of the rows do not rank candidates as all rows do ({agreement})"


def misled(coarse: Sequence[Trial]) -> bool:
    """Whether the coarse search ended with a subset that misleads."""
    agreement = measure(coarse, coarse)
    return agreement is not None and agreement.misleads


def skipped(subset: Fidelity, rows: int) -> str | None:
    """Why a coarse search has no point: its subset would be most of the rows."""
    if subset.rows <= MOST:
        return None
    return f"its subset would hold {subset.rows:.0%} of the {rows:,} rows, which saves too little"


def taken_over(coarse: Sequence[Trial], full: Fidelity, stage: str) -> tuple[Trial, ...]:
    """Copies of the coarse stage's full trials as the first of the next stage, the default before the others.

    They cost nothing there, and say so.
    """
    promoted = (trial for trial in coarse if trial.fidelity == full)
    done = sorted(promoted, key=lambda trial: (trial.candidate.origin != "default", trial.candidate.index))
    if not done or done[0].candidate.origin != "default":
        return ()  # the default comes first, and must be tried
    return tuple(
        replace(
            trial,
            stage=stage,
            candidate=Candidate(index, trial.candidate.params, trial.candidate.origin),
            seconds=0.0,
            worker="",
            reason="; ".join(filter(None, (TAKEN_OVER, trial.reason))),
        )
        for index, trial in enumerate(done)
    )

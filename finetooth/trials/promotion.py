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

    def own(self, seen: Sequence[Trial], index: int) -> Candidate | None:
        """The stage's own next candidate: a promotion that is due, or one that tells how a wider subset agrees.

        None: the search method proposes. Only outcomes in `seen` count; trials under way are there as running.
        """
        promoted = {t.candidate.digest: t for t in seen if t.fidelity == self.full}
        now = self.now(seen)
        known = {t.candidate.digest for t in seen if t.fidelity.rows == now.rows}
        for key, trial in promoted.items():
            if key not in known and trial.state == "complete":
                return Candidate(index, trial.candidate.params, WIDENED, (trial.candidate.index,), now)
        if (index + 1) // EVERY <= len(promoted):
            return None
        if self.default.digest not in promoted:
            return replace(self.default, index=index, parents=(0,), fidelity=self.full)
        tried = (t for t in seen if t.state == "complete" and t.fidelity.rows == now.rows)
        return self._best([t for t in tried if t.candidate.digest not in promoted], index)

    def _best(self, among: Sequence[Trial], index: int) -> Candidate | None:
        if len(among) < CHOICE:
            return None
        best = max(among, key=lambda trial: (trial.score, -trial.candidate.index))
        return Candidate(index, best.candidate.params, PROMOTED, (best.candidate.index,), self.full)

    def now(self, seen: Sequence[Trial]) -> Fidelity:
        """The subset of the next trial: twice the rows of the one before where that misled and may be widened."""
        rows = max(subset_share(seen) or 0.0, self.subset.rows)
        found = measure(seen, seen, rows)
        wider = found is not None and found.misleads and 2 * rows <= MOST
        return replace(self.subset, rows=2 * rows if wider else rows)

    def leave(self, seen: Sequence[Trial]) -> str | None:
        """Why the coarse search should end: its subset misleads, and a wider one would save too little."""
        found = measure(seen, seen, max(subset_share(seen) or 0.0, self.subset.rows))
        return _misled(found) if found is not None and found.misleads and 2 * found.rows > MOST else None


def _misled(found: Agreement) -> str:
    return f"{found.rows:.0%} of the rows do not rank candidates as all rows do ({found})"


def misled(coarse: Sequence[Trial]) -> bool:
    """Whether the coarse search ended with a subset that misleads."""
    found = measure(coarse, coarse)
    return found is not None and found.misleads


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

"""Racing: a trial that is too far behind the best one on its first folds is pruned.

All trials of a search meet the same folds, so that a fold's difficulty drops out of the difference to another trial:
what is left varies little from fold to fold, and one fold tells much.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from finetooth.records import Fidelity, Trial

LEAST_TRIALS = 4  # with fewer, nothing is known of the spread
# Standard deviations of a fold's difference to the best trial. Replayed on eleven searches of xgboost (adult, phoneme,
# California housing; 12 to 80 trials): at 1.5 the best that was left had rank 4 of 80, for 1 to 23 % of the time; at 1
# ranks 4 of 80 and 4 of 17, for up to 31 %; at .5 the best trial of one search was left.
MARGIN = 1.5


@dataclass(frozen=True, slots=True)
class RacingThreshold:
    """What a trial must come near on its first folds.

    `scores` are the best trial's, one a fold, on the rows that `folds` names; `margin` is how far behind is too far on
    one fold. It is fixed when a candidate is proposed, so that it does not depend on which trial ends first.
    """

    scores: tuple[float, ...]
    margin: float
    folds: tuple[str, ...]

    def reason_to_prune(self, scores: Sequence[float], folds: Sequence[str]) -> str | None:
        """Why a trial with these scores on its first folds cannot win, or None; on other rows nothing is known."""
        count = len(scores)
        if tuple(folds[:count]) != self.folds[:count] or count == 0:
            return None
        gap = float(np.mean(self.scores[:count]) - np.mean(scores))
        margin = self.margin / count**0.5
        if not gap > margin:
            return None
        return (
            f"{gap:.4g} behind the best trial on its first {count} of {len(self.folds)} folds; {margin:.4g} is too far"
        )

    def is_out_of_reach(self, before: float, now: float, spans: float) -> bool:
        """Whether a first fold whose score rose from `before` to `now` will miss the threshold.

        It does if it misses it after `spans` more times that long at the same slope: learning curves flatten.
        """
        return now + max(now - before, 0.0) * spans < self.scores[0] - self.margin


def racing_threshold(trials: Sequence[Trial], fidelity: Fidelity) -> RacingThreshold | None:
    """The threshold for a candidate that is tried at `fidelity`, from the trials so far; None while they are too few.

    Only complete trials at that fidelity and on the same folds count. The spread is that of single folds' differences
    to the best, over the better half of them: bad trials differ from fold to fold in ways of their own.
    """
    done = [t for t in trials if t.state == "complete" and t.fidelity == fidelity and len(t.scores) > 1 and t.folds]
    done = [t for t in done if t.folds == done[0].folds]
    if len(done) < LEAST_TRIALS:
        return None
    ranked = sorted(done, key=lambda t: (-t.score, t.candidate.index))
    best, *better = ranked[: max(LEAST_TRIALS, len(ranked) // 2)]
    gaps = np.array([np.subtract(best.scores, t.scores) for t in better])
    # One fold against the mean of all: the spread of what a single fold says of the whole difference.
    spread = float(np.sqrt(gaps.var(axis=1, ddof=1).mean()))
    return RacingThreshold(best.scores, MARGIN * spread, best.folds) if spread > 0 else None

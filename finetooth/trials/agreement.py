"""Does a subset of the rows rank candidates as all rows do? Measured on the candidates that were tried on both."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from finetooth.records import Trial

ENOUGH = 4  # pairs before the agreement decides anything
LOW = 0.3
HIGH = 0.7
# Simulated (normal scores, promotions of the best behind a window of 8, four to ten pairs): a subset whose scores
# correlate .95 with the truth falls below .3 in 4 % of the searches, one with .8 in 14 %, one with .2 in 57-68 %. Four
# pairs tell as much as five do; with three, the rank can only be -1, -.5, .5 or 1.


@dataclass(frozen=True, slots=True)
class Agreement:
    """Spearman's rank correlation between the subset and all rows, over so many pairs; `rows` is the subset's share.

    `rank` is NaN where the scores of one side are all alike.
    """

    rank: float
    pairs: int
    rows: float

    @property
    def misleads(self) -> bool:
        """Whether the subset clearly does not rank candidates as all rows do."""
        return self.pairs >= ENOUGH and self.rank < LOW

    @property
    def words(self) -> str:
        """How the subset stands to all rows, as a verb."""
        if self.rank >= LOW:
            return "agrees with" if self.rank >= HIGH else "roughly agrees with"
        return "misleads about" if self.misleads else "may not agree with"  # few candidates do not tell

    def __str__(self) -> str:
        return f"Spearman {self.rank:.2f} over {self.pairs} candidates"


def subset_share(trials: Sequence[Trial]) -> float | None:
    """The largest share of the rows below all of them that a trial saw; None when all saw all rows."""
    return max((trial.fidelity.rows for trial in trials if trial.fidelity.rows < 1), default=None)


def pairs(subset: Sequence[Trial], whole: Sequence[Trial], rows: float | None = None) -> list[tuple[Trial, Trial]]:
    """The completed trials of candidates that were tried on a share of the rows and on all of them.

    `rows` is the share; None for the largest below 1 that `subset` tried. In the order of `whole`.
    """
    rows = subset_share(subset) if rows is None else rows
    low = {t.candidate.digest: t for t in subset if t.state == "complete" and t.fidelity.rows == rows}
    high = {t.candidate.digest: t for t in whole if t.state == "complete" and t.fidelity.rows == 1}
    return [(low[digest], trial) for digest, trial in high.items() if digest in low]


def measure(subset: Sequence[Trial], whole: Sequence[Trial], rows: float | None = None) -> Agreement | None:
    """The agreement over all pairs; None with fewer than three."""
    shared = pairs(subset, whole, rows)
    if len(shared) < 3:
        return None
    rank = _spearman([low.score for low, _ in shared], [high.score for _, high in shared])
    return Agreement(rank, len(shared), shared[0][0].fidelity.rows)


def _spearman(left: Sequence[float], right: Sequence[float]) -> float:
    """Spearman's rank correlation; NaN where one side is constant."""
    if len(set(left)) < 2 or len(set(right)) < 2:
        return math.nan
    from scipy.stats import spearmanr

    # Correlations of few ranks are simple fractions: rounding keeps .3 and .7 on their bounds, and turns -0 into 0.
    return round(float(spearmanr(left, right).statistic), 12) + 0.0

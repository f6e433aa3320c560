"""What a search has seen: genes and scores that can be compared across fidelities."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from finetooth.records import Trial
from finetooth.search.encoding import Matrix, Places, genes_of
from finetooth.space import Space

MOST = 240  # trials that a surrogate is fitted on


@dataclass(frozen=True, slots=True)
class Scored:
    """Trials with an outcome, oldest first, those of the earlier search before this one's.

    `genes` (trials, genes); `scores` (trials,) are normal scores of the ranks within a fidelity; `rows` (trials,) the
    share of rows each saw and `target` that of this search; `indices` (trials,) are those of this search, -1 for the
    earlier one's, of which there are `earlier`.
    """

    genes: Matrix
    scores: Matrix
    rows: Matrix
    target: float
    indices: Places
    earlier: int

    def lineage(self, places: Sequence[int] | Places) -> tuple[int, ...]:
        """The trials of this search among `places`, each once."""
        return tuple(sorted({int(self.indices[place]) for place in places} - {-1}))

    def fertile(self, ages: int, fitness: Matrix, leaders: int) -> Places:
        """Places of the trials that may have offspring: the `ages` newest and the `leaders` best.

        Older ones retire (Real et al. 2019), so that one lucky score does not father everything.
        """
        newest = np.arange(max(0, len(fitness) - ages), len(fitness))
        return np.union1d(newest, np.argsort(-fitness, kind="stable")[:leaders])


def scored(space: Space, trials: Sequence[Trial], prior: Sequence[Trial]) -> Scored:
    """The trials that have an outcome, failed ones as the worst; at most 240: the best half and the newest half."""
    earlier = [trial for trial in prior if trial.state != "running"]
    done = [trial for trial in trials if trial.state != "running"]
    everything = [*earlier, *done]
    fidelities = [trial.fidelity for trial in everything]
    scores = np.zeros(len(everything))
    for fidelity in dict.fromkeys(fidelities):
        places = [place for place, other in enumerate(fidelities) if other == fidelity]
        scores[places] = normal_scores([everything[place].score for place in places])
    kept = _kept(scores)
    rows = np.array([fidelity.rows for fidelity in fidelities])[kept]
    indices = np.array([-1] * len(earlier) + [trial.candidate.index for trial in done], dtype=int)[kept]
    genes = genes_of(space, [everything[place] for place in kept])
    target = trials[-1].fidelity.rows if trials else 1.0
    return Scored(genes, scores[kept], rows, target, indices, len(earlier))


def normal_scores(values: Sequence[float]) -> Matrix:
    """The normal quantiles of the ranks of `values`, ties sharing their middle; minus infinity is the worst."""
    from scipy.special import ndtri
    from scipy.stats import rankdata

    return np.asarray(ndtri((rankdata(values) - 0.5) / len(values)), float)


def _kept(scores: Matrix) -> Places:
    if len(scores) <= MOST:
        return np.arange(len(scores))
    newest = np.arange(len(scores) - MOST // 2, len(scores))
    older = np.argsort(-scores[: newest[0]], kind="stable")[: MOST - len(newest)]
    return np.union1d(older, newest)

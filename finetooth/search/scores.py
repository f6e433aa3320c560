"""What a search has seen: genes and scores that can be compared across fidelities."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from finetooth.domains.space import Space
from finetooth.records import Fidelity, Trial
from finetooth.search.candidates import key_of
from finetooth.search.encoding import Matrix, Places, genes_of

RANKED = frozenset({"complete", "pruned"})
MOST = 240  # trials that a surrogate is fitted on


@dataclass(frozen=True, slots=True)
class Scored:
    """Completed and pruned trials, oldest first, those of the earlier search before this one's.

    `genes` (trials, genes); `scores` (trials,) are those of `comparable_scores`; `shares` (trials,) say how
    much of the rows and rounds each saw, and `target` the most in this search; `indices` (trials,) are those of
    this search, -1 for the earlier one's, of which there are `earlier`. `failed` (n, genes) are trials without a score.
    """

    genes: Matrix
    scores: Matrix
    shares: Matrix
    target: float
    indices: Places
    earlier: int
    failed: Matrix

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
    """What the trials tell; of more than 240 with a rank, the newest half and the best of the others.

    A pruned trial ranks by the folds that it was tried on; a failed one says nothing but that it failed.
    """
    earlier = [trial for trial in prior if trial.state in RANKED]
    done = [*earlier, *(trial for trial in trials if trial.state in RANKED)]
    failed = [trial for trial in (*prior, *trials) if trial.state == "failed"]
    scores = comparable_scores(done)
    kept = _kept(scores)
    chosen = [done[place] for place in kept]
    most = most_rounds((*earlier, *trials))
    return Scored(
        genes=genes_of(space, chosen),
        scores=scores[kept],
        shares=np.array([share(trial.fidelity, most) for trial in chosen]),
        target=max((share(fidelity, most) for fidelity in _fidelities(trials)), default=1.0),
        indices=np.where(kept < len(earlier), -1, [trial.candidate.index for trial in chosen]),
        earlier=len(earlier),
        failed=genes_of(space, failed[-MOST:]),
    )


def comparable_scores(done: Sequence[Trial]) -> Matrix:
    """Scores (trials,) of completed trials on one scale: normal scores of the ranks within each fidelity.

    A fidelity is shifted until the candidates that it shares with earlier ones have the same mean there: those that
    were promoted are the best of many, and their middle one is not a middling candidate.
    """
    different = _fidelities(done)
    if len(different) == 1:
        return normal_scores(standings(done))
    scores = np.zeros(len(done))
    placed: dict[Hashable, float] = {}
    for fidelity in different:
        places = [place for place, trial in enumerate(done) if trial.fidelity == fidelity]
        keys = [key_of(done[place].candidate) for place in places]
        values = normal_scores(standings([done[place] for place in places]))
        shifts = [placed[one] - value for one, value in zip(keys, values.tolist(), strict=True) if one in placed]
        scores[places] = values + (np.mean(shifts) if shifts else 0.0)
        placed |= dict(zip(keys, scores[places].tolist(), strict=True))
    return scores


def standings(trials: Sequence[Trial]) -> list[float]:
    """Scores (trials,) of one fidelity, a pruned trial's as far from the best as on the folds that both were tried on.

    Minus infinity where they have no folds in common.
    """
    if all(trial.state != "pruned" for trial in trials):
        return [trial.score for trial in trials]
    complete = [trial for trial in trials if trial.state == "complete"]
    best = max(complete, key=lambda trial: trial.score, default=None)

    def standing(trial: Trial) -> float:
        seen = len(trial.scores)
        if trial.state != "pruned" or best is None or not trial.folds or trial.folds != best.folds[:seen]:
            return trial.score
        return best.score + float(np.mean(trial.scores) - np.mean(best.scores[:seen]))

    return [standing(trial) for trial in trials]


def normal_scores(values: Sequence[float]) -> Matrix:
    """The normal quantiles of the ranks of `values`, ties sharing their middle; minus infinity is the worst."""
    from scipy.special import ndtri
    from scipy.stats import rankdata

    return np.asarray(ndtri((rankdata(values) - 0.5) / len(values)), float)


def telling(trials: Sequence[Trial]) -> list[Trial]:
    """At most 240 trials with an outcome, as a surrogate reads them, and those under way."""
    ended = [trial for trial in trials if trial.state != "running"]
    kept = {ended[place].candidate.index for place in _kept(np.array([trial.score for trial in ended]))}
    return [trial for trial in trials if trial.state == "running" or trial.candidate.index in kept]


def share(fidelity: Fidelity, most: int) -> float:
    """How much a trial saw, in (0, 1]: the share of rows times that of `most` rounds."""
    return fidelity.rows * (1.0 if fidelity.rounds is None else fidelity.rounds / most)


def most_rounds(trials: Sequence[Trial]) -> int:
    """The most rounds that a trial names; 1 when none does."""
    return max((fidelity.rounds or 1 for fidelity in _fidelities(trials)), default=1)


def _fidelities(trials: Iterable[Trial]) -> list[Fidelity]:
    """The different fidelities of trials, in the order of their first ones."""
    # Neighbours are mostly alike, and comparing is faster than hashing.
    return list(dict.fromkeys(fidelity for fidelity, _ in groupby(trial.fidelity for trial in trials)))


def _kept(scores: Matrix) -> Places:
    if len(scores) <= MOST:
        return np.arange(len(scores))
    newest = np.arange(len(scores) - MOST // 2, len(scores))
    older = np.argsort(-scores[: newest[0]], kind="stable")[: MOST - len(newest)]
    return np.union1d(older, newest)

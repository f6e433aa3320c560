"""What a surrogate is told of the trials: their genes, and scores that can be compared across fidelities."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from finetooth.domains.space import Space
from finetooth.records import Fidelity, Trial
from finetooth.search.candidates import candidate_key
from finetooth.search.encoding import Indices, Matrix, genes_of

RANKED = frozenset({"complete", "pruned"})
MOST_TRIALS = 240  # that a surrogate is fitted on


@dataclass(frozen=True, slots=True)
class Observations:
    """Completed and pruned trials as rows of arrays, oldest first, those of the earlier search before this one's.

    `genes` (rows, genes); `scores` (rows,) are those of `comparable_scores`; `shares` (rows,) say how much of the data
    and of the rounds each trial saw, and `full_share` the most in this search; `trial_indices` (rows,) are those of
    this search, -1 for the earlier one's. `prior_count` is the number of ranked trials of the earlier search. `failed`
    (n, genes) are trials without a score.
    """

    genes: Matrix
    scores: Matrix
    shares: Matrix
    full_share: float
    trial_indices: Indices
    prior_count: int
    failed: Matrix

    def trials_at(self, rows: Sequence[int] | Indices) -> tuple[int, ...]:
        """The indices of the trials in `rows`, each once, without those of the earlier search."""
        return tuple(sorted({int(self.trial_indices[row]) for row in rows} - {-1}))


def observe(space: Space, trials: Sequence[Trial], prior: Sequence[Trial]) -> Observations:
    """The trials with an outcome; of more than 240 with a rank, the newest half and the best of the others.

    A pruned trial ranks by the folds that it was tried on; a failed one says nothing but that it failed.
    """
    earlier = [trial for trial in prior if trial.state in RANKED]
    done = [*earlier, *(trial for trial in trials if trial.state in RANKED)]
    failed = [trial for trial in (*prior, *trials) if trial.state == "failed"]
    scores = comparable_scores(done)
    rows = _limit_rows(scores)
    chosen = [done[row] for row in rows]
    most = most_rounds((*earlier, *trials))
    return Observations(
        genes=genes_of(space, chosen),
        scores=scores[rows],
        shares=np.array([fidelity_share(trial.fidelity, most) for trial in chosen]),
        full_share=max((fidelity_share(fidelity, most) for fidelity in _distinct_fidelities(trials)), default=1.0),
        trial_indices=np.where(rows < len(earlier), -1, [trial.candidate.index for trial in chosen]),
        prior_count=len(earlier),
        failed=genes_of(space, failed[-MOST_TRIALS:]),
    )


def comparable_scores(done: Sequence[Trial]) -> Matrix:
    """Scores (trials,) of completed trials on one scale: normal scores of the ranks within each fidelity.

    A fidelity is shifted until the candidates that it shares with earlier ones have the same mean there: those that
    were promoted are the best of many, and their middle one is not a middling candidate.
    """
    fidelities = _distinct_fidelities(done)
    if len(fidelities) == 1:
        return normal_scores(imputed_scores(done))
    scores = np.zeros(len(done))
    score_of: dict[Hashable, float] = {}
    for fidelity in fidelities:
        rows = [row for row, trial in enumerate(done) if trial.fidelity == fidelity]
        keys = [candidate_key(done[row].candidate) for row in rows]
        values = normal_scores(imputed_scores([done[row] for row in rows]))
        shifts = [score_of[key] - value for key, value in zip(keys, values.tolist(), strict=True) if key in score_of]
        scores[rows] = values + (np.mean(shifts) if shifts else 0.0)
        score_of |= dict(zip(keys, scores[rows].tolist(), strict=True))
    return scores


def imputed_scores(trials: Sequence[Trial]) -> list[float]:
    """Scores (trials,) of one fidelity, a pruned trial's as far from the best as on the folds that both were tried on.

    Minus infinity where they have no folds in common.
    """
    if all(trial.state != "pruned" for trial in trials):
        return [trial.score for trial in trials]
    complete = [trial for trial in trials if trial.state == "complete"]
    best = max(complete, key=lambda trial: trial.score, default=None)

    def imputed(trial: Trial) -> float:
        count = len(trial.scores)
        if trial.state != "pruned" or best is None or not trial.folds or trial.folds != best.folds[:count]:
            return trial.score
        return best.score + float(np.mean(trial.scores) - np.mean(best.scores[:count]))

    return [imputed(trial) for trial in trials]


def normal_scores(values: Sequence[float]) -> Matrix:
    """The normal quantiles of the ranks of `values`, ties sharing their middle; minus infinity is the worst."""
    from scipy.special import ndtri
    from scipy.stats import rankdata

    return np.asarray(ndtri((rankdata(values) - 0.5) / len(values)), float)


def limit_trials(trials: Sequence[Trial]) -> list[Trial]:
    """All trials that are running and at most 240 with an outcome: the newest and, of the older ones, the best."""
    ended = [trial for trial in trials if trial.state != "running"]
    chosen = {ended[row].candidate.index for row in _limit_rows(np.array([trial.score for trial in ended]))}
    return [trial for trial in trials if trial.state == "running" or trial.candidate.index in chosen]


def fidelity_share(fidelity: Fidelity, most: int) -> float:
    """How much a trial saw, in (0, 1]: the share of rows times that of `most` rounds."""
    return fidelity.rows * (1.0 if fidelity.rounds is None else fidelity.rounds / most)


def most_rounds(trials: Sequence[Trial]) -> int:
    """The most rounds that a trial names; 1 when none does."""
    return max((fidelity.rounds or 1 for fidelity in _distinct_fidelities(trials)), default=1)


def _distinct_fidelities(trials: Iterable[Trial]) -> list[Fidelity]:
    """The different fidelities of trials, in the order of their first ones."""
    # Neighbours are mostly alike, and comparing is faster than hashing.
    return list(dict.fromkeys(fidelity for fidelity, _ in groupby(trial.fidelity for trial in trials)))


def _limit_rows(scores: Matrix) -> Indices:
    """All rows of `scores` while they are few, later the newest and, of the older ones, the best."""
    if len(scores) <= MOST_TRIALS:
        return np.arange(len(scores))
    newest = np.arange(len(scores) - MOST_TRIALS // 2, len(scores))
    older = np.argsort(-scores[: newest[0]], kind="stable")[: MOST_TRIALS - len(newest)]
    return np.union1d(older, newest)

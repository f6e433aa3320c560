"""The best candidates and the default again, on fresh folds with fresh seeds; and the choice among them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from finetooth.errors import FinetoothError
from finetooth.records import Candidate, Fidelity, Params, Trial
from finetooth.statistics import standard_error
from finetooth.trials.comparable import ranked
from finetooth.trials.evaluate import Job
from finetooth.trials.loop import run_all
from finetooth.trials.study import Study
from finetooth.verdict.selection import Floats, Selection, one_standard_error

STAGE = "replicate"
RACE = 2.0  # standard errors behind the best at which a finalist is out


@dataclass(frozen=True, slots=True)
class Finalists:
    """The candidates that are replicated: the default first, then the best of the search, rounds frozen.

    `searched` holds the search score of each: what the search promised. It is NaN where that cannot be compared,
    since the search tried the candidate at a lower fidelity than the best of it.
    """

    candidates: tuple[Candidate, ...]
    searched: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Replicated:
    """What replication decided. `scores` (candidates, repeats, folds): failed candidates are left out of it."""

    winner: Candidate
    default: Candidate
    selection: Selection
    scores: tuple[tuple[tuple[float, ...], ...], ...]
    search_score: float
    search_default: float
    confirmed: float
    confirmed_default: float
    folds: int

    @property
    def keeps_default(self) -> bool:
        """Whether no candidate was better than the default beyond the noise."""
        return self.winner.index == self.default.index


def finalists(refined: Sequence[Trial], most: int) -> Finalists:
    """The default and the `most` best of the refinement, each set of parameters once.

    Those that saw most come first, then the order is that of their scores.
    """
    if refined[0].state != "complete":
        raise FinetoothError(f"the default parameters must fit, to compare with; they failed: {refined[0].reason}")
    best = ranked(refined)
    highest = next(t for t in best if t.candidate.digest == refined[0].candidate.digest)
    default = refined[0] if refined[0].fidelity == highest.fidelity else highest
    chosen: dict[str, tuple[Candidate, float]] = {}
    for trial in (default, *(t for t in best if t is not default)):
        candidate = Candidate(len(chosen), trial.params, trial.candidate.origin, (trial.candidate.index,))
        score = trial.score if trial.fidelity == best[0].fidelity else math.nan
        chosen.setdefault(candidate.digest, (candidate, score))
        if len(chosen) > most:
            break
    return Finalists(tuple(c for c, _ in chosen.values()), tuple(score for _, score in chosen.values()))


def replicate(study: Study, entered: Finalists, repeat: int) -> tuple[Trial, ...]:
    """All finalists on one fresh shuffle of the folds, with fresh seeds."""
    fidelity = Fidelity(1.0, study.config.replicate.folds)
    jobs = [
        Job(
            STAGE,
            candidate,
            fidelity,
            study.data,
            study.family.learner,
            study.metric.name,
            study.config.seed,
            repeat,
            watch=False,
        )
        for candidate in entered.candidates
    ]
    return run_all(jobs, study.executor, study.journal, study.callback)


def still_in(entered: Finalists, repeats: Sequence[Sequence[Trial]]) -> Finalists:
    """The finalists that may still win: not more than two standard errors behind the best so far. The default stays.

    A repeat costs as much as a search, and most finalists are out of the race after the first.
    """
    scores = _by_candidate(entered, repeats)
    _check_default(scores, repeats)
    best = max(scores.values(), key=lambda folds: float(folds.mean()))
    kept = [i for i, folds in scores.items() if i == 0 or _behind(best, folds) <= RACE]
    return Finalists(
        tuple(c for c in entered.candidates if c.index in kept),
        tuple(s for c, s in zip(entered.candidates, entered.searched, strict=True) if c.index in kept),
    )


def select(entered: Finalists, repeats: Sequence[Sequence[Trial]]) -> Replicated:
    """Choose by the one-standard-error rule among those that completed every repeat. The default must have."""
    scores = _by_candidate(entered, repeats)
    _check_default(scores, repeats)
    place = {c.index: k for k, c in enumerate(entered.candidates)}
    whole = list(scores)
    costs = np.array([complexity(entered.candidates[place[i]].params) for i in whole])
    table = np.stack([scores[i] for i in whole])
    selection = one_standard_error(table, costs)
    winner = place[whole[selection.chosen]]
    return Replicated(
        winner=entered.candidates[winner],
        default=entered.candidates[place[0]],
        selection=selection,
        scores=tuple(tuple(map(tuple, candidate)) for candidate in table.tolist()),
        search_score=entered.searched[winner],
        search_default=entered.searched[place[0]],
        confirmed=float(table[selection.chosen].mean()),
        confirmed_default=float(table[0].mean()),
        folds=table.shape[2],
    )


def _by_candidate(entered: Finalists, repeats: Sequence[Sequence[Trial]]) -> dict[int, Floats]:
    """The scores (repeats, folds) of each finalist that completed every repeat, by its index."""
    complete = [{t.candidate.index: t.scores for t in trials if t.state == "complete"} for trials in repeats]
    return {
        c.index: np.array([of_repeat[c.index] for of_repeat in complete])
        for c in entered.candidates
        if all(c.index in of_repeat for of_repeat in complete)
    }


def _check_default(scores: dict[int, Floats], repeats: Sequence[Sequence[Trial]]) -> None:
    if 0 not in scores:
        failed = [t for trials in repeats for t in trials if t.candidate.index == 0 and t.state != "complete"]
        raise FinetoothError(f"the default parameters must fit, to compare with; they failed: {failed[0].reason}")


def _behind(best: Floats, folds: Floats) -> float:
    """How many standard errors of the paired difference a finalist lies behind the best."""
    difference = (best - folds).ravel()
    error = float(standard_error(difference))
    return float(difference.mean()) / error if error > 0 else 0.0


def complexity(params: Params) -> float:
    """The size of a model from its parameters alone: seconds would differ from one run to the next.

    Trees: how many times the most leaves of each; layers: the sum of their widths; others: 1.
    """
    trees = float(params.get("n_estimators") or params.get("max_iter") or 1)
    return trees * _leaves(params) * max(_widths(params), 1.0) if math.isfinite(trees) else 1.0


def _leaves(params: Params) -> float:
    depth = params.get("max_depth")
    leaves = params.get("max_leaves") or params.get("max_leaf_nodes")
    if not depth and not leaves:
        return 1.0
    deepest = min(float(depth or 20), 20.0)
    return min(math.pow(2.0, deepest), float(leaves or 2**20))


def _widths(params: Params) -> float:
    return math.fsum(float(v) for k, v in params.items() if k.startswith("width_") and isinstance(v, int | float))

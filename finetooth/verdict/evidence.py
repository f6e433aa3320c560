"""What is measured next to the verdict: over- and underfitting, calibration, slices, the search score without its luck.

None of it decides. Scores are in the metric's own direction, and differences are positive when tuned, or the earlier
stage, is better.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from finetooth import seeds
from finetooth.details import (
    BiasCorrected,
    Calibration,
    Calibrations,
    Details,
    Incumbent,
    Monitor,
    SliceScores,
    StageScores,
)
from finetooth.metrics import Metric
from finetooth.records import Candidate, Finding, Trial
from finetooth.trials.comparable import comparable
from finetooth.verdict import diagnostics
from finetooth.verdict.dependence import Unit
from finetooth.verdict.diagnostics import Floats, Ints
from finetooth.verdict.replicate import Replicated
from finetooth.verdict.selection import bbc_cv

Side = Literal["tuned", "default"]
OVERTUNING = "overtuning"
TOO_MUCH = 2.0  # standard errors of a difference between stages that call for a warning


@dataclass(frozen=True, slots=True)
class SealedPredictions:
    """The sealed rows as they were predicted: `y` (n,), `tuned` and `default` (seeds, n) or (seeds, n, classes).

    `blocks` (n,) or None is what the interval draws as a whole, called `block_name`, and `time` (n,) or None orders the
    rows; `slices` names the part of each row (n,) by column;
    `probable` says that a classifier's predictions are probabilities.
    """

    y: Floats
    tuned: Floats
    default: Floats
    blocks: Ints | None
    slices: Mapping[str, NDArray[Any]]
    probable: bool
    time: Floats | None = None
    block_name: Unit = "group"

    def of(self, side: Side) -> Floats:
        """The predictions of one model."""
        return self.tuned if side == "tuned" else self.default


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is added to a verdict."""

    details: Details
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()


def gather_evidence(
    metric: Metric, refined: Sequence[Trial], chosen: Replicated, predictions: SealedPredictions, root: int
) -> Evidence:
    """All of it. `refined` are the trials of the refinement, `root` is the root seed."""
    monitored = monitor(metric, refined, chosen, predictions, root)
    details = Details(monitor=monitored, bbc_cv=bias_corrected(metric, refined, root))
    if predictions.probable:
        y, tuned, default = predictions.y, predictions.tuned, predictions.default
        calibrations = Calibrations(calibration_over_seeds(y, tuned), calibration_over_seeds(y, default))
        details = replace(details, calibration=calibrations)
    if predictions.slices:
        slices, left_out = slice_scores(metric, predictions, root)
        details = replace(details, slices=slices, slices_left_out=left_out)
    findings = () if chosen.keeps_default or monitored.tuned is None else overtuning(metric, monitored.tuned)
    return Evidence(details, findings, _tendency(metric, monitored.incumbents))


def monitor(
    metric: Metric, refined: Sequence[Trial], chosen: Replicated, predictions: SealedPredictions, root: int
) -> Monitor:
    """Each model's scores from training rows to sealed rows, and the incumbents of the refinement.

    Nothing is said of a model whose trial of the refinement is not among `refined`.
    """
    by_index = {trial.candidate.index: trial for trial in refined if trial.state == "complete"}
    rows: tuple[tuple[Side, Candidate, int], ...] = (
        ("tuned", chosen.winner, chosen.selection.chosen),
        ("default", chosen.default, 0),
    )
    followed: dict[Side, StageScores] = {}
    for side, candidate, row in rows:
        trial = by_index.get(candidate.parents[0]) if candidate.parents else None
        if trial is not None:
            followed[side] = _stage_scores(metric, trial, np.array(chosen.scores[row]).ravel(), predictions, side, root)
    return Monitor(incumbents(metric, refined), followed.get("tuned"), followed.get("default"))


def incumbents(metric: Metric, refined: Sequence[Trial]) -> tuple[Incumbent, ...]:
    """The best trial so far, each time another one takes the lead."""
    best, leaders = -np.inf, []
    for trial in sorted(comparable(refined), key=lambda trial: trial.candidate.index):
        if trial.score > best:
            best = trial.score
            train = float(np.mean(trial.train_scores)) if trial.train_scores else float("nan")
            leaders.append(Incumbent(trial.candidate.index, metric.sign * train, metric.sign * trial.score))
    return tuple(leaders)


def overtuning(metric: Metric, scores: StageScores) -> tuple[Finding, ...]:
    """A warning where the winner's search score is more than two standard errors better than later ones."""
    steps = (
        ("fresh folds", scores.confirmation, scores.to_confirmation, scores.to_confirmation_error),
        ("the sealed rows", scores.holdout, scores.to_holdout, scores.to_holdout_error),
    )
    losses = [
        f"{where} gave {score:.4g} ({lost:.4g} worse, {lost / error:.1f} standard errors)"
        for where, score, lost, error in steps
        if error > 0 and lost > TOO_MUCH * error
    ]
    if not losses:
        return ()
    return (
        Finding(
            check=OVERTUNING,
            severity="warning",
            columns=(),
            message=f"the search promised {metric.title} {scores.search:.4g}; {' and '.join(losses)}.",
            meaning="The search found what suits its own folds: the more candidates on few rows, the more of that.",
            remedy="Search with more rows or folds, or with fewer candidates; trust the sealed score alone.",
            evidence={"search": scores.search, "confirmation": scores.confirmation, "holdout": scores.holdout},
        ),
    )


def bias_corrected(metric: Metric, refined: Sequence[Trial], root: int) -> BiasCorrected | None:
    """The best search score, and what BBC-CV makes of it; None unless two candidates shared two folds or more."""
    shared = comparable(refined)
    if len(shared) < 2 or len(shared[0].scores) < 2:
        return None
    scores = np.array([trial.scores for trial in shared])
    corrected = bbc_cv(scores, rng=seeds.stream(root, "bbc_cv"))
    best = float(scores.mean(axis=1).max())
    return BiasCorrected(metric.sign * best, metric.sign * corrected, float(len(shared)))


def calibration_over_seeds(y: Floats, predicted: Floats) -> Calibration:
    """The Brier score, the expected calibration error and the calibration curve, over seeds.

    `predicted` (seeds, n) or (seeds, n, classes). Score and error are means over seeds; the curve pools the seeds,
    and its rows count each sealed row once. With more than two classes it is of the top label: the probability of
    the most probable class against how often it came, which needs no choice of a class and no bins in many
    dimensions (Guo et al. 2017; Gupta & Ramdas 2022 on its limits).
    """
    by_seed = [diagnostics.calibration(y, of_seed) for of_seed in predicted]
    pooled = diagnostics.calibration(np.tile(y, len(predicted)), np.concatenate(list(predicted)))
    return replace(
        pooled,
        brier=float(np.mean([each.brier for each in by_seed])),
        expected_error=float(np.mean([each.expected_error for each in by_seed])),
        curve=tuple(each._replace(rows=round(each.rows / len(predicted))) for each in pooled.curve),
    )


def slice_scores(metric: Metric, predictions: SealedPredictions, root: int) -> tuple[tuple[SliceScores, ...], int]:
    """The gain in each slice that is large enough, and how many are not."""
    slices = diagnostics.by_slice(
        metric,
        predictions.y,
        predictions.tuned,
        predictions.default,
        predictions.slices,
        blocks=predictions.blocks,
        time=predictions.time,
        rng=seeds.stream(root, "slices"),
    )
    scored = tuple(
        SliceScores(each.value, each.rows, each.tuned, each.default, each.interval.low, each.interval.high)
        for each in slices.scored
    )
    return scored, slices.left_out


def _stage_scores(
    metric: Metric, trial: Trial, confirmed: Floats, predictions: SealedPredictions, side: Side, root: int
) -> StageScores:
    predicted = predictions.of(side)
    scores = [metric.score(predictions.y, of_seed) for of_seed in predicted]
    error = diagnostics.score_error(
        metric,
        predictions.y,
        predicted[0],
        blocks=predictions.blocks,
        time=predictions.time,
        rng=seeds.stream(root, "monitor", side),
    )
    train = np.array(trial.train_scores or (float("nan"),))
    inner = diagnostics.stage_scores(train, np.array(trial.scores), confirmed, float(np.mean(scores)), error)
    return replace(
        inner,
        train=metric.sign * inner.train,
        search=metric.sign * inner.search,
        confirmation=metric.sign * inner.confirmation,
        holdout=metric.sign * inner.holdout,
    )


def _tendency(metric: Metric, leaders: Sequence[Incumbent]) -> tuple[str, ...]:
    """How the gap between training and search folds moved while the search score of the incumbent rose."""
    gaps = [metric.sign * (leader.train - leader.search) for leader in leaders]
    if len(gaps) < 2 or not np.isfinite(gaps).all():
        return ()
    gained = metric.sign * (leaders[-1].search - leaders[0].search)
    moved = gaps[-1] - gaps[0]
    way = "widened" if moved > 0 else "narrowed"
    more = "; it grew by more than the score did: the search moves towards overfitting" if moved > gained else ""
    rose = f"Over {len(leaders)} incumbents the search score improved by {gained:.4g}"
    gap = f"the gap from training rows to search folds {way} from {gaps[0]:.4g} to {gaps[-1]:.4g}"
    return (f"{rose}, and {gap}{more}.",)

"""What stands beside the verdict: over- and underfitting, calibration, slices, and the search score without its luck.

None of it decides. Scores are in the metric's own direction, and differences are positive when tuned, or the earlier
stage, is better.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from finetooth import seeds
from finetooth.leakage.structure import OVERTUNING
from finetooth.metrics import Metric
from finetooth.records import Candidate, Finding, Trial
from finetooth.trials.comparable import comparable
from finetooth.verdict import diagnostics
from finetooth.verdict.diagnostics import TOO_MUCH, Floats, Ints, Overfit
from finetooth.verdict.replicate import Replicated
from finetooth.verdict.selection import bbc_cv

Side = Literal["tuned", "default"]


@dataclass(frozen=True, slots=True)
class Held:
    """The sealed rows as they were predicted: `y` (n,), `tuned` and `default` (seeds, n) or (seeds, n, classes).

    `blocks` (n,) or None is what the interval draws as a whole; `slices` names the part of each row (n,) by column;
    `probable` says that a classifier's predictions are probabilities.
    """

    y: Floats
    tuned: Floats
    default: Floats
    blocks: Ints | None
    slices: Mapping[str, NDArray[Any]]
    probable: bool

    def predicted(self, side: Side) -> Floats:
        """The predictions of one model."""
        return self.tuned if side == "tuned" else self.default


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is added to a verdict."""

    extra: Mapping[str, Any] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()


def gather(metric: Metric, searched: Sequence[Trial], chosen: Replicated, held: Held, root: int) -> Evidence:
    """All of it. `searched` are the trials of the refinement, `root` is the root seed."""
    extra: dict[str, Any] = {}
    followed, findings, notes = monitor(metric, searched, chosen, held, root)
    extra["monitor"] = followed
    if (corrected := search_without_luck(metric, searched, root)) is not None:
        extra["bbc_cv"] = corrected
    if held.probable:
        extra["calibration"] = {side: calibration(held.y, held.predicted(side)) for side in ("tuned", "default")}
    if held.slices:
        extra["slices"], extra["slices_left_out"] = slices(metric, held, root)
    return Evidence(extra, findings, notes)


def monitor(
    metric: Metric, searched: Sequence[Trial], chosen: Replicated, held: Held, root: int
) -> tuple[dict[str, Any], tuple[Finding, ...], tuple[str, ...]]:
    """Each model's scores from training rows to sealed rows, the incumbent's gap through the refinement, a warning.

    Nothing is said of a model whose trial of the refinement is not among `searched`.
    """
    by_index = {trial.candidate.index: trial for trial in searched if trial.state == "complete"}
    followed: dict[str, Any] = {"incumbents": incumbents(metric, searched)}
    fits: dict[str, Overfit] = {}
    rows: tuple[tuple[Side, Candidate, int], ...] = (
        ("tuned", chosen.winner, chosen.selection.chosen),
        ("default", chosen.default, 0),
    )
    for side, candidate, place in rows:
        trial = by_index.get(candidate.parents[0]) if candidate.parents else None
        if trial is not None:
            fits[side] = _overfit(metric, trial, np.array(chosen.scores[place]).ravel(), held, side, root)
            followed[side] = _told(metric, fits[side])
    findings = () if chosen.keeps_default or "tuned" not in fits else overtuning(metric, fits["tuned"])
    notes = _tendency(metric, followed["incumbents"])
    return followed, findings, notes


def incumbents(metric: Metric, searched: Sequence[Trial]) -> list[list[float]]:
    """The best trial so far, each time another one takes the lead: its index, training score and search score."""
    lead, found = -np.inf, []
    for trial in sorted(comparable(searched), key=lambda trial: trial.candidate.index):
        if trial.score > lead:
            lead = trial.score
            train = float(np.mean(trial.train_scores)) if trial.train_scores else float("nan")
            found.append([trial.candidate.index, metric.sign * train, metric.sign * trial.score])
    return found


def overtuning(metric: Metric, fit: Overfit) -> tuple[Finding, ...]:
    """A warning where the winner's search score is more than two standard errors better than later ones."""
    steps = (
        ("fresh folds", fit.confirmation, fit.to_confirmation, fit.to_confirmation_error),
        ("the sealed rows", fit.holdout, fit.to_holdout, fit.to_holdout_error),
    )
    seen = [
        f"{where} gave {metric.sign * score:.4g} ({lost:.4g} worse, {lost / error:.1f} standard errors)"
        for where, score, lost, error in steps
        if error > 0 and lost > TOO_MUCH * error
    ]
    if not seen:
        return ()
    evidence = {"search": metric.sign * fit.search, "confirmation": metric.sign * fit.confirmation}
    return (
        Finding(
            check=OVERTUNING,
            severity="warning",
            columns=(),
            message=f"the search promised {metric.title} {metric.sign * fit.search:.4g}; {' and '.join(seen)}.",
            meaning="The search found what suits its own folds: the more candidates on few rows, the more of that.",
            remedy="Search with more rows or folds, or with fewer candidates; trust the sealed score alone.",
            evidence={**evidence, "holdout": metric.sign * fit.holdout},
        ),
    )


def search_without_luck(metric: Metric, searched: Sequence[Trial], root: int) -> dict[str, float] | None:
    """The best search score, and what BBC-CV makes of it; None unless two candidates shared two folds or more."""
    shared = comparable(searched)
    if len(shared) < 2 or len(shared[0].scores) < 2:
        return None
    scores = np.array([trial.scores for trial in shared])
    corrected = bbc_cv(scores, rng=seeds.stream(root, "bbc_cv"))
    best = float(scores.mean(axis=1).max())
    return {"best": metric.sign * best, "corrected": metric.sign * corrected, "candidates": float(len(shared))}


def calibration(y: Floats, predicted: Floats) -> dict[str, Any]:
    """The Brier score, the expected calibration error and the calibration curve, over seeds.

    `predicted` (seeds, n) or (seeds, n, classes). Score and error are means over seeds; the curve pools the seeds,
    and its rows count each sealed row once. With more than two classes it is of the top label: the probability of
    the most probable class against how often it came, which needs no choice of a class and no bins in many
    dimensions (Guo et al. 2017; Gupta & Ramdas 2022 on its limits).
    """
    each = [diagnostics.calibration(y, of_seed) for of_seed in predicted]
    pooled = diagnostics.calibration(np.tile(y, len(predicted)), np.concatenate(list(predicted)))
    return {
        "brier": float(np.mean([one.brier for one in each])),
        "expected_error": float(np.mean([one.expected_error for one in each])),
        "curve": [[part.predicted, part.observed, round(part.rows / len(predicted))] for part in pooled.curve],
        "form": "class 1" if predicted.ndim == 2 else "top label",
    }


def slices(metric: Metric, held: Held, root: int) -> tuple[list[dict[str, Any]], int]:
    """The gain in each slice that is large enough, and how many are not."""
    found = diagnostics.by_slice(
        metric,
        held.y,
        held.tuned,
        held.default,
        held.slices,
        blocks=held.blocks,
        rng=seeds.stream(root, "slices"),
    )
    rows = [
        {
            "slice": one.value,
            "rows": one.rows,
            "tuned": one.tuned,
            "default": one.default,
            "low": one.interval.low,
            "high": one.interval.high,
        }
        for one in found.found
    ]
    return rows, found.left_out


def _overfit(metric: Metric, trial: Trial, confirmed: Floats, held: Held, side: Side, root: int) -> Overfit:
    predicted = held.predicted(side)
    scores = [metric.score(held.y, of_seed) for of_seed in predicted]
    error = diagnostics.score_error(metric, held.y, predicted[0], rng=seeds.stream(root, "monitor", side))
    train = np.array(trial.train_scores or (float("nan"),))
    return diagnostics.overfit(train, np.array(trial.scores), confirmed, float(np.mean(scores)), error)


def _told(metric: Metric, fit: Overfit) -> dict[str, float]:
    """The numbers of one model, ready for JSON."""
    return {
        "train": metric.sign * fit.train,
        "search": metric.sign * fit.search,
        "confirmation": metric.sign * fit.confirmation,
        "holdout": metric.sign * fit.holdout,
        "gap": fit.gap,
        "to_confirmation": fit.to_confirmation,
        "to_confirmation_error": fit.to_confirmation_error,
        "to_holdout": fit.to_holdout,
        "to_holdout_error": fit.to_holdout_error,
    }


def _tendency(metric: Metric, lead: Sequence[Sequence[float]]) -> tuple[str, ...]:
    """How the gap between training and search folds moved while the search score of the incumbent rose."""
    gaps = [metric.sign * (train - searched) for _, train, searched in lead]
    if len(gaps) < 2 or not np.isfinite(gaps).all():
        return ()
    gained = metric.sign * (lead[-1][2] - lead[0][2])
    moved = gaps[-1] - gaps[0]
    way = "widened" if moved > 0 else "narrowed"
    more = "; it grew by more than the score did: the search moves towards overfitting" if moved > gained else ""
    rose = f"Over {len(lead)} incumbents the search score improved by {gained:.4g}"
    gap = f"the gap from training rows to search folds {way} from {gaps[0]:.4g} to {gaps[-1]:.4g}"
    return (f"{rose}, and {gap}{more}.",)

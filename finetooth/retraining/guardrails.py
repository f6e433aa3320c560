"""Objections to a challenger that is better on the whole: slices where it is worse, and its calibration."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from finetooth import seeds
from finetooth.errors import decimal, most_decimals
from finetooth.metrics import Floats, Metric
from finetooth.models.model import Model
from finetooth.records import Kind
from finetooth.statistics import holm
from finetooth.verdict.bootstrap import Interval
from finetooth.verdict.diagnostics import MIN_SLICE, by_slice, calibration
from finetooth.verdict.weighted_metrics import labels

SLICE_ERROR = 0.05
CALIBRATION_LOSS = 0.02  # of the expected calibration error; a starting point


@dataclass(frozen=True, slots=True)
class PairedPredictions:
    """Predictions of the same rows by challenger and champion, each (seeds, n, ...)."""

    metric: Metric
    y: Floats
    challenger: Floats
    champion: Floats
    blocks: NDArray[np.int64] | None
    time: Floats | None = None


def objections(
    predictions: PairedPredictions, parts: Mapping[str, NDArray[np.str_]], challenger: Model, champion: Model, seed: int
) -> tuple[str, ...]:
    """Every objection, a sentence each. `parts` has the slice of each row (n,) by column."""
    return (*worse_slices(predictions, parts, seed), *_miscalibrated(predictions, challenger, champion))


def turned_rows(y: Floats, challenger: Floats, champion: Floats, kind: Kind) -> tuple[int, int] | None:
    """How many rows the challenger gets wrong that the champion got right, and the other way round."""
    if kind == "regression":
        return None
    now_right, was_right = labels(challenger) == y, labels(champion) == y
    return int((was_right & ~now_right).sum()), int((~was_right & now_right).sum())


def worse_slices(predictions: PairedPredictions, parts: Mapping[str, NDArray[np.str_]], seed: int) -> tuple[str, ...]:
    """A sentence for each slice of 200 rows or more in which the challenger is worse, after Holm over all of them."""
    if not parts:
        return ()
    rng = seeds.stream(seed, "challenge", "slices")
    scored = by_slice(
        predictions.metric,
        predictions.y,
        predictions.challenger,
        predictions.champion,
        parts,
        blocks=predictions.blocks,
        time=predictions.time,
        rng=rng,
        least=MIN_SLICE,
    ).scored
    if not scored:
        return ()
    adjusted = holm(np.array([_p_worse(part.interval) for part in scored]))
    return tuple(
        f"Where {part.value} ({part.rows} rows) it is worse: {_scores(part.tuned, part.default)}."
        for part, p in zip(scored, adjusted, strict=True)
        if p < SLICE_ERROR
    )


def _scores(challenger: float, champion: float) -> str:
    places = most_decimals(champion, 4)
    return f"{decimal(challenger, places)} against {decimal(champion, places)}"


def _p_worse(interval: Interval) -> float:
    """One-sided p of a gain below zero, from the width of a 95 % interval."""
    error = (interval.high - interval.low) / (2 * stats.norm.ppf(0.975))
    return float(stats.norm.cdf(interval.difference / error)) if error > 0 else 1.0


def _miscalibrated(predictions: PairedPredictions, challenger: Model, champion: Model) -> tuple[str, ...]:
    if not (challenger.probable and champion.probable):
        return ()
    now = calibration(predictions.y, predictions.challenger[0]).expected_error
    before = calibration(predictions.y, predictions.champion[0]).expected_error
    if now - before <= CALIBRATION_LOSS:
        return ()
    return (f"Its probabilities are further off: expected calibration error {now:.3f} against {before:.3f}.",)

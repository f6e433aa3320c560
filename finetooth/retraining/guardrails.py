"""What may speak against a challenger that is better on the whole: parts of the rows, probabilities, mistakes."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from finetooth import seeds
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
class Sides:
    """Both predictions of the same rows: `ours` and `usual` (seeds, n, ...)."""

    metric: Metric
    y: Floats
    ours: Floats
    usual: Floats
    blocks: NDArray[np.int64] | None


def found(
    sides: Sides, parts: Mapping[str, NDArray[np.str_]], challenger: Model, champion: Model, seed: int
) -> tuple[str, ...]:
    """Every objection, a sentence each. `parts` names the part of each row (n,) by column."""
    return (*worse_slices(sides, parts, seed), *_miscalibrated(sides, challenger, champion))


def turned(y: Floats, ours: Floats, theirs: Floats, kind: Kind) -> tuple[int, int] | None:
    """How many rows the challenger gets wrong that the champion got right, and the other way round."""
    if kind == "regression":
        return None
    right, was = labels(ours) == y, labels(theirs) == y
    return int((was & ~right).sum()), int((~was & right).sum())


def worse_slices(sides: Sides, parts: Mapping[str, NDArray[np.str_]], seed: int) -> tuple[str, ...]:
    """Parts of 200 rows or more in which the challenger is worse, after Holm over all of them."""
    if not parts:
        return ()
    rng = seeds.stream(seed, "challenge", "slices")
    of = sides.metric, sides.y, sides.ours, sides.usual
    scored = by_slice(*of, parts, blocks=sides.blocks, rng=rng, least=MIN_SLICE).scored
    if not scored:
        return ()
    adjusted = holm(np.array([_p_worse(one.interval) for one in scored]))
    return tuple(
        f"Where {one.value} ({one.rows} rows) it is worse: {one.tuned:.4f} against {one.default:.4f}."
        for one, p in zip(scored, adjusted, strict=True)
        if p < SLICE_ERROR
    )


def _p_worse(interval: Interval) -> float:
    """One-sided p of a gain below zero, from the width of a 95 % interval."""
    error = (interval.high - interval.low) / (2 * stats.norm.ppf(0.975))
    return float(stats.norm.cdf(interval.difference / error)) if error > 0 else 1.0


def _miscalibrated(sides: Sides, challenger: Model, champion: Model) -> tuple[str, ...]:
    if not (challenger.probable and champion.probable):
        return ()
    ours, theirs = (calibration(sides.y, side[0]).expected_error for side in (sides.ours, sides.usual))
    if ours - theirs <= CALIBRATION_LOSS:
        return ()
    return (f"Its probabilities are further off: expected calibration error {ours:.3f} against {theirs:.3f}.",)

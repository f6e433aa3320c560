"""The operators of the genetic search, as functions on genes in [0, 1]; a row is a candidate."""

from collections.abc import Sequence

import numpy as np

from finetooth.domains.domains import Choice
from finetooth.domains.space import Space
from finetooth.records import Trial
from finetooth.search.encoding import Indices, Mask, Matrix

BLEND = 0.5  # the alpha of BLX-alpha
TOURNAMENT = 3
STEP, SMALLEST_STEP, LARGEST_STEP = 0.15, 0.04, 0.4
RAISED, LOWERED = float(np.exp(0.2)), float(np.exp(-0.05))
REPLAYED = 480


def tournament(fitness: Matrix, count: int, rng: np.random.Generator) -> Indices:
    """The rows (count,) of the winners of tournaments of three, drawn with replacement; larger fitness is better."""
    entrants = rng.integers(0, len(fitness), (count, TOURNAMENT))
    return np.asarray(entrants[np.arange(count), np.argmax(fitness[entrants], axis=1)], np.intp)


def cross(mothers: Matrix, fathers: Matrix, space: Space, rng: np.random.Generator, *, blend: bool = True) -> Matrix:
    """Offspring of pairs of rows: half by uniform crossover, half (with `blend`) by BLX-0.5 (Eshelman, Schaffer 1993).

    A gene that is inactive (NaN) in one parent comes from the other; in both, it stays NaN.
    """
    mothers, fathers = np.where(np.isnan(mothers), fathers, mothers), np.where(np.isnan(fathers), mothers, fathers)
    mixed = np.where(rng.random(mothers.shape) < 0.5, mothers, fathers)
    low, width = np.minimum(mothers, fathers), np.abs(mothers - fathers)
    blended = low - BLEND * width + rng.random(mothers.shape) * (1 + 2 * BLEND) * width
    blends = (rng.random((len(mothers), 1)) < 0.5) & ~_choices(space)
    return np.where(blends & blend, blended, mixed)


def mutate(genes: Matrix, steps: Matrix, rate: float, space: Space, rng: np.random.Generator) -> Matrix:
    """Move each gene with probability `rate`, and one of each row at least, by a normal step.

    `steps` (rows, 1) are standard deviations. A choice is drawn anew; whole numbers move far enough to change. What
    leaves [0, 1] is put on the edge, where optima often lie. NaN stays NaN.
    """
    moved = rng.random(genes.shape) < rate
    moved[np.arange(len(genes)), rng.integers(0, genes.shape[1], len(genes))] = True
    least = np.array([0.0 if domain.size > 64 else 0.7 / domain.size for domain in space.domains])
    stepped = np.clip(genes + rng.standard_normal(genes.shape) * np.maximum(steps, least), 0.0, 1.0)
    anew = rng.random(genes.shape)
    return np.where(moved, np.where(_choices(space), anew, stepped), genes)


def _choices(space: Space) -> Mask:
    return np.array([isinstance(domain, Choice) for domain in space.domains])


def fill(genes: Matrix, rng: np.random.Generator) -> Matrix:
    """Genes with a uniform draw in the place of each NaN, for parameters that may be switched on."""
    return np.clip(np.where(np.isnan(genes), rng.random(genes.shape), genes), 0.0, 1.0)


def adapted_step(trials: Sequence[Trial]) -> float:
    """The mutation step after the one-fifth rule (Rechenberg 1973), replayed over trials with an outcome.

    An offspring that is better than all its parents raises the step, one that is not lowers it; one success in five
    leaves it where it is. Only the newest 480 trials are replayed, from the first step: the step is bounded, so what
    was before them hardly matters.
    """
    recent = trials[-REPLAYED:]
    named = {parent for trial in recent for parent in trial.candidate.parents}
    scores = {t.candidate.index: t.score for t in trials if t.state != "running" and t.candidate.index in named}
    step = STEP
    for trial in recent:
        parents = [scores[parent] for parent in trial.candidate.parents if parent in scores]
        if trial.state != "running" and parents:
            step *= RAISED if trial.score > max(parents) else LOWERED
            step = min(max(step, SMALLEST_STEP), LARGEST_STEP)
    return step

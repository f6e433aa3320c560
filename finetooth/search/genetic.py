"""Steady-state genetic search whose offspring are screened by a surrogate before any is tried.

A proposal makes many offspring of the trials so far (crossover, mutation, local steps, immigrants), lets a Gaussian
process predict their scores, and proposes the one with the highest expected improvement (Jones et al. 1998).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from finetooth.domains.space import Space
from finetooth.records import Candidate
from finetooth.search import surrogate
from finetooth.search.candidates import draw_params, is_admissible
from finetooth.search.encoding import Matrix, features_of, genes_of, snap_genes
from finetooth.search.operators import adapted_step, cross, fill, mutate, tournament
from finetooth.search.protocol import View
from finetooth.search.samplers import propose_sobol
from finetooth.search.scores import Observations, observe

MOST_PENDING = 64  # trials under way that a proposal stays away from
SCREENED_LEADERS = 5  # offspring that the screen steps from


@dataclass(frozen=True, slots=True)
class GeneticSettings:
    """How the search breeds; the defaults are measured in benchmarks/search_quality.py.

    After `initial` Sobol points, a proposal breeds `crossovers` children of tournament winners, `local_steps` steps
    from the `leaders` best trials, and `immigrants` drawn at random. `blend` lets half of the crossovers be BLX-0.5.
    `screen` chooses among them by a surrogate (without it, one is chosen at random), after `refinements` rounds of
    `refinement_steps` steps from the best of them. The screen lowers the gain of what is nearer to trials under way
    than `penalty_radius` (root mean square over features; 0: no penalty).
    """

    initial: int = 8
    crossovers: int = 60
    local_steps: int = 60
    immigrants: int = 200
    refinements: int = 2
    refinement_steps: int = 60
    leaders: int = 3
    penalty_radius: float = 0.15
    blend: bool = True
    screen: bool = True


@dataclass(frozen=True, slots=True)
class Offspring:
    """Candidates that were bred: `genes` (rows, genes), and for each row its origin and its parents.

    Parents are indices of trials of this search.
    """

    genes: Matrix
    origins: tuple[str, ...]
    parents: tuple[tuple[int, ...], ...]

    def __add__(self, other: "Offspring") -> "Offspring":
        return Offspring(
            np.vstack([self.genes, other.genes]), self.origins + other.origins, self.parents + other.parents
        )


def propose_genetic(view: View, settings: GeneticSettings = GeneticSettings()) -> Candidate:
    """The next candidate, a full trial: a Sobol point at first, then the best screened offspring of the trials.

    Raises `SpaceExhausted`.
    """
    observed = observe(view.space, view.trials, view.prior)
    if view.index + observed.prior_count < settings.initial or len(observed.scores) < 2:
        return propose_sobol(view)
    if settings.screen:
        offspring, gain = _screen(view, observed, settings)
    else:
        offspring = _breed(view, observed, observed.scores, adapted_step(view.trials), settings)
        gain = view.rng.random(len(offspring.origins))
    for row in np.argsort(-gain, kind="stable"):
        params = view.space.from_unit(offspring.genes[row])
        if is_admissible(view.space, params, view.trials):
            return Candidate(view.index, params, offspring.origins[row], offspring.parents[row])
    return Candidate(view.index, draw_params(view.space, view.trials, view.rng), "immigrant")


# One proposal is one draw from what the operators breed: nine in ten are children, one is an immigrant.
PLAIN = GeneticSettings(screen=False, crossovers=36, local_steps=0, immigrants=4)
propose_genetic_plain = partial(propose_genetic, settings=PLAIN)


def _screen(view: View, observed: Observations, settings: GeneticSettings) -> tuple[Offspring, Matrix]:
    """Offspring and their expected improvement (rows,), the highest being 1; it is lower near trials under way."""
    space, rng = view.space, view.rng

    def features(genes: Matrix) -> Matrix:
        return features_of(space, genes, observed.full_share).values

    fitted = surrogate.fit(features_of(space, observed.genes, observed.shares), observed.scores)
    # What the trials would score as full trials of this search, with the luck of single scores taken out.
    fitness = surrogate.predict_mean(fitted, features(observed.genes))
    pending = features(genes_of(space, [trial for trial in view.trials if trial.state == "running"][-MOST_PENDING:]))
    failed = features(observed.failed)

    def gains(genes: Matrix) -> Matrix:
        values = features(genes)
        gain = surrogate.expected_improvement(*surrogate.predict(fitted, values), float(fitness.max()))
        if len(pending) and settings.penalty_radius:
            gain = gain * _penalty(values, pending, settings.penalty_radius)
        return gain * surrogate.success_probability(fitted, failed, values) if len(failed) else gain

    step = adapted_step(view.trials)
    offspring = _breed(view, observed, fitness, step, settings)
    gain = gains(offspring.genes)
    for _ in range(settings.refinements):
        best = np.argsort(-gain, kind="stable")[:SCREENED_LEADERS]
        parents = [offspring.parents[row] for row in best]
        more = _local_steps(space, offspring.genes[best], parents, settings.refinement_steps, step, rng)
        offspring, gain = offspring + more, np.concatenate([gain, gains(more.genes)])
    # Differences far below what a score can tell must not depend on the last digits of a machine's arithmetic.
    return offspring, np.round(gain / max(float(gain.max()), 1e-300), 7)


def _penalty(values: Matrix, pending: Matrix, radius: float) -> Matrix:
    """A factor (rows,): 1 far from every trial under way, falling in proportion to the distance below `radius`."""
    squares = ((values[:, None, :] - pending[None, :, :]) ** 2).mean(-1)
    return np.asarray(np.minimum(1.0, np.sqrt(squares.min(1)) / radius), float)


def _breed(view: View, observed: Observations, fitness: Matrix, step: float, settings: GeneticSettings) -> Offspring:
    """Children of tournament winners, steps from the leaders, and immigrants."""
    space, rng = view.space, view.rng
    pairs = tournament(fitness, 2 * settings.crossovers, rng).reshape(2, -1)
    children = cross(observed.genes[pairs[0]], observed.genes[pairs[1]], space, rng, blend=settings.blend)
    children = fill(mutate(children, np.full((len(children), 1), step), 0.3, space, rng), rng)
    parents = tuple(observed.trials_at(pair) for pair in pairs.T)
    offspring = Offspring(snap_genes(space, children), ("crossover",) * len(children), parents)
    best = np.argsort(-fitness, kind="stable")[: settings.leaders]
    leaders = [observed.trials_at([row]) for row in best]
    offspring += _local_steps(space, observed.genes[best], leaders, settings.local_steps, step, rng)
    immigrants = snap_genes(space, rng.random((settings.immigrants, len(space.names))))
    return offspring + Offspring(immigrants, ("immigrant",) * len(immigrants), ((),) * len(immigrants))


def _local_steps(
    space: Space, genes: Matrix, parents: Sequence[tuple[int, ...]], count: int, step: float, rng: np.random.Generator
) -> Offspring:
    """`count` steps of several sizes away from rows of `genes`."""
    rows = rng.integers(0, len(genes), count)
    sizes = step * rng.choice([0.15, 0.35, 0.7, 1.4, 2.5], count)[:, None]
    moved = fill(mutate(fill(genes[rows], rng), sizes, 0.4, space, rng), rng)
    return Offspring(snap_genes(space, moved), ("local",) * count, tuple(parents[row] for row in rows))

"""Steady-state genetic search whose offspring are screened by a surrogate before any is tried.

A proposal makes many offspring of the trials so far (crossover, mutation, local steps, immigrants), lets a Gaussian
process guess their scores, and proposes the one with the highest expected improvement (Jones et al. 1998).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from finetooth.domains.space import Space
from finetooth.records import Candidate, Trial
from finetooth.search import surrogate
from finetooth.search.candidates import draw, fresh
from finetooth.search.encoding import Matrix, columns_of, genes_of, settle
from finetooth.search.operators import adapted_step, cross, fill, mutate, tournament
from finetooth.search.protocol import View
from finetooth.search.samplers import propose_sobol
from finetooth.search.scores import Scored, scored


@dataclass(frozen=True, slots=True)
class Settings:
    """How the search breeds; the defaults are measured in benchmarks/search_quality.py."""

    initial: int = 8
    crossed: int = 60
    local: int = 60
    immigrants: int = 200
    rounds: int = 2
    refined: int = 60
    leaders: int = 3
    ages: int = 60
    apart: float = 0.15
    believe: bool = True
    blend: bool = True
    screen: bool = True


@dataclass(frozen=True, slots=True)
class Pool:
    """Offspring: genes (rows, genes), how each came about, and the trials of this search it descends from."""

    genes: Matrix
    origins: tuple[str, ...]
    parents: tuple[tuple[int, ...], ...]

    def __add__(self, other: "Pool") -> "Pool":
        return Pool(np.vstack([self.genes, other.genes]), self.origins + other.origins, self.parents + other.parents)


def propose(
    view: View,
    settings: Settings = Settings(),
) -> Candidate:
    """The next candidate, a full trial: a Sobol point at first, then the best screened offspring of the trials.

    Raises `SpaceExhausted`.
    """
    space, trials, rng = view.space, view.trials, view.rng
    known = scored(space, trials, view.prior)
    if view.index + known.earlier < settings.initial or len(known.scores) < 2:
        return propose_sobol(view)
    if settings.screen:
        pool, gain = _screened(space, trials, known, rng, settings)
    else:
        pool = _offspring(space, known, known.scores, adapted_step(trials), rng, settings)
        gain = rng.random(len(pool.origins))
    for row in np.argsort(-gain, kind="stable"):
        params = space.from_unit(pool.genes[row])
        if fresh(space, params, trials):
            return Candidate(view.index, params, pool.origins[row], pool.parents[row])
    return Candidate(view.index, draw(space, trials, rng), "immigrant")


# One proposal is one draw from what the operators breed: nine in ten are children, one is an immigrant.
PLAIN = Settings(screen=False, crossed=36, local=0, immigrants=4)
propose_plain = partial(propose, settings=PLAIN)


def _screened(
    space: Space, trials: Sequence[Trial], known: Scored, rng: np.random.Generator, settings: Settings
) -> tuple[Pool, Matrix]:
    """Offspring and their expected improvement, lowered near trials under way."""
    running = genes_of(space, [trial for trial in trials if trial.state == "running"][-64:])
    columns = columns_of(space, known.genes, known.shares)
    guess = surrogate.fit(columns, known.scores)
    # What the trials would score on all rows of this search, with the luck of single scores taken out.
    fitness = surrogate.mean(guess, columns_of(space, known.genes, known.target).values)
    flying = columns_of(space, running, known.target).values
    failed, process = columns_of(space, known.failed, known.target).values, guess
    if len(running) and settings.believe:
        guess = surrogate.believe(guess, flying)

    def gains(genes: Matrix) -> Matrix:
        values = columns_of(space, genes, known.target).values
        gain = surrogate.expected_improvement(*surrogate.predict(guess, values), float(fitness.max()))
        if len(running) and settings.apart:
            gain = gain * _room(values, flying, settings.apart)
        return gain * surrogate.success(process, failed, values) if len(failed) else gain

    step = adapted_step(trials)
    pool = _offspring(space, known, fitness, step, rng, settings)
    gain = gains(pool.genes)
    for _ in range(settings.rounds):
        leaders = np.argsort(-gain, kind="stable")[:5]
        more = _steps_from(space, pool.genes[leaders], [pool.parents[k] for k in leaders], settings.refined, step, rng)
        pool, gain = pool + more, np.concatenate([gain, gains(more.genes)])
    # Differences far below what a score can tell must not depend on the last digits of a machine's arithmetic.
    return pool, np.round(gain / max(float(gain.max()), 1e-300), 7)


def _room(values: Matrix, flying: Matrix, apart: float) -> Matrix:
    """1 far from every trial under way, falling in proportion to the distance below `apart`."""
    squares = ((values[:, None, :] - flying[None, :, :]) ** 2).mean(-1)
    return np.asarray(np.minimum(1.0, np.sqrt(squares.min(1)) / apart), float)


def _offspring(
    space: Space, known: Scored, fitness: Matrix, step: float, rng: np.random.Generator, settings: Settings
) -> Pool:
    """Children of tournament winners, steps from the leaders, and immigrants."""
    fertile = known.fertile(settings.ages, fitness, settings.leaders)
    chosen = fertile[tournament(fitness[fertile], 2 * settings.crossed, rng)].reshape(2, -1)
    children = cross(known.genes[chosen[0]], known.genes[chosen[1]], space, rng, blend=settings.blend)
    children = fill(mutate(children, np.full((len(children), 1), step), 0.3, space, rng), rng)
    lineage = tuple(known.lineage(pair) for pair in chosen.T)
    pool = Pool(settle(space, children), ("crossover",) * len(children), lineage)
    best = fertile[np.argsort(-fitness[fertile], kind="stable")[: settings.leaders]]
    parents = [known.lineage([place]) for place in best]
    pool += _steps_from(space, known.genes[best], parents, settings.local, step, rng)
    strangers = settle(space, rng.random((settings.immigrants, len(space.names))))
    return pool + Pool(strangers, ("immigrant",) * len(strangers), ((),) * len(strangers))


def _steps_from(
    space: Space, genes: Matrix, parents: Sequence[tuple[int, ...]], count: int, step: float, rng: np.random.Generator
) -> Pool:
    """`count` steps of several sizes away from rows of `genes`."""
    rows = rng.integers(0, len(genes), count)
    sizes = step * rng.choice([0.15, 0.35, 0.7, 1.4, 2.5], count)[:, None]
    moved = fill(mutate(fill(genes[rows], rng), sizes, 0.4, space, rng), rng)
    return Pool(settle(space, moved), ("local",) * count, tuple(parents[row] for row in rows))

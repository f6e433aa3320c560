"""Candidates that are new: what a search has proposed already, and what is left of the space."""

import math
from collections.abc import Hashable, Iterator, Sequence
from itertools import islice

import numpy as np

from finetooth import seeds
from finetooth.errors import InputError
from finetooth.records import Params, Trial, Value
from finetooth.space import Domain, Float, Int, Space

TRIES = 200
HARD_TRIES = 5_000
COUNTABLE = 100_000


class SpaceExhausted(InputError):  # noqa: N818  it ends a search; it is no error of the search
    """Every candidate of the space has been proposed; a loop ends its search here."""


def key(params: Params) -> Hashable:
    """What makes two candidates the same; 1, 1.0 and True differ, as they do in the digest."""
    return frozenset((name, type(value), value) for name, value in params.items())


def seen_keys(trials: Sequence[Trial]) -> set[Hashable]:
    """The keys of all earlier proposals."""
    return {key(trial.candidate.params) for trial in trials}


def fresh(space: Space, params: Params, seen: set[Hashable]) -> bool:
    """Whether `params` is new and every constraint of the space holds."""
    return key(params) not in seen and space.allows(params)


def shared_stream(rng: np.random.Generator, purpose: str) -> np.random.Generator:
    """A stream that all proposals of one search share: named as `rng` is, without its last name, the index.

    Raises `TypeError` when `rng` does not come from `finetooth.seeds`.
    """
    sequence = rng.bit_generator.seed_seq
    if not isinstance(sequence, np.random.SeedSequence) or not isinstance(sequence.entropy, int):
        raise TypeError("the generator of a proposal must come from finetooth.seeds.stream")
    return seeds.stream(sequence.entropy, *map(int, sequence.spawn_key[:-1]), "shared", purpose)


def draw(space: Space, seen: set[Hashable], rng: np.random.Generator) -> dict[str, Value]:
    """A new candidate, uniform in the unit cube; `SpaceExhausted` when there is none."""
    for _ in range(TRIES):
        params = space.from_unit(rng.random(len(space.names)))
        if fresh(space, params, seen):
            return params
    return _draw_remaining(space, seen, rng) if math.isfinite(space.size) else _draw_hard(space, seen, rng)


def _draw_remaining(space: Space, seen: set[Hashable], rng: np.random.Generator) -> dict[str, Value]:
    left = [p for p in islice(every_candidate(space), COUNTABLE) if fresh(space, p, seen)]
    if left:
        return left[int(rng.integers(len(left)))]
    if space.size > COUNTABLE:
        return _draw_hard(space, seen, rng)
    raise SpaceExhausted(
        f"the space '{space.name}' must hold a candidate that is not tried yet; all {len(seen)} are tried; "
        "ask for fewer trials or widen the space."
    )


def _draw_hard(space: Space, seen: set[Hashable], rng: np.random.Generator) -> dict[str, Value]:
    for _ in range(HARD_TRIES):
        params = space.from_unit(rng.random(len(space.names)))
        if fresh(space, params, seen):
            return params
    raise SpaceExhausted(
        f"the space '{space.name}' must hold new candidates that its constraints allow; {TRIES + HARD_TRIES} draws "
        "gave none; loosen the constraints or widen the space."
    )


def every_candidate(space: Space, levels: int | None = None) -> Iterator[dict[str, Value]]:
    """All candidates of a finite space, the last parameter running fastest; constraints are not looked at.

    With `levels`, a domain with more values than that is cut to so many, evenly spread over its scale, both ends
    included.
    """

    def extend(params: dict[str, Value], domains: Sequence[Domain]) -> Iterator[dict[str, Value]]:
        if not domains:
            yield params
            return
        domain = domains[0]
        values = _values(domain, levels) if space.active(domain, params) else None
        for value in [None] if values is None else values:
            yield from extend(params if values is None else params | {domain.name: value}, domains[1:])

    yield from extend(dict(space.constants), tuple(space.domains))


def _values(domain: Domain, levels: int | None) -> list[Value]:
    if isinstance(domain, Float) or (isinstance(domain, Int) and levels is not None and domain.size > levels):
        if levels is None:
            raise ValueError(f"'{domain.name}' has no finite list of values")
        return list(dict.fromkeys(domain.from_unit(float(place)) for place in np.linspace(0, 1, levels)))
    return list(range(domain.low, domain.high + 1)) if isinstance(domain, Int) else list(domain.options)

"""Candidates that are new: what a search has proposed already, and what is left of the space."""

import math
from collections.abc import Hashable, Iterable, Iterator, Sequence
from itertools import islice

import numpy as np

from finetooth import seeds
from finetooth.domains.domains import Domain, Float, Int
from finetooth.domains.space import Space
from finetooth.errors import InputError
from finetooth.records import Candidate, Params, Trial, Value
from finetooth.search.memo import Memo
from finetooth.search.protocol import View

TRIES = 200  # draws before a finite space is listed
MORE_TRIES = 5_000  # draws where that did not help
MOST_LISTED = 100_000


class SpaceExhausted(InputError):  # noqa: N818  it ends a search; it is no error of the search
    """Every candidate of the space has been proposed; a loop ends its search here."""


def params_key(params: Params) -> Hashable:
    """A key that two candidates share when they are the same; 1, 1.0 and True differ, as they do in the digest."""
    return frozenset((name, type(value), value) for name, value in params.items())


def _candidate_key(candidate: Candidate) -> Hashable:
    return params_key(candidate.params)


candidate_key = Memo(_candidate_key)  # `params_key` of a candidate's parameters


def is_admissible(space: Space, params: Params, trials: Sequence[Trial]) -> bool:
    """Whether `params` may be proposed: every constraint of the space holds, and no earlier trial has them."""
    if not space.allows(params):
        return False
    # Comparing is thirty times faster than making a key, and seldom finds an equal.
    equal = [trial.candidate for trial in trials if trial.candidate.params == params]
    return all(candidate_key(candidate) != params_key(params) for candidate in equal)


def shared_stream(rng: np.random.Generator, purpose: str) -> np.random.Generator:
    """A stream that all proposals of one search share: named as `rng` is, without its last name, the index.

    Raises `TypeError` when `rng` does not come from `finetooth.seeds`.
    """
    sequence = rng.bit_generator.seed_seq
    if not isinstance(sequence, np.random.SeedSequence) or not isinstance(sequence.entropy, int):
        raise TypeError("the generator of a proposal must come from finetooth.seeds.stream")
    return seeds.stream(sequence.entropy, *map(int, sequence.spawn_key[:-1]), "shared", purpose)


def draw_params(space: Space, trials: Sequence[Trial], rng: np.random.Generator) -> dict[str, Value]:
    """The parameters of a new candidate, uniform in the unit cube; raises `SpaceExhausted` when there is none."""
    params = space.from_unit(rng.random(len(space.names)))
    if is_admissible(space, params, trials):
        return params
    tried = {candidate_key(trial.candidate) for trial in trials}
    new = _draw_untried(space, tried, rng, TRIES)
    if new is None and math.isfinite(space.size):
        new = _draw_remaining(space, tried, rng)
    new = new or _draw_untried(space, tried, rng, MORE_TRIES)
    if new is None:
        raise SpaceExhausted(
            f"the space '{space.name}' must hold new candidates that its constraints allow; {TRIES + MORE_TRIES} draws "
            "gave none; loosen the constraints or widen the space."
        )
    return new


def propose_new(view: View, origin: str, suggestions: Iterable[Params], otherwise: str = "random") -> Candidate:
    """The first of `suggestions` that is admissible, else a random candidate, whose origin is `otherwise`.

    Raises `SpaceExhausted`.
    """
    for params in suggestions:
        if is_admissible(view.space, params, view.trials):
            return Candidate(view.index, params, origin)
    return Candidate(view.index, draw_params(view.space, view.trials, view.rng), otherwise)


def _draw_untried(space: Space, tried: set[Hashable], rng: np.random.Generator, tries: int) -> dict[str, Value] | None:
    for _ in range(tries):
        params = space.from_unit(rng.random(len(space.names)))
        if params_key(params) not in tried and space.allows(params):
            return params
    return None


def _draw_remaining(space: Space, tried: set[Hashable], rng: np.random.Generator) -> dict[str, Value] | None:
    """Parameters drawn from what is left of a finite space; None when it is too large to be listed."""
    left = [p for p in islice(every_candidate(space), MOST_LISTED) if params_key(p) not in tried and space.allows(p)]
    if left:
        return left[int(rng.integers(len(left)))]
    if space.size > MOST_LISTED:
        return None
    raise SpaceExhausted(
        f"the space '{space.name}' must hold a candidate that is not tried yet; all {len(tried)} are tried; "
        "ask for fewer trials or widen the space."
    )


def every_candidate(space: Space, levels: int | None = None) -> Iterator[dict[str, Value]]:
    """The parameters of all candidates of a finite space, the last running fastest; constraints are not applied.

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
        return list(dict.fromkeys(domain.from_unit(float(gene)) for gene in np.linspace(0, 1, levels)))
    return list(range(domain.low, domain.high + 1)) if isinstance(domain, Int) else list(domain.options)

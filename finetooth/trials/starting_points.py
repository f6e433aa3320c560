"""What a search tries first: points that are known before it proposes any."""

from collections.abc import Sequence
from dataclasses import replace

from finetooth.models.learner import Family
from finetooth.records import Candidate, Fidelity, Params, Trial
from finetooth.search import methods
from finetooth.trials.comparable import ranked
from finetooth.trials.promotion import PROMOTED

BEST = 3  # of an earlier search on a subset of the rows
GIVEN, STARTER = "given", "starter"


def first_candidates(
    method: str,
    family: Family,
    full: Fidelity,
    taken: Sequence[Trial] = (),
    given: Sequence[Params] = (),
    subset: Sequence[Trial] = (),
) -> tuple[Candidate, ...]:
    """The first candidates of a search, each set of parameters once.

    Those `taken` over (or the default) come first, then those that the user gave, then the best three of `subset`;
    where there is no subset, the family's starters in their place, unless the method lists its points itself. Of
    `subset`, trials that saw most of the rows come first. Each has the fidelity that the method has for its place.
    """
    first = tuple(trial.candidate for trial in taken) or (default_of(family),)
    known = {candidate.digest: candidate for candidate in first}
    best = [trial.candidate.params for trial in ranked(subset) if trial.candidate.digest != first[0].digest]
    starters = () if subset or methods.get_method(method).lists_points else family.starters
    for origin, named in ((GIVEN, given), (STARTER, starters), (PROMOTED, best[:BEST])):
        for params in named:
            candidate = Candidate(len(known), params, origin)
            known.setdefault(candidate.digest, candidate)
    at = methods.get_method(method).fidelity_at
    return (
        tuple(known.values()) if at is None else tuple(replace(c, fidelity=at(c.index, full)) for c in known.values())
    )


def default_of(family: Family) -> Candidate:
    """The library's own parameters, which every search tries as its trial 0."""
    return Candidate(0, dict(family.default), "default")

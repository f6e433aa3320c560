"""Small spaces and a made-up objective that every search method is tried on."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from finetooth import seeds
from finetooth.domains.domains import Choice, Float, Int
from finetooth.domains.space import Space
from finetooth.models.threads import limit_threads
from finetooth.records import Candidate, Fidelity, Trial
from finetooth.search.methods import get_method
from finetooth.search.protocol import View

limit_threads()  # as the trial loop does

FIDELITY = Fidelity(1.0, 3)
FULL = Fidelity(1.0, 3, rounds=27)  # as methods are told that are tried on rounds


def ordered(params) -> bool:
    return params["low"] < params["high"]


PLAIN = Space([Float("x", -1.0, 1.0), Float("y", 0.0, 2.0)], name="plain")
LOGS = Space([Float("rate", 1e-4, 1.0, log=True), Int("depth", 1, 12), Int("rounds", 10, 1000, log=True)], name="logs")
CATEGORIES = Space(
    [Choice("kind", ["a", "b", "c", "d"]), Choice("flag", [True, False]), Float("x", 0.0, 1.0)], name="categories"
)
CONDITIONAL = Space(
    [
        Int("layers", 1, 3),
        Int("width1", 4, 64, log=True),
        Int("width2", 4, 64, log=True, when={"layers": [2, 3]}),
        Choice("drop", ["none", "fixed"], when={"layers": [3]}),
        Float("rate", 0.0, 0.5, when={"drop": ["fixed"]}),
    ],
    constants={"solver": "adam"},
    name="conditional",
)
CONSTRAINED = Space(
    [Float("low", 0.0, 1.0), Float("high", 0.0, 1.0), Int("k", 1, 5)], constraints=(ordered,), name="constrained"
)
TINY = Space([Int("a", 1, 3), Choice("b", ["x", "y"]), Int("c", 1, 2, when={"b": ["y"]})], name="tiny")
SPACES = {s.name: s for s in (PLAIN, LOGS, CATEGORIES, CONDITIONAL, CONSTRAINED, TINY)}
TINY_SIZE = 9


def score(space: Space, params) -> float:
    """A smooth score with its best in the middle of each gene's upper half."""
    genes = space.to_unit(params)
    return -sum((0.0 if math.isnan(g) else g - 0.7) ** 2 for g in genes)


def told(space: Space, candidate: Candidate, scored: Callable = score, full: Fidelity = FIDELITY) -> Trial:
    """The trial of a candidate; every seventh failed."""
    fidelity = candidate.fidelity or full
    if candidate.index % 7 == 5:
        return Trial("test", candidate, fidelity, "failed", reason="made to fail")
    return Trial("test", candidate, fidelity, "complete", (scored(space, candidate.params),))


def masked(trials: Sequence[Trial], index: int, window: int) -> list[Trial]:
    """What proposal `index` may see: no outcome inside the window."""
    return [
        t if t.candidate.index <= index - window else replace(t, state="running", scores=(), reason="") for t in trials
    ]


def run(
    name: str,
    space: Space,
    count: int,
    seed: int = 0,
    window: int = 3,
    start: Sequence[Trial] = (),
    scored: Callable = score,
    full: Fidelity = FIDELITY,
) -> list[Trial]:
    """`count` trials of a method, beginning with `start`."""
    trials = list(start)
    for index in range(len(trials), count):
        rng = seeds.stream(seed, "test", "propose", index)
        candidate = get_method(name).propose(View(space, masked(trials, index, window), index, rng, full=full))
        trials.append(told(space, candidate, scored, full))
    return trials

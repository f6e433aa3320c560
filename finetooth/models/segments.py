"""Models that go on training while their parameters change: what each ancestor contributed.

A chain of segments says how to make a model again from nothing, so that a trial comes out the same on a worker that
has kept the ancestor's boosters and on one that never saw them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from finetooth.errors import InputError
from finetooth.models.learner import Learner
from finetooth.records import Candidate, Params, Trial

GOES_ON = frozenset({"continued", "exploited"})  # origins of candidates whose first parent's model goes on


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a model's training: with `params`, up to and including round `until` of the whole model.

    `until` counts from the model's very first round, as `Fidelity.rounds` does.
    """

    params: Params
    until: int

    def __hash__(self) -> int:
        return hash((tuple(sorted(self.params.items(), key=lambda pair: pair[0])), self.until))


def segments(trials: Sequence[Trial], candidate: Candidate) -> tuple[Segment, ...]:
    """What the ancestors of a candidate boosted, the oldest first; empty for one that starts a model of its own.

    `trials` are those that the search has seen, in any order; an ancestor is the first parent of a candidate whose
    origin is "continued" or "exploited". Raises `ValueError` for an ancestor that is not among them, or has no rounds.
    """
    known = {trial.candidate.index: trial for trial in trials}
    found: list[Segment] = []
    while candidate.origin in GOES_ON:
        parent = known.get(candidate.parents[0]) if candidate.parents else None
        if parent is None or parent.fidelity.rounds is None:
            raise ValueError(f"the parent of candidate {candidate.index} must be a trial with a number of rounds")
        candidate = parent.candidate
        found.append(Segment(candidate.params, parent.fidelity.rounds))
    return tuple(reversed(found))


def with_constants(learner: Learner, lineage: Sequence[Segment]) -> tuple[Segment, ...]:
    """The segments with what goes into every fit of the learner."""
    return tuple(Segment({**learner.constants, **segment.params}, segment.until) for segment in lineage)


def check_rounds(learner: Learner) -> None:
    """Raise `InputError` for a model without rounds, which can neither be cut short nor go on."""
    if learner.engine != "xgboost":
        raise InputError(
            f"population training and halving over rounds must have a model that is boosted round by round; "
            f"{learner.name} is not; choose the model xgboost, or another search method."
        )

"""What the searches did, in plain words: what the subset saw, how far it agreed with all rows, and why they ended."""

import math
from collections.abc import Sequence

from finetooth.errors import counted
from finetooth.records import Trial
from finetooth.trials.agreement import Agreement, measure
from finetooth.trials.budget import spent
from finetooth.trials.comparable import comparable, is_taken_over, run_here
from finetooth.trials.journal import EndedEarly

NAMES = {"coarse": "coarse search", "refine": "refinement", "sweep": "search"}


def summarize(trials: Sequence[Trial], cuts: Sequence[EndedEarly]) -> tuple[str, ...]:
    """A sentence or two for each search; `trials` and `cuts` are those of the whole run."""
    why = {cut.stage: cut for cut in cuts}
    coarse = [trial for trial in trials if trial.stage == "coarse"]
    later = [trial for trial in trials if trial.stage in {"refine", "sweep"}]
    said = [*_coarse(coarse, why.get("coarse"))]
    for stage in ("refine", "sweep"):
        searched = [trial for trial in later if trial.stage == stage]
        if searched:
            said.append(_full(searched, why.get(stage)))
    full = comparable(later)
    if full:
        run = [*coarse, *run_here(later)]
        were = "was" if len(run) == 1 else "were"
        worth = f"{spent(run, full[0].fidelity):.1f} full fits"
        said.append(f"In all {counted(len(run), 'trial')} {were} run, worth {worth}.")
    return tuple(said)


def _coarse(trials: Sequence[Trial], cut: EndedEarly | None) -> list[str]:
    if not trials:
        return [f"No coarse search: {cut.reason}; its trials went to the refinement."] if cut is not None else []
    subset = [trial for trial in trials if trial.fidelity.rows < 1]
    shares = sorted({trial.fidelity.rows for trial in subset})
    early = len(trials) - len(subset)
    text = f"The coarse search ran {counted(len(subset), 'trial')} on {_share(shares[0])} of the rows" if shares else ""
    text += f" and {early} on all rows early, which the refinement took over" if early and text else ""
    found = measure(trials, trials)
    said = [f"{text}{_agreed(found)}."] if text else []
    if len(shares) > 1 and not _by_method(subset):
        first = measure(trials, trials, shares[0])
        why = f" ({first})" if first is not None else ""
        steps = ", then ".join(_share(share) for share in shares[1:])
        said.append(f"The first subset did not rank candidates as all rows do{why}, so it was widened to {steps}.")
    if cut is not None:
        said.append(
            f"The coarse search ended after {counted(len(trials), 'trial')}: {cut.reason}; "
            "the rest went to the refinement."
        )
    return said


def _full(trials: Sequence[Trial], cut: EndedEarly | None) -> str:
    name, taken = NAMES[trials[0].stage], sum(is_taken_over(trial) for trial in trials)
    pruned = sum(trial.state == "pruned" for trial in trials)
    text = f"The {name} ran {counted(len(trials) - taken, 'trial')}"
    text += f", {pruned} of them not on all folds, since they could not win any more" if pruned else ""
    return f"{text}; it ended since {cut.reason}." if cut is not None else f"{text}."


def _agreed(found: Agreement | None) -> str:
    if found is None or math.isnan(found.rank):
        return ""
    return f"; the subset {found.words} all rows ({found})"


def _by_method(subset: Sequence[Trial]) -> bool:
    """Whether a method with rungs of its own chose the shares."""
    return not any(trial.candidate.origin == "widened" for trial in subset)


def _share(rows: float) -> str:
    return f"{100 * rows:.3g} %"

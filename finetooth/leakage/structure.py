"""Do the stages keep apart the rows and folds that they must? These checks look at row ids, not at values."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finetooth.errors import counted
from finetooth.records import Finding

EARLY_STOPPING = "early_stopping"
SUBSET = "subset"
FOLD_REUSE = "fold_reuse"


def disjoint(fit: NDArray[Any], stop: NDArray[Any], score: NDArray[Any]) -> tuple[Finding, ...]:
    """Rows that fit a model, stop its training and score it must differ. Three arrays of row ids."""
    uses = {"fit and stop": (fit, stop), "fit and score": (fit, score), "stop and score": (stop, score)}
    shared = {name: len(np.intersect1d(left, right)) for name, (left, right) in uses.items()}
    overlaps = "; ".join(f"used both to {name}: {counted(count, 'row')}" for name, count in shared.items() if count)
    if not overlaps:
        return ()
    return (
        _strict(
            EARLY_STOPPING,
            f"rows that fit, stop and score the model must differ; {overlaps}.",
            "The round was chosen for the rows that score it: the score is the best of many, not that of a model.",
            "Stop on rows of the training part, or freeze the number of rounds before.",
            **{name.replace(" ", "_"): count for name, count in shared.items()},
        ),
    )


def subset_within(development: NDArray[Any], subset: NDArray[Any]) -> tuple[Finding, ...]:
    """All rows of a subset must be development rows: none may come from the vault. Two arrays of row ids."""
    outside = int((~np.isin(subset, development)).sum())
    if not outside:
        return ()
    return (
        _strict(
            SUBSET,
            f"the subset has {counted(len(subset), 'row')}, {outside:,} of them not among the development rows.",
            "A sealed row was searched on, so the sealed score no longer tests what was never seen.",
            "Draw the subset from the development rows.",
            foreign=outside,
            rows=len(subset),
        ),
    )


def fresh_folds(search: Iterable[str], confirmation: Iterable[str]) -> tuple[Finding, ...]:
    """Folds of the confirmation must not have been used in the search. Digests of the folds' row ids."""
    digests = list(confirmation)
    reused = len(set(search) & set(digests))
    if not reused:
        return ()
    return (
        _strict(
            FOLD_REUSE,
            f"{reused} of {counted(len(digests), 'confirmation fold')} {'was' if reused == 1 else 'were'} used in the "
            "search.",
            "The winner was chosen because it did well on these very folds: the confirmation would only repeat that.",
            "Draw the confirmation folds with a seed of their own.",
            reused=reused,
            folds=len(digests),
        ),
    )


def _strict(check: str, message: str, meaning: str, remedy: str, **evidence: float | str) -> Finding:
    text = f"{remedy} This error cannot be waived."
    return Finding(check, "error", (), message, meaning, text, evidence, strict=True)

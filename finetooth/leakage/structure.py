"""Is the user's own code built so that nothing can leak? These checks look at objects and row ids, not at values."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError
from sklearn.utils import get_tags
from sklearn.utils.validation import check_is_fitted

from finetooth.errors import counted
from finetooth.records import Finding

PREPROCESSING = "preprocessing"
EARLY_STOPPING = "early_stopping"
SUBSET = "subset"
FOLD_REUSE = "fold_reuse"
OVERTUNING = "overtuning"
STANDARD_ERRORS = 2.0


def unfitted(estimator: Any) -> tuple[Finding, ...]:
    """An estimator or pipeline that is handed over must not be fitted, nor any step of it."""
    fitted = sorted({type(part).__name__ for part in _parts(estimator) if _is_fitted(part)})
    if not fitted:
        return ()
    return (
        _strict(
            PREPROCESSING,
            f"{', '.join(fitted)} {'is' if len(fitted) == 1 else 'are'} fitted already.",
            "It has learned from rows that may be tested later, such as their mean or the columns worth keeping.",
            "Hand over an unfitted estimator; it is cloned and fitted inside each fold.",
            parts=len(fitted),
        ),
    )


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


def overtuning(search: float, confirmed: Sequence[float], test_share: float) -> tuple[Finding, ...]:
    """A search score far above the winner's confirmation: more than 2 corrected standard errors.

    `confirmed` holds the winner's score on each confirmation fold, `test_share` its test rows per training row
    (Nadeau & Bengio 2003); larger scores are better.
    """
    if len(confirmed) < 2:
        return ()
    mean = float(np.mean(confirmed))
    error = float(np.sqrt(np.var(confirmed, ddof=1) * (1 / len(confirmed) + test_share)))
    if search - mean <= STANDARD_ERRORS * error:
        return ()
    return (
        Finding(
            check=OVERTUNING,
            severity="warning",
            columns=(),
            message=f"the search promised {search:.4f}, fresh folds gave {mean:.4f}: {search - mean:.4f} less, "
            f"{STANDARD_ERRORS:g} standard errors are {STANDARD_ERRORS * error:.4f}.",
            meaning="The search found what suits its own folds: the more candidates on few rows, the more of that.",
            remedy="Search with more rows or folds, or with fewer candidates; trust the sealed score alone.",
            evidence={"search": search, "confirmed": mean, "standard_error": error},
        ),
    )


def _strict(check: str, message: str, meaning: str, remedy: str, **evidence: float | str) -> Finding:
    text = f"{remedy} This error cannot be waived."
    return Finding(check, "error", (), message, meaning, text, evidence, strict=True)


def _parts(estimator: Any) -> Iterator[Any]:
    """The estimator and every estimator among its parameters: steps of a pipeline, columns of a transformer."""
    yield estimator
    if hasattr(estimator, "get_params") and not isinstance(estimator, type):
        inner = estimator.get_params(deep=True).values()
        yield from (part for part in inner if hasattr(part, "fit") and not isinstance(part, type))


def _is_fitted(part: Any) -> bool:
    if not hasattr(part, "fit") or isinstance(part, type):
        return False
    if isinstance(part, BaseEstimator) and not get_tags(part).requires_fit:
        return False  # stateless: nothing can have been learned
    try:
        check_is_fitted(part)
    except (NotFittedError, TypeError):
        return False
    return True

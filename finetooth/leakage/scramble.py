"""Does the user's code find a signal where there is none?"""

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold, KFold, StratifiedKFold, cross_val_score

from finetooth import seeds
from finetooth.data.chance import some_rows
from finetooth.errors import InputError
from finetooth.records import Finding, Kind

CHECK = "scramble"
REPEATS = 10
ROWS = 5_000
ABOVE = 0.02  # above chance
ERRORS = 3.0  # standard errors of the mean over repeats
FOLDS = 5
# AUC of a coin; R2 of the mean.
CHANCE: dict[Kind, float] = {"binary": 0.5, "multiclass": 0.5, "regression": 0.0}
_SCORING: dict[Kind, str] = {"binary": "roc_auc", "multiclass": "roc_auc_ovr", "regression": "r2"}

Objective = Callable[..., float]


def scramble(
    objective: Callable[..., Any],
    X: Any,
    y: NDArray[Any],
    kind: Kind,
    groups: NDArray[Any] | None = None,
    *,
    seed: int = 0,
    chance: float | None = None,
) -> tuple[Finding, ...]:
    """Rerun the user's whole code 10 times on a scrambled target; what it still scores above chance is a leak.

    `objective(X, y)` or `objective(X, y, groups)` builds, fits and scores by itself (larger is better, and `chance`
    is the score of knowing nothing: by default that of AUC or R2). A callable that needs no argument builds an unfitted
    estimator, which is cross-validated here. `X` is a frame or an array with a row an entry of `y` (n,), all raw;
    at most 5,000 rows are used. It tests the code, not columns that are in the file already.
    """
    if len(y) != len(X):
        raise InputError(f"X and y must have as many rows; got {len(X)} and {len(y)}: hand over the same rows.")
    run: Objective = objective if _positional_count(objective, required=True) else _cross_validated(objective, kind)
    takes_groups = _positional_count(run) > 2
    level = CHANCE[kind] if chance is None else chance
    scores = []
    for repeat in range(REPEATS):
        rng = seeds.stream(seed, "leakage", CHECK, repeat)
        rows = some_rows(len(y), ROWS, rng)
        chosen_groups = None if groups is None else np.asarray(groups)[rows]
        shuffled = _shuffled(np.asarray(y)[rows], chosen_groups, rng)
        chosen_X = X.iloc[rows] if hasattr(X, "iloc") else X[rows]
        scores.append(float(run(chosen_X, shuffled, chosen_groups) if takes_groups else run(chosen_X, shuffled)))
    return _finding(np.array(scores), level, min(len(y), ROWS))


def _shuffled(y: NDArray[Any], groups: NDArray[Any] | None, rng: np.random.Generator) -> NDArray[Any]:
    """A target that keeps its own distribution and its likeness within groups, but knows nothing of X.

    Without groups, rows are permuted. With groups, each group is handed the permuted values of another: permuting
    within groups alone would leave their means in place, which honest columns of the group may tell.
    """
    if groups is None:
        return rng.permutation(y)
    members = [np.flatnonzero(groups == name) for name in np.unique(groups)]
    shuffled = np.empty_like(y)
    for own, donor in zip(members, rng.permutation(len(members)), strict=True):
        values = rng.permutation(y[members[donor]])
        shuffled[own] = np.resize(values, len(own))
    return shuffled


def _positional_count(call: Callable[..., Any], *, required: bool = False) -> int:
    """How many positional arguments `call` accepts, or requires."""
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    parameters = [
        parameter for parameter in inspect.signature(call).parameters.values() if parameter.kind in positional
    ]
    return sum(parameter.default is parameter.empty for parameter in parameters) if required else len(parameters)


def _cross_validated(builder: Callable[[], Any], kind: Kind) -> Objective:
    def run(X: Any, y: NDArray[Any], groups: NDArray[Any] | None) -> float:
        folds: Any = KFold(FOLDS) if kind == "regression" else StratifiedKFold(FOLDS)
        if groups is not None:
            folds = GroupKFold(FOLDS)
        return float(np.mean(cross_val_score(builder(), X, y, groups=groups, cv=folds, scoring=_SCORING[kind])))

    return run


def _finding(scores: NDArray[np.float64], chance: float, rows: int) -> tuple[Finding, ...]:
    mean = float(scores.mean())
    error = float(scores.std(ddof=1) / np.sqrt(len(scores)))
    if mean <= chance + ABOVE or mean <= chance + ERRORS * error:
        return ()
    return (
        Finding(
            check=CHECK,
            severity="error",
            columns=(),
            message=f"with a scrambled target the code still scores {mean:.3f} (chance is {chance:g}; standard error "
            f"{error:.4f}, {len(scores)} runs on {rows:,} rows).",
            meaning="Something is fitted on rows that are tested: a selection, an encoding or an early stop outside "
            "the folds. This tests the code alone: columns that leak in the file itself pass.",
            remedy="Move every step that sees the target into what each fold fits. This error cannot be waived.",
            evidence={"mean": mean, "chance": chance, "standard_error": error, "runs": len(scores), "rows": rows},
            strict=True,
        ),
    )

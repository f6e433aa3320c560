"""Was the run conducted as it should be? The rows that trials used, as they were used, against the rules of the split.

A trial names the folds that scored it. The folds are drawn again from what the trial says of itself, and only when
they carry the same names are they looked at: so what is judged is what ran.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from finetooth.data.splitters import Fold, fold_digest
from finetooth.data.store import Development, open_development
from finetooth.leakage import structure, timeline
from finetooth.leakage.findings import unchecked
from finetooth.models.learner import Learner
from finetooth.records import Finding, Trial
from finetooth.trials.study import Study

CHECKS = (structure.SUBSET, structure.FOLD_REUSE, structure.EARLY_STOPPING)
MANY_UNITS = 10  # so many units a fold that two shuffles do not draw the same fold by chance

Ids = NDArray[np.int64]


def audit_run(study: Study, sealed: Ids) -> tuple[Finding, ...]:
    """All checks of how the run was conducted. `sealed` (n,) are the row numbers of the sealed rows."""
    development, config = open_development(study.data), study.config
    rows = development.row_numbers
    coarse, refined, replicated = (study.journal.trials(stage) for stage in ("coarse", "refine", "replicate"))
    return (
        *check_subset(development, coarse, config.seed, sealed),
        *check_folds(development, (*coarse, *refined), replicated, config.replicate.folds),
        *check_confirmation(development, replicated, study.family.learner, config.seed),
        *check_time(development, (*coarse, *refined, *replicated), config.seed),
        # Rounds are frozen before the final fits, so that no row stops them.
        *structure.disjoint(rows, _none(), sealed),
    )


def check_subset(development: Development, coarse: Sequence[Trial], seed: int, sealed: Ids) -> tuple[Finding, ...]:
    """The subset of the coarse search holds development rows alone, and none of the sealed ones."""
    # Each trial of the subset has a shuffle of its own; those tried on all rows early have that of the refinement.
    trial = next((trial for trial in coarse if trial.folds and trial.repeat == trial.candidate.index), None)
    if trial is None:
        return _nothing(structure.SUBSET, coarse)
    folds = _drawn(development, trial, seed)
    if folds is None:
        return (_differs(structure.SUBSET, trial),)
    used = development.row_numbers[_marked(development, [rows for fold in folds for rows in fold])]
    if not np.isin(used, sealed).any():
        return ()
    return structure.subset_within(np.setdiff1d(development.row_numbers, sealed), used)


def check_folds(
    development: Development, searched: Iterable[Trial], replicated: Sequence[Trial], count: int
) -> tuple[Finding, ...]:
    """No fold of the confirmation scored a trial of the search.

    Where there is but one way to draw them (very few times or groups) that cannot be helped: a warning says so.
    """
    fresh = tuple(dict.fromkeys(name for trial in replicated for name in trial.folds))
    if not fresh:
        return _nothing(structure.FOLD_REUSE, replicated)
    found = structure.fresh_folds((name for trial in searched for name in trial.folds), fresh)
    rows = development.rows
    by_time = rows.time is not None
    if len(np.unique(rows.time if rows.time is not None else rows.unit)) >= MANY_UNITS * count:
        return found
    why = "few different times can be cut in few ways" if by_time else "few groups can be dealt in few ways"
    return tuple(
        replace(
            finding,
            severity="warning",
            strict=False,
            message=f"{finding.message.removesuffix('.')}, since {why}.",
            meaning="The confirmation repeats folds of the search with other seeds, so its standard errors are too "
            "small; the sealed rows alone are new.",
            remedy="Rely on the comparison on the sealed rows; more rows or groups would allow fresh folds.",
        )
        for finding in found
    )


def check_confirmation(
    development: Development, replicated: Sequence[Trial], learner: Learner, seed: int
) -> tuple[Finding, ...]:
    """Rows that fit, stop and score a finalist differ, in every fold of the confirmation."""
    if not any(trial.folds for trial in replicated):
        return _nothing(structure.EARLY_STOPPING, replicated)
    ids = development.row_numbers
    for trial in {(t.repeat, _stops(t, learner)): t for t in replicated if t.folds}.values():
        folds = _drawn(development, trial, seed)
        if folds is None:
            return (_differs(structure.EARLY_STOPPING, trial),)
        for train, test in folds:
            # Boosting that chooses its rounds does so on the mean curve of the rows that score.
            stops = _stops(trial, learner)
            # Rows are counted only where they may meet: that takes longer than to see that they do not.
            if stops or _marked(development, [train])[test].any():
                return structure.disjoint(ids[train], ids[test] if stops else _none(), ids[test])
    return ()


def check_time(development: Development, trials: Sequence[Trial], seed: int) -> tuple[Finding, ...]:
    """In every fold of a split by time, the labels of training rows were known before the first row that scores."""
    time, purge = development.rows.time, development.rows.purge
    if time is None:
        return ()
    shuffles = {(t.stage, t.repeat, t.fidelity): t for t in trials if t.folds}
    drawn = ((trial, _drawn(development, trial, seed)) for trial in shuffles.values())
    found = ((trial, timeline.check_folds(time, purge, folds)) for trial, folds in drawn if folds is not None)
    return tuple(
        replace(finding, message=f"{trial.stage}, {finding.message}") for trial, seen in found for finding in seen
    )


def _marked(development: Development, rows: Sequence[Ids]) -> NDArray[np.bool_]:
    """Whether each development row is among any of the given ones."""
    found = np.zeros(len(development.row_numbers), dtype=bool)
    for some in rows:
        found[some] = True
    return found


def _stops(trial: Trial, learner: Learner) -> bool:
    """Whether the rounds of a trial were chosen while it was scored."""
    return trial.rounds is not None and "n_estimators" not in {*learner.constants, *trial.candidate.params}


def _drawn(development: Development, trial: Trial, seed: int) -> tuple[Fold, ...] | None:
    """The folds of a trial, or None when they are not those that scored it."""
    folds = development.folds(trial.fidelity, seed, trial.stage, trial.repeat)
    return folds if tuple(fold_digest(test) for _, test in folds) == trial.folds else None


def _differs(check: str, trial: Trial) -> Finding:
    return Finding(
        check,
        "error",
        (),
        f"trial {trial.candidate.index} of {trial.stage} was scored on other rows than its seed gives.",
        "The rows that were used cannot be told any more, nor whether sealed ones were among them.",
        "Start a new run; the journal or the stored rows were changed. This error cannot be waived.",
        strict=True,
    )


def _nothing(check: str, trials: Sequence[Trial]) -> tuple[Finding, ...]:
    """Trials that do not name their folds cannot be judged; where there are none, there is nothing to judge."""
    complete = any(trial.state == "complete" for trial in trials)
    return (unchecked(check, "the trials of this journal do not name the rows that scored them."),) if complete else ()


def _none() -> Ids:
    return np.empty(0, dtype=np.int64)

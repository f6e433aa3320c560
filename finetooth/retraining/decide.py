"""The two decisions of a retraining: how much work new data call for, and who serves afterwards.

Work: skip without enough rows that the champion has not learned from; retune where the world moved (severe drift, or
the champion does worse than it did); else refit the champion's parameters on the new rows, which costs a few fits.

Promotion: superior is promoted; not inferior only with a stated reason (drift, or the user's); anything else keeps the
champion. Where a promotion is due and something speaks against it (old and new rows are told apart at once, a part of
the rows does worse, probabilities are off), a person is asked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from finetooth.config.retrain import DecideConfig, PromotionConfig, Work
from finetooth.records import Finding, from_json
from finetooth.retraining.comparison import Challenge
from finetooth.retraining.decay import Decay
from finetooth.retraining.drift import Drift
from finetooth.runs.run import Run

Action = Literal["skip", "refit", "retune"]
Outcome = Literal["promote", "keep", "hold"]

ODD_ROWS = 0.3  # a table this much larger or smaller than expected is warned of


@dataclass(frozen=True, slots=True)
class RetrainingPlan:
    """How much work is done, why, and warnings about the table."""

    action: Action
    reason: str
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ruling:
    """What becomes of the challenger, and why. `objections` are what a person is asked about when it is held."""

    outcome: Outcome
    reason: str
    objections: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """How a retraining ended: `version` is the challenger (None when there is none), `champion` who serves now."""

    model: str
    outcome: Literal["promoted", "kept", "skipped"]
    reason: str
    champion: int
    version: int | None = None
    plan: RetrainingPlan | None = None
    drift: Drift | None = None
    decay: Decay | None = None
    challenge: Challenge | None = None
    objections: tuple[str, ...] = ()


def decision_of(run: Run) -> Decision | None:
    """The decision that a run's folder holds; None before the run has ended."""
    path = run.folder / "decision.json"
    return from_json(Decision, path.read_bytes()) if path.exists() else None


def plan(
    config: DecideConfig, drift: Drift | None, decay: Decay | None, new_rows: int, rows: int, learned: int
) -> RetrainingPlan:
    """How much work new data call for.

    `new_rows` of the `rows` that came were not learned from by the champion, which learned from `learned`. `drift` and
    `decay` are None where nothing was kept to compare with.
    """
    warnings = _odd_size(rows, config.expected_rows or learned)
    if new_rows < config.least_new:
        reason = f"only {new_rows} rows are new to the champion; {config.least_new} are asked for"
        return RetrainingPlan("skip", reason, warnings)
    if config.work != Work.AUTO:
        action: Action = "refit" if config.work == Work.REFIT else "retune"
        return RetrainingPlan(action, f"the configuration asks for a {action}", warnings)
    if drift is None:
        return RetrainingPlan("retune", "nothing was kept of what the champion learned from, to compare with", warnings)
    if decay is not None and decay.significant:
        return RetrainingPlan("retune", decay.sentence, warnings)
    if drift.level == "severe":
        return RetrainingPlan("retune", drift.sentence, warnings)
    return RetrainingPlan("refit", f"{new_rows} rows are new to the champion. {drift.sentence}", warnings)


def rule(
    config: PromotionConfig, challenge: Challenge, drift: Drift | None, decay: Decay | None, findings: Sequence[Finding]
) -> Ruling:
    """Whether the challenger replaces the champion."""
    if any(finding.stops for finding in findings):
        return Ruling("keep", "a leakage check found an error")
    reason = _why_promote(config, challenge, drift, decay)
    if reason is None:
        return Ruling("keep", challenge.sentence)
    objections = (*challenge.objections, *_drift_objection(drift))
    if objections:
        return Ruling("hold", reason, objections)
    return Ruling("promote", reason)


def _why_promote(config: PromotionConfig, challenge: Challenge, drift: Drift | None, decay: Decay | None) -> str | None:
    if challenge.standing == "superior":
        return challenge.sentence
    if challenge.standing != "not inferior":
        return None
    if config.not_inferior.strip():
        return f"{challenge.sentence} Promoted all the same: {config.not_inferior}"
    if decay is not None and decay.significant:
        return f"{challenge.sentence} Promoted all the same: {decay.sentence}"
    if drift is not None and drift.level == "severe":
        return f"{challenge.sentence} Promoted all the same, since the data drifted. {drift.sentence}"
    return None


def _drift_objection(drift: Drift | None) -> tuple[str, ...]:
    if drift is None or not drift.calls_for_a_person:
        return ()
    return (f"Old and new rows are told apart with an AUC of {drift.auc:.2f}: is this still the same population?",)


def _odd_size(rows: int, expected: int) -> tuple[str, ...]:
    if expected and abs(rows - expected) > ODD_ROWS * expected:
        return (f"{rows} rows came where {expected} were expected.",)
    return ()

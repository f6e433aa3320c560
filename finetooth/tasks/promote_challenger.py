"""Promotion: the challenger is registered, then promoted, kept back, or held until a person has answered."""

import json
from typing import Any

from prefect.artifacts import create_markdown_artifact

from finetooth.records import to_json
from finetooth.registry.history import Action
from finetooth.registry.register_run import origin_of, record_registered
from finetooth.registry.registry import Registry, Version
from finetooth.retraining import decide as engine
from finetooth.retraining.champion import Retraining
from finetooth.retraining.comparison import Challenge
from finetooth.retraining.decide import Decision, RetrainingPlan, Ruling
from finetooth.retraining.reference import write_reference
from finetooth.runs.run import Run
from finetooth.tasks.approval import Answer, ask
from finetooth.tasks.challenge import Challenger
from finetooth.tasks.drift import DriftSummary
from finetooth.tasks.ingest import Arrival
from finetooth.tasks.runtime.events import DECISION, milestone
from finetooth.tasks.runtime.step import note, step, tracked
from finetooth.tasks.track import track_if_configured


def promote_challenger(
    retraining: Retraining, arrival: Arrival, drift_summary: DriftSummary, plan: RetrainingPlan, challenger: Challenger
) -> Decision:
    """Promote, keep, or hold for a person: by the rules, with the reason in the model's history."""
    config, champion, challenge = retraining.config, retraining.champion, challenger.challenge
    version = register(retraining, arrival, plan, challenger)
    ruling = engine.rule(config.promotion, challenge, drift_summary.drift, drift_summary.decay, challenger.findings)
    answer = Answer(promote=ruling.outcome == "promote", reason=ruling.reason)
    if ruling.outcome == "hold":
        _record_once(retraining.registry, version, "hold", _hold_reason(ruling))
        answer = ask(config.approval, version, ruling)
    set_champion(retraining, version, answer)
    decision = conclude(
        retraining.run,
        Decision(
            model=version.model,
            outcome="promoted" if answer.promote else "kept",
            reason=answer.reason,
            champion=version.number if answer.promote else champion.version.number,
            version=version.number,
            plan=plan,
            drift=drift_summary.drift,
            decay=drift_summary.decay,
            challenge=challenge,
            objections=ruling.objections,
        ),
    )
    before = champion.version.number
    record_registered(retraining.run, retraining.registry, version, decision.champion, before)
    track_if_configured(retraining.run)  # also lets the aliases there follow
    return decision


@step(
    "register",
    task_run_name="register-{retraining.config.model_name}",
    tags=["stage"],
    retries=2,
    retry_delay_seconds=5,
)
def register(retraining: Retraining, arrival: Arrival, plan: RetrainingPlan, challenger: Challenger) -> Version:
    """The challenger as a version of the model, with what it learned from beside it."""
    run = retraining.run
    challenger.model.save(run.model)
    write_reference(run.model, arrival.split.data)
    lineage = _lineage(run, arrival, plan, challenger.challenge)
    parent = retraining.champion.version.number
    return retraining.registry.register(retraining.config.model_name, run.model, lineage, parent)


@step("promote", task_run_name="promote-{version.model}", tags=["stage"])
def set_champion(retraining: Retraining, version: Version, answer: Answer) -> None:
    """Write the decision into the registry: a promotion only over the champion that was compared with."""
    if answer.promote:
        before = retraining.champion.version.number
        retraining.registry.promote(version.model, version.number, before, answer.reason)
    else:
        _record_once(retraining.registry, version, "keep", answer.reason)


def _record_once(registry: Registry, version: Version, action: Action, reason: str) -> None:
    """Record a decision in the model's history, unless a run that is resumed has recorded it before."""
    if all((change.action, change.version) != (action, version.number) for change in registry.history(version.model)):
        registry.record_decision(version.model, action, version.number, reason)


def conclude(run: Run, decision: Decision) -> Decision:
    """Write `decision.json`, and the same for people on the run's page."""
    run.write("decision.json", json.dumps(json.loads(to_json(decision)), indent=2) + "\n")
    note(f"{decision.outcome}: {decision.reason}")
    outcome = {"model": decision.model, "outcome": decision.outcome, "champion": decision.champion}
    milestone(DECISION, run.folder.name, **outcome, reason=decision.reason)
    if tracked():
        create_markdown_artifact(
            decision_markdown(decision), key="retrain-decision", description=f"'{decision.model}' after this run"
        )
    return decision


def decision_markdown(decision: Decision) -> str:
    """A decision as Markdown."""
    lines = [f"# {decision.model}: {decision.outcome}", decision.reason]
    lines.append(f"Version {decision.champion} serves.")
    if decision.objections:
        lines.append(
            "Held for a person, because:\n\n" + "\n".join(f"- {objection}" for objection in decision.objections)
        )
    for title, value in (("Work", decision.plan), ("Drift", decision.drift), ("Comparison", decision.challenge)):
        if value is not None:
            text = f"{value.action}: {value.reason}" if isinstance(value, RetrainingPlan) else value.sentence
            lines.append(f"**{title}.** {text}")
    if decision.challenge is not None and decision.challenge.turned is not None:
        wrong, right = decision.challenge.turned
        lines.append(
            f"{wrong} predictions became wrong, {right} became right, on {decision.challenge.rows} sealed rows."
        )
    return "\n\n".join(lines) + "\n"


def _hold_reason(ruling: Ruling) -> str:
    return " ".join((ruling.reason, *ruling.objections))


def _lineage(run: Run, arrival: Arrival, plan: RetrainingPlan, challenge: Challenge) -> dict[str, Any]:
    """Where the challenger comes from, in the words that a tuning run uses, so that both are listed alike."""
    return {
        **run.lineage(),
        "fingerprint": arrival.split.data.fingerprint,
        "label": challenge.standing,
        "metric": challenge.metric,
        "tuned": challenge.challenger,
        "champion": challenge.champion,
        "shipped": "tuned",
        "difference": challenge.difference,
        "ci_low": challenge.low,
        "ci_high": challenge.high,
        "holdout_rows": challenge.rows,
        "sentence": challenge.sentence,
        "work": plan.action,
        "why": plan.reason,
        "params": dict(challenge.params or {}),
        **origin_of(run),
    }

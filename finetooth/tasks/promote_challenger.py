"""Settle: the challenger is registered, then promoted, kept back, or held until a person has answered."""

import json
from typing import Any

from prefect.artifacts import create_markdown_artifact

from finetooth.config.retrain import RetrainConfig
from finetooth.records import to_json
from finetooth.registry.history import Action
from finetooth.registry.register_run import origin_of
from finetooth.registry.registry import Registry, Version
from finetooth.retraining import decide as engine
from finetooth.retraining.comparison import Challenge
from finetooth.retraining.decide import Decision, Plan, Ruling
from finetooth.retraining.reference import remember
from finetooth.runs.run import Run
from finetooth.tasks.approval import Answer, ask
from finetooth.tasks.challenge import Compared
from finetooth.tasks.drift import Looked
from finetooth.tasks.ingest import Arrived
from finetooth.tasks.load_champion import Champion
from finetooth.tasks.register import record_registered
from finetooth.tasks.runtime.events import DECISION, milestone
from finetooth.tasks.runtime.step import note, step, tracked
from finetooth.tasks.track import track_wanted


def settle(
    config: RetrainConfig,
    run: Run,
    champion: Champion,
    arrived: Arrived,
    looked: Looked,
    plan: Plan,
    compared: Compared,
) -> Decision:
    """Promote, keep, or hold for a person: by the rules, with the reason in the model's history."""
    found = compared.challenge
    version = register(config, run, champion, arrived, plan, compared)
    ruling = engine.rule(config.promotion, found, looked.drift, looked.decay, compared.findings)
    answer = Answer(promote=ruling.outcome == "promote", reason=ruling.reason)
    if ruling.outcome == "hold":
        _note_once(config, version, "hold", _held(ruling))
        answer = ask(config.approval, version, ruling)
    decide_who_serves(config, champion, version, answer)
    decision = conclude(
        run,
        Decision(
            model=version.model,
            outcome="promoted" if answer.promote else "kept",
            reason=answer.reason,
            champion=version.number if answer.promote else champion.version.number,
            version=version.number,
            plan=plan,
            drift=looked.drift,
            decay=looked.decay,
            challenge=found,
            objections=ruling.objections,
        ),
    )
    record_registered(run, version, decision.champion, champion.version.number, config.registry.location)
    track_wanted(run)  # also lets the aliases there follow
    return decision


@step("register", task_run_name="register-{config.model_name}", tags=["stage"], retries=2, retry_delay_seconds=5)
def register(
    config: RetrainConfig, run: Run, champion: Champion, arrived: Arrived, plan: Plan, compared: Compared
) -> Version:
    """The challenger as a version of the model, with what it learned from beside it."""
    compared.model.save(run.model)
    remember(run.model, arrived.data)
    lineage = _lineage(run, arrived, plan, compared.challenge)
    return Registry(config.registry.location).register(config.model_name, run.model, lineage, champion.version.number)


@step("promote", task_run_name="promote-{version.model}", tags=["stage"])
def decide_who_serves(config: RetrainConfig, champion: Champion, version: Version, answer: Answer) -> None:
    """Write the decision into the registry: a promotion only over the champion that was compared with."""
    registry = Registry(config.registry.location)
    if answer.promote:
        registry.promote(version.model, version.number, champion.version.number, answer.reason)
    else:
        _note_once(config, version, "keep", answer.reason)


def _note_once(config: RetrainConfig, version: Version, action: Action, reason: str) -> None:
    """A run that goes on may have noted it before."""
    registry = Registry(config.registry.location)
    if all((seen.action, seen.version) != (action, version.number) for seen in registry.history(version.model)):
        registry.note(version.model, action, version.number, reason)


def conclude(run: Run, decision: Decision) -> Decision:
    """Write `decision.json`, and the same for people on the run's page."""
    run.write("decision.json", json.dumps(json.loads(to_json(decision)), indent=2) + "\n")
    note(f"{decision.outcome}: {decision.reason}")
    told_of = {"model": decision.model, "outcome": decision.outcome, "champion": decision.champion}
    milestone(DECISION, run.folder.name, **told_of, reason=decision.reason)
    if tracked():
        create_markdown_artifact(
            told(decision), key="retrain-decision", description=f"'{decision.model}' after this run"
        )
    return decision


def told(decision: Decision) -> str:
    """A decision as Markdown."""
    lines = [f"# {decision.model}: {decision.outcome}", decision.reason]
    lines.append(f"Version {decision.champion} serves.")
    if decision.objections:
        lines.append("Held for a person, because:\n\n" + "\n".join(f"- {one}" for one in decision.objections))
    for title, value in (("Work", decision.plan), ("Drift", decision.drift), ("Comparison", decision.challenge)):
        if value is not None:
            said = f"{value.action}: {value.reason}" if isinstance(value, Plan) else value.sentence
            lines.append(f"**{title}.** {said}")
    if decision.challenge is not None and decision.challenge.turned is not None:
        wrong, right = decision.challenge.turned
        lines.append(
            f"{wrong} predictions became wrong, {right} became right, on {decision.challenge.rows} sealed rows."
        )
    return "\n\n".join(lines) + "\n"


def _held(ruling: Ruling) -> str:
    return " ".join((ruling.reason, *ruling.objections))


def _lineage(run: Run, arrived: Arrived, plan: Plan, found: Challenge) -> dict[str, Any]:
    """Where the challenger comes from, in the words that a tuning run uses, so that both are listed alike."""
    return {
        **run.lineage(),
        "fingerprint": arrived.data.fingerprint,
        "label": found.standing,
        "metric": found.metric,
        "tuned": found.challenger,
        "champion": found.champion,
        "shipped": "tuned",
        "difference": found.difference,
        "ci_low": found.low,
        "ci_high": found.high,
        "holdout_rows": found.rows,
        "sentence": found.sentence,
        "work": plan.action,
        "why": plan.reason,
        "params": dict(found.params or {}),
        **origin_of(run),
    }

"""Decide: skip, refit or retune, and why."""

from prefect.artifacts import create_markdown_artifact

from finetooth.config.retrain import RetrainConfig
from finetooth.retraining import decide as engine
from finetooth.retraining.decide import Decision, Plan
from finetooth.runs.run import Run
from finetooth.tasks.drift import Looked
from finetooth.tasks.ingest import Arrived
from finetooth.tasks.load_champion import Champion
from finetooth.tasks.promote_challenger import conclude
from finetooth.tasks.runtime.step import note, step, tracked


@step("decide", task_run_name="decide-{config.name}", tags=["stage"])
def decide(config: RetrainConfig, champion: Champion, arrived: Arrived, looked: Looked) -> Plan:
    """How much work the new data call for; the reason becomes an artifact."""
    learned = 0 if champion.reference is None else champion.reference.rows
    plan = engine.plan(config.decide, looked.drift, looked.decay, looked.new_rows, arrived.rows, learned)
    for warning in plan.warnings:
        note(warning, warning=True)
    note(f"{plan.action}: {plan.reason}")
    if tracked():
        lines = [f"**{plan.action}**: {plan.reason}", *(f"- {warning}" for warning in plan.warnings)]
        create_markdown_artifact("\n\n".join(lines), key="retrain-plan", description="What the new data call for")
    return plan


def skipped(config: RetrainConfig, run: Run, champion: Champion, looked: Looked, plan: Plan) -> Decision:
    """End here: the champion is kept, and nothing was compared."""
    return conclude(
        run,
        Decision(
            config.model_name,
            "skipped",
            plan.reason,
            champion.version.number,
            plan=plan,
            drift=looked.drift,
            decay=looked.decay,
        ),
    )

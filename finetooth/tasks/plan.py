"""The plan: skip, refit or retune, and why."""

from prefect.artifacts import create_markdown_artifact

from finetooth.retraining import decide as engine
from finetooth.retraining.champion import Retraining
from finetooth.retraining.decide import Decision, RetrainingPlan
from finetooth.tasks.drift import DriftSummary
from finetooth.tasks.ingest import Arrival
from finetooth.tasks.promote_challenger import conclude
from finetooth.tasks.runtime.step import note, step, tracked


@step("decide", task_run_name="decide-{retraining.config.name}", tags=["stage"])
def plan_work(retraining: Retraining, arrival: Arrival, drift_summary: DriftSummary) -> RetrainingPlan:
    """How much work the new data call for; the reason becomes an artifact."""
    reference = retraining.champion.reference
    learned = 0 if reference is None else reference.rows
    section = retraining.config.decide
    plan = engine.plan(section, drift_summary.drift, drift_summary.decay, drift_summary.new_rows, arrival.rows, learned)
    for warning in plan.warnings:
        note(warning, warning=True)
    note(f"{plan.action}: {plan.reason}")
    if tracked():
        lines = [f"**{plan.action}**: {plan.reason}", *(f"- {warning}" for warning in plan.warnings)]
        create_markdown_artifact("\n\n".join(lines), key="retrain-plan", description="What the new data call for")
    return plan


def skip(retraining: Retraining, drift_summary: DriftSummary, plan: RetrainingPlan) -> Decision:
    """End here: the champion is kept, and nothing was compared."""
    return conclude(
        retraining.run,
        Decision(
            retraining.config.model_name,
            "skipped",
            plan.reason,
            retraining.champion.version.number,
            plan=plan,
            drift=drift_summary.drift,
            decay=drift_summary.decay,
        ),
    )

"""Retrain: from new data to the decision who serves, every step in order."""

from prefect import flow

from finetooth.config.retrain import RetrainConfig
from finetooth.retraining.decide import Decision
from finetooth.tasks.challenge import challenge
from finetooth.tasks.check_leakage import check_leakage
from finetooth.tasks.drift import measure_drift
from finetooth.tasks.ingest import ingest
from finetooth.tasks.open_retraining import open_retraining
from finetooth.tasks.plan import plan_work, skip
from finetooth.tasks.promote_challenger import promote_challenger
from finetooth.tasks.retune import challenger_params
from finetooth.tasks.runtime.arrival_event import with_table
from finetooth.tasks.runtime.open_study import open_study


@flow(name="retrain", flow_run_name="retrain-{config.name}")
def retrain(config: RetrainConfig = RetrainConfig(), uri: str = "") -> Decision:  # noqa: B008 (a frozen value)
    """Retrain the model that serves when new data call for it, and replace it only by a better one.

    Args:
        config: What is retrained, when, and how much is done.
        uri: The table that arrived; left empty, the one that the configuration names.

    """
    config = with_table(config, uri)  # the table that an event names, if one started this
    with open_retraining(config) as retraining:  # the champion, its files verified, and what it learned from
        arrival = ingest(retraining)  # the schema against the champion's; split and sealed
        drift_summary = measure_drift(retraining, arrival)  # drift of the new rows, and how the champion does on them
        plan = plan_work(retraining, arrival, drift_summary)  # skip, refit or retune, and why
        if plan.action == "skip":
            return skip(retraining, drift_summary, plan)
        with open_study(retraining.run, arrival.split) as study:
            findings = check_leakage(study)  # an error stops here
            params = challenger_params(study, retraining.champion, plan)  # its own, or a search that starts there
            challenger = challenge(study, retraining, params, findings)  # opens the vault, once
        return promote_challenger(
            retraining, arrival, drift_summary, plan, challenger
        )  # promote, keep, or ask a person

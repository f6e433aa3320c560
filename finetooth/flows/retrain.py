"""Retrain: from new data to the decision who serves, every step in order."""

from prefect import flow

from finetooth.config.retrain import RetrainConfig
from finetooth.retraining.decide import Decision
from finetooth.tasks.challenge import challenge
from finetooth.tasks.check_leakage import check_leakage
from finetooth.tasks.drift import look
from finetooth.tasks.ingest import arrive
from finetooth.tasks.load_champion import serving
from finetooth.tasks.plan import decide, skipped
from finetooth.tasks.promote_challenger import settle
from finetooth.tasks.report import reported
from finetooth.tasks.retune import challenger
from finetooth.tasks.runtime.arrival_event import named
from finetooth.tasks.runtime.open_study import bench
from finetooth.tasks.runtime.run_folder import run_folder


@flow(name="retrain", flow_run_name="retrain-{config.name}")
def retrain(config: RetrainConfig = RetrainConfig(), uri: str = "") -> Decision:  # noqa: B008 (a frozen value)
    """Retrain the model that serves when new data call for it, and replace it only by a better one.

    Args:
        config: What is retrained, when, and how much is done.
        uri: The table that arrived; left empty, the one that the configuration names.

    """
    config = named(config, uri)  # the table that an event names, if one started this
    champion = serving(config)  # its files verified, and what it learned from
    with run_folder(config.tuning, "retrain") as run, reported(run):
        arrived = arrive(config, run, champion)  # the schema against the champion's; split and sealed
        looked = look(config, champion, arrived)  # drift of the new rows, and how the champion does on them
        plan = decide(config, champion, arrived, looked)  # skip, refit or retune, and why
        if plan.action == "skip":
            return skipped(config, run, champion, looked, plan)
        with bench(run, arrived.data) as trials:
            findings = check_leakage(run.config, run, trials, arrived.findings)  # an error stops here
            params = challenger(run.config, trials, champion, plan)  # the champion's, or a search that starts there
            compared = challenge(config, run, trials, champion, params, findings)  # opens the vault, once
        return settle(config, run, champion, arrived, looked, plan, compared)  # promote, keep, or ask a person

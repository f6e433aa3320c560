"""Retrain: from new data to the decision who serves, every step in order."""

from prefect import flow

from finetooth.registry.decide import Decision
from finetooth.retrain_config import RetrainConfig
from tasks.arrive import arrive
from tasks.bench import bench
from tasks.challenge import challenge
from tasks.check_leakage import check_leakage
from tasks.decide import decide, skipped
from tasks.drift import look
from tasks.event import named
from tasks.folder import run_folder
from tasks.report import reported
from tasks.retune import challenger
from tasks.serving import serving
from tasks.settle import settle


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

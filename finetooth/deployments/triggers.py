"""What keeps a model up to date, in one file: when it is retrained, what is watched, and which block is notified.

    finetooth serve deployments/configs/churn.yaml

The file names the retraining's configuration, any number of schedules, how long arrivals must be quiet before they
start one run, what to watch how often, and a notification or webhook block that failed and waiting runs are told to.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.client.schemas.schedules import SCHEDULE_TYPES, construct_schedule
from prefect.events.schemas.automations import Posture
from prefect.events.schemas.deployment_triggers import DeploymentEventTrigger
from prefect.types.entrypoint import EntrypointType
from pydantic import Field

from finetooth.config.loading import load_retrain, read_yaml, validated
from finetooth.config.retrain import RetrainConfig, WatchConfig
from finetooth.config.section import ConfigSection
from finetooth.errors import InputError, one_line
from finetooth.tasks.runtime.arrival_event import ARRIVED, RESOURCE, UNNAMED

# Waits instead of being cancelled: an arrival during a retraining must not be lost, and finds nothing new if it was in.
ONE_AT_A_TIME = ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.ENQUEUE)


class ScheduleTrigger(ConfigSection):
    """A schedule: one of cron, interval and rrule."""

    cron: str | None = Field(None, title="Cron")
    """Such as 0 3 * * 1: at three o'clock on Mondays."""
    interval: str | None = Field(None, title="Interval")
    """Such as 15min, 6h or 7d."""
    rrule: str | None = Field(None, title="Recurrence rule")
    """Such as FREQ=MONTHLY;BYMONTHDAY=1."""
    timezone: str = Field("UTC", title="Time zone")
    """Such as Europe/Berlin."""


class WatchTrigger(ConfigSection):
    """What is watched, and how often."""

    location: str = Field(title="Data location")
    """A file, a pattern, or any fsspec URL of one."""
    when: str = Field("changed", title="Send the event when")
    """changed or drifted."""
    schedule: ScheduleTrigger = Field(ScheduleTrigger(interval="15min"), title="How often")


class ModelDeployment(ConfigSection):
    """How a model is kept up to date."""

    retrain: dict[str, Any] = Field(title="Retraining")
    """The configuration of the flow; its name is the model's, unless its registry section gives one."""
    schedules: tuple[ScheduleTrigger, ...] = Field((), title="Schedules")
    """When it is retrained whatever arrives."""
    quiet: int = Field(60, ge=10, title="Quiet seconds")
    """A retraining starts when nothing further has arrived for so long: several arrivals in a row make one run."""
    watch: WatchTrigger | None = Field(None, title="Watch")
    """What is looked at; left out, events come from elsewhere (`finetooth emit`, the API)."""
    alert: str | None = Field(None, title="Alert", pattern=r"^[a-z0-9-]+/[A-Za-z0-9_-]+$")
    """The block that hears of failed and waiting runs, as TYPE/NAME: webhook/ops, slack-webhook/team: see `alerts`."""

    @property
    def config(self) -> RetrainConfig:
        """The retraining's configuration, checked."""
        return load_retrain(dict(self.retrain), "the section 'retrain'")


def read_deployment(path: str | Path) -> ModelDeployment:
    """Read a model's deployment file. Raises `InputError` for whatever is wrong in the file, its schedules included."""
    deployment = validated(ModelDeployment, read_yaml(path), str(path))
    _ = deployment.config
    for when in (*deployment.schedules, *((deployment.watch.schedule,) if deployment.watch else ())):
        prefect_schedule(when)
    if deployment.watch is not None:
        _watch_config(deployment, deployment.watch)
    return deployment


def prefect_schedule(when: ScheduleTrigger) -> SCHEDULE_TYPES:
    """A schedule of Prefect's own. Raises `InputError` when it cannot be read."""
    expressions = {
        name: text for name, text in (("cron", when.cron), ("interval", when.interval), ("rrule", when.rrule)) if text
    }
    if len(expressions) != 1:
        raise InputError(
            f"a schedule must have one of cron, interval and rrule; got {', '.join(expressions) or 'none'}."
        )
    ((name, text),) = expressions.items()
    try:
        value: Any = _interval(text) if name == "interval" else text
        return construct_schedule(**{name: value}, timezone=when.timezone)
    except InputError:
        raise
    except Exception as error:  # noqa: BLE001 (cron, dates and rules are read by three libraries)
        reason = one_line(error, 200)
        raise InputError(
            f"a schedule's {name} must be one that can be read; got '{text}' ({when.timezone}): {reason}"
        ) from None


def arrival_trigger(model: str, quiet: int) -> DeploymentEventTrigger:
    """Start a run when data of a model have arrived and no more came for `quiet` seconds, with the last one's table.

    An arrival opens the wait and starts it anew; the run starts when the wait ends without another.
    """
    return DeploymentEventTrigger(
        name=f"{model}: data arrived",
        description=f"Retrains '{model}' when '{ARRIVED}' comes and {quiet} s pass without another.",
        match={"prefect.resource.id": f"{RESOURCE}.{model}"},
        for_each={"prefect.resource.id"},
        after={ARRIVED},
        expect={ARRIVED},
        posture=Posture.Proactive,
        threshold=1,
        within=timedelta(seconds=quiet),
        # Without the default no run would be made of an event that lacks it, and nobody would see why.
        parameters={"uri": f"{{{{ event.payload.uri | default('{UNNAMED}', true) }}}}"},
    )


def deployments(deployment: ModelDeployment) -> list[Any]:
    """The deployments that keep a model up to date: its retraining, and the watching of its data."""
    from finetooth.flows.retrain import retrain
    from finetooth.flows.watch import watch

    config = deployment.config
    name = config.model_name
    common: dict[str, Any] = {
        "name": name,
        "tags": ["finetooth", name],
        "entrypoint_type": EntrypointType.MODULE_PATH,
        "concurrency_limit": ONE_AT_A_TIME,
    }
    flow_deployments = [
        retrain.to_deployment(
            **common,
            description=f"Keeps the model '{name}' up to date.",
            parameters={"config": config.model_dump(mode="json")},
            schedules=[prefect_schedule(when) for when in deployment.schedules],
            triggers=[arrival_trigger(name, deployment.quiet)],
        )
    ]
    if deployment.watch is not None:
        watch_config = _watch_config(deployment, deployment.watch)
        flow_deployments.append(
            watch.to_deployment(
                **common,
                description=f"Looks at the data of '{name}'.",
                parameters={"config": watch_config.model_dump(mode="json")},
                schedules=[prefect_schedule(deployment.watch.schedule)],
            )
        )
    return flow_deployments


def _watch_config(deployment: ModelDeployment, trigger: WatchTrigger) -> WatchConfig:
    config = deployment.config
    values = {
        "model": config.model_name,
        "location": trigger.location,
        "registry": config.registry.location,
        "when": trigger.when,
    }
    return validated(WatchConfig, values, "the section 'watch'")


def _interval(text: str) -> timedelta:
    interval = pd.Timedelta(text)
    if pd.isna(interval) or interval.total_seconds() < 1:
        raise InputError(f"a schedule's interval must be a time such as 15min, 6h or 7d; got '{text}'.")
    return interval.to_pytimedelta()

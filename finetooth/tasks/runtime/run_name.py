"""The name of a run: given by the user, or that of the flow run which shows it."""

from typing import TypeVar

from prefect.runtime import flow_run

from finetooth.config.tune import TuneConfig
from finetooth.tasks.runtime.step import tracked

Config = TypeVar("Config", bound=TuneConfig)


def named_run(config: Config) -> Config:
    """The configuration with the name of its run, if one is given or a flow run shows it.

    So a flow run that Prefect starts again finds its own folder, and goes on in it.
    """
    if config.output.run is not None or not tracked():
        return config
    name = f"{config.name}-{str(flow_run.get_id())[:8]}"
    return config.model_copy(update={"output": config.output.model_copy(update={"run": name})})

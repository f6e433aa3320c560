"""Watch: a cheap look at a data location, and the event that starts a retraining when it is worth one."""

from prefect import flow

from finetooth.config.retrain import WatchConfig
from finetooth.tasks.watch import Watched, announce, look


@flow(name="watch", flow_run_name="watch-{config.model}")
def watch(config: WatchConfig = WatchConfig()) -> Watched:  # noqa: B008 (a frozen value)
    """Look whether data changed, or drifted from what the champion learned, and tell it by an event."""
    watched, state = look(config)  # what the file system tells; a sample is read only where drift is asked for
    return announce(config, watched, state)  # sent first, then remembered, so that none is lost

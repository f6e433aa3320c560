"""Tracking: a run that has ended is shown where else the configuration says. What fails there fails no run."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from finetooth.errors import LeakageError
from finetooth.registry.register_run import registry_of
from finetooth.report.gather import record_of
from finetooth.report.record import metric_of
from finetooth.runs.run import Run
from finetooth.tasks.runtime.events import VERDICT, milestone
from finetooth.tasks.runtime.step import note, step
from finetooth.tracking import send, senders


@contextmanager
def sending_to_trackers(run: Run) -> Iterator[None]:
    """Send the run to its trackers when it ends, by a leak or with a verdict, which is also sent as an event.

    Raises `InputError` before the run begins for a registry that cannot be used, a package that is not installed, or
    a server that does not answer.
    """
    if (registry := registry_of(run)) is not None:
        registry.champion(str(run.config.registry.model))
        registry.check_writable()
    senders(run.config.tracking)
    try:
        yield
    except LeakageError:
        track_if_configured(run)
        raise
    if (verdict := run.verdict()) is not None:
        names = ("label", "metric", "tuned", "default", "difference", "ci_low", "ci_high", "shipped", "sentence")
        milestone(VERDICT, run.folder.name, **{name: getattr(verdict, name) for name in names})
    track_if_configured(run)


def track_if_configured(run: Run) -> None:
    """Send a run to every tracker that its configuration names, if it names one."""
    if run.config.tracking.mlflow is not None or run.config.tracking.wandb is not None:
        track(run)


@step("track", task_run_name="track-{run.config.name}", tags=["stage"])
def track(run: Run) -> dict[str, str]:
    """Send a run to every tracker. Returns where it can be seen, or why not; `tracked.json` says the same."""
    record = record_of(run)
    addresses = send(run, metric_of(record), record.trials, run.config.tracking)
    run.write("tracked.json", json.dumps(addresses, indent=2) + "\n")
    for address in addresses.values():
        note(address, warning=address.startswith("not "))
    return addresses

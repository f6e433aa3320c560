"""Where else is a run shown? In MLflow and in Weights & Biases, which get the same payload."""

from collections.abc import Callable, Sequence
from importlib.util import find_spec

from finetooth.config.tune import TrackingConfig
from finetooth.errors import InputError, one_line
from finetooth.metrics import Metric
from finetooth.records import Trial
from finetooth.runs.run import Run
from finetooth.tracking.payload import Payload, payload_of

Send = Callable[[Payload, TrackingConfig], str]


def senders(config: TrackingConfig) -> dict[str, Send]:
    """What sends a run to each place that the configuration names; it returns where the run can be seen there.

    Raises `InputError` for a package that is not installed, and for a server that does not answer: before a search,
    not after it.
    """
    chosen: dict[str, Send] = {}
    if config.mlflow is not None:
        _check_installed("mlflow")
        from finetooth.tracking import mlflow_server

        mlflow_server.check_server(config.mlflow)
        chosen["mlflow"] = mlflow_server.send
    if config.wandb is not None:
        _check_installed("wandb")
        from finetooth.tracking import wandb_project

        chosen["wandb"] = wandb_project.send
    return chosen


def send(run: Run, metric: Metric, trials: Sequence[Trial], config: TrackingConfig) -> dict[str, str]:
    """Where the run can be seen in each place, or, beginning with "not", why it cannot; nothing is raised."""
    try:
        send_to = senders(config)
    except InputError as error:  # a server that answered hours ago may be gone
        return {"tracking": f"not shown elsewhere: {error}"}
    addresses = {}
    for name, send_one in send_to.items():
        try:
            addresses[name] = send_one(payload_of(run, metric, trials), config)
        except Exception as error:  # noqa: BLE001 (whatever a service does, the run stands)
            addresses[name] = f"not shown in {name}: {type(error).__name__}: {one_line(error, 300)}"
    return addresses


def _check_installed(package: str) -> None:
    if find_spec(package) is None:
        raise InputError(
            f"the package {package} must be installed to show runs there; it is not; "
            f"type: pip install 'finetooth[{package}]', or leave tracking.{package} empty."
        )

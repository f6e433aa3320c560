"""MLflow: a run a flow with a child run a finalist, and the model registered under the alias `champion`.

The model is an MLflow model whose loader is finetooth's own, so its files are those of the run and hold no pickle:
`mlflow.pyfunc.load_model("models:/NAME@champion")` predicts where finetooth is installed.
"""

import os
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from finetooth.config.tune import TrackingConfig
from finetooth.errors import UnreachableError, one_line
from finetooth.tracking.payload import Finalist, Payload
from finetooth.version import code_version

CHAMPION = "champion"
PREVIOUS = "previous"
_ANSWER = 10  # seconds that a server may take to say that it is there
_VERSION = "finetooth.version"  # the tag with the number in finetooth's own registry


def check_server(uri: str) -> None:
    """Raise `UnreachableError` unless a server answers; MLflow itself would try for minutes."""
    if not uri.startswith(("http://", "https://")):
        return  # a file or a database of this machine
    try:
        with urllib.request.urlopen(f"{uri.rstrip('/')}/health", timeout=_ANSWER):  # noqa: S310 (http or https)
            pass
    except (OSError, ValueError) as error:
        answer = one_line(error)
        raise UnreachableError(
            f"an MLflow server must answer at {uri}; got {type(error).__name__}: {answer}."
        ) from None


def send(payload: Payload, config: TrackingConfig) -> str:
    """Write a run with its finalists, files and model; where it can be seen."""
    uri = str(config.mlflow)
    client = _client(uri)
    experiment = client.get_experiment_by_name(config.experiment)
    number = experiment.experiment_id if experiment is not None else client.create_experiment(config.experiment)
    tags = {f"finetooth.{name}": word for name, word in payload.words.items()} | {"mlflow.source.name": "finetooth"}
    tags |= {"mlflow.note.content": payload.sentence} if payload.sentence else {}
    run = client.create_run(number, run_name=payload.name, tags=tags).info.run_id
    _log(client, run, payload.settings, payload.numbers, payload.series)
    for path in payload.files:
        client.log_artifact(run, str(path))
    for finalist in payload.finalists:
        _send_finalist(client, number, run, payload, finalist)
    if payload.model is not None:
        _send_model(client, uri, run, payload)
    client.set_terminated(run)
    return f"{uri.rstrip('/')}/#/experiments/{number}/runs/{run}"


def update_aliases(uri: str, model: str, champion: int | None, previous: int | None) -> bool:
    """Set MLflow's aliases to the champion and the previous one of finetooth's registry.

    `champion` and `previous` are finetooth's version numbers, which MLflow's versions carry as a tag. False when MLflow
    has no version for the champion; then its aliases stay as they are.
    """
    client = _client(uri)
    numbers = {int(v.tags[_VERSION]): v.version for v in _versions(client, model) if _VERSION in v.tags}
    if champion not in numbers:
        return False
    client.set_registered_model_alias(model, CHAMPION, numbers[champion])
    if previous in numbers:
        client.set_registered_model_alias(model, PREVIOUS, numbers[previous])
    return True


def _client(uri: str) -> Any:
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    # The standard output is for what was asked for, which may be JSON.
    os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri=uri, registry_uri=uri)


def _versions(client: Any, model: str) -> list[Any]:
    return list(client.search_model_versions(f"name='{model}'"))


def _log(client: Any, run: str, settings: Any, numbers: Any, series: Any) -> None:
    """Parameters, final numbers, and series by step, in as few calls as the server allows."""
    from mlflow.entities import Metric, Param

    now = int(time.time() * 1000)
    params = [Param(name, str(value)[:500]) for name, value in settings.items()]
    metrics = [Metric(name, value, now, 0) for name, value in numbers.items()]
    metrics += [Metric(name, value, now, step) for name, points in series.items() for step, value in points]
    for start in range(0, max(len(params), 1), 100):
        client.log_batch(run, params=params[start : start + 100])
    for start in range(0, len(metrics), 1000):
        client.log_batch(run, metrics=metrics[start : start + 1000])


def _send_finalist(client: Any, experiment: str, parent: str, payload: Payload, finalist: Finalist) -> None:
    tags = {"mlflow.parentRunId": parent, "finetooth.origin": finalist.origin, "finetooth.run": payload.name}
    name = f"{payload.name}-finalist-{finalist.index}"
    run = client.create_run(experiment, run_name=name, tags=tags).info.run_id
    numbers = {payload.metric.name: finalist.mean, "seconds": finalist.seconds}
    _log(client, run, finalist.params, numbers, {f"{payload.metric.name}.repeat": tuple(enumerate(finalist.scores))})
    client.set_terminated(run)


def _send_model(client: Any, uri: str, run: str, payload: Payload) -> None:
    """The model as an artifact of the run, and as a version of MLflow's registry where finetooth's has it."""
    import mlflow.pyfunc

    with tempfile.TemporaryDirectory(prefix="finetooth-") as scratch:
        folder = Path(scratch) / "model"
        mlflow.pyfunc.save_model(
            folder,
            loader_module="finetooth.tracking.mlflow_loader",
            data_path=str(payload.model),
            pip_requirements=[f"finetooth=={code_version().partition('+')[0]}"],
        )
        client.log_artifacts(run, str(folder), "model")
    if not payload.registered:
        return
    name, number = payload.registered["model"], payload.registered["version"]
    if all(version.tags.get(_VERSION) != str(number) for version in _versions(client, name)):
        if not client.search_registered_models(f"name='{name}'"):
            client.create_registered_model(name)
        tags = {_VERSION: str(number)} | {f"finetooth.{key}": word for key, word in payload.words.items()}
        client.create_model_version(
            name, f"runs:/{run}/model", run, tags=tags, description=payload.sentence, await_creation_for=None
        )
    update_aliases(uri, name, payload.registered["champion"], payload.registered.get("previous"))

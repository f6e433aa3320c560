"""Runs on a real MLflow server, started here on loopback: runs, children, files, and the champion as it loads there."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pandas as pd
import pytest

from finetooth.config.tune import TrackingConfig
from finetooth.errors import InputError
from finetooth.models.model import load_model
from finetooth.tracking import mlflow_server
from finetooth.tracking.payload import Finalist
from tests.tracking.showing import payload

pytestmark = pytest.mark.skipif(find_spec("mlflow") is None, reason="the extra 'mlflow' is not installed")
_START = 300  # seconds: the first start makes a database and compiles a large package


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The address of an MLflow server with a database and files of its own."""
    folder = tmp_path_factory.mktemp("mlflow")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    words += ["--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--artifacts-destination", str(folder / "files")]
    env = os.environ | {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "1"}
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(words, cwd=folder, env=env, stdout=log, stderr=log, start_new_session=True)
    try:
        _await(f"http://127.0.0.1:{port}", process, folder / "log")
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=60)


def _await(address, process, log):
    until = time.monotonic() + _START
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"MLflow did not start:\n{log.read_text()[-2000:]}")


@pytest.fixture(scope="module")
def sent(server, tables, tmp_path_factory):
    """Two runs of one model on the server: the first one's version is the champion. The client, and both."""
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    from mlflow import MlflowClient

    folder = tmp_path_factory.mktemp("runs")
    runs = [
        payload(
            tables["binary"],
            folder / name,
            name,
            registered={"model": "credit", "version": number, "champion": 1, "registry": "models"},
        )
        for number, name in ((1, "first"), (2, "second"))
    ]
    config = TrackingConfig(mlflow=server, experiment="weekly")
    seen = [mlflow_server.send(run, config) for run in runs]
    client = MlflowClient(tracking_uri=server, registry_uri=server)
    experiment = client.get_experiment_by_name("weekly").experiment_id
    found = {run.info.run_name: run for run in client.search_runs([experiment])}
    return client, runs, found, seen


def test_a_flow_is_a_run_with_its_settings_numbers_and_words(sent, server):
    _, _, found, seen = sent
    run = found["first"]
    assert seen[0] == f"{server}/#/experiments/{run.info.experiment_id}/runs/{run.info.run_id}"
    assert run.info.status == "FINISHED"
    assert run.data.params == {"seed": "3", "data.source": "table.csv", "shipped.max_depth": "6"}
    assert {name: run.data.metrics[name] for name in ("tuned", "default", "difference")} == {
        "tuned": 0.41,
        "default": 0.43,
        "difference": 0.02,
    }
    assert run.data.tags["finetooth.state"] == "IMPROVED"
    assert run.data.tags["mlflow.note.content"] == "IMPROVED: tuned beats default."


def test_a_search_is_a_series_by_trial(sent):
    client, _, found, _ = sent
    points = client.get_metric_history(found["first"].info.run_id, "refine.score")
    assert sorted((point.step, point.value) for point in points) == [(0, 0.5), (1, 0.4), (2, 0.45)]


def test_each_finalist_is_a_child_run_with_its_parameters_and_mean_score(sent):
    client, runs, found, _ = sent
    parent = found["first"].info.run_id
    children = [run for run in found.values() if run.data.tags.get("mlflow.parentRunId") == parent]
    assert {c.info.run_name: c.data.params for c in children} == {
        "first-finalist-0": {"max_depth": "6"},
        "first-finalist-1": {"max_depth": "3"},
    }
    best: Finalist = runs[0].finalists[1]
    child = next(c for c in children if c.info.run_name.endswith("-1"))
    assert (child.data.metrics["log_loss"], child.data.metrics["seconds"]) == (pytest.approx(best.mean), 2.5)
    points = client.get_metric_history(child.info.run_id, "log_loss.repeat")
    assert sorted((p.step, p.value) for p in points) == [(0, 0.40), (1, 0.42)]


def test_report_journal_and_model_are_files_of_the_run(sent):
    client, _, found, _ = sent
    names = [file.path for file in client.list_artifacts(found["first"].info.run_id)]
    assert sorted(names) == ["model", "report.html", "trials.jsonl"]


def test_the_champion_has_the_alias_and_a_later_version_does_not_take_it(sent):
    client, _, found, _ = sent
    champion = client.get_model_version_by_alias("credit", "champion")
    assert (champion.version, champion.run_id) == ("1", found["first"].info.run_id)
    assert champion.tags["finetooth.version"] == "1"
    assert sorted(v.version for v in client.search_model_versions("name='credit'")) == ["1", "2"]


def test_the_champion_loads_from_mlflow_and_predicts_as_the_run_does_without_pickle(sent, server, tables):
    import mlflow

    _, runs, _, _ = sent
    mlflow.set_tracking_uri(server)
    frame = tables["binary"].frame.drop(columns="target")
    found = mlflow.pyfunc.load_model("models:/credit@champion").predict(frame)
    own = load_model(runs[0].model)
    assert found["prediction"].tolist() == own.predict(frame).tolist()
    pd.testing.assert_series_equal(found["probability_yes"], own.predict_proba(frame)["yes"], check_names=False)
    folder = mlflow.artifacts.download_artifacts("models:/credit@champion")
    names = [name for _, _, files in os.walk(folder) for name in files]
    assert not [name for name in names if name.endswith((".pkl", ".pickle", ".joblib"))]
    described = Path(folder, "MLmodel")
    described.write_text(described.read_text().replace("finetooth.tracking.mlflow_loader", "finetooth.trackers.loader"))
    assert mlflow.pyfunc.load_model(folder).predict(frame).equals(found)  # as 0.1.0 sent it
    with pytest.raises(InputError, match="column 'first' must exist"):
        mlflow.pyfunc.load_model(folder).predict(frame.drop(columns="first"))


def test_aliases_follow_a_promotion_and_stay_where_mlflow_has_no_such_version(sent, server):
    client, _, _, _ = sent
    assert mlflow_server.update_aliases(server, "credit", 2, 1)
    aliases = {name: client.get_model_version_by_alias("credit", name).version for name in ("champion", "previous")}
    assert aliases == {"champion": "2", "previous": "1"}
    assert not mlflow_server.update_aliases(server, "credit", 9, 2)
    assert mlflow_server.update_aliases(server, "credit", 1, 2)
    assert client.get_model_version_by_alias("credit", "champion").version == "1"


def test_a_retraining_that_promoted_sets_both_aliases(sent, server):
    client, runs, _, _ = sent
    assert mlflow_server.update_aliases(server, "credit", 1, 2)
    registered = {"model": "credit", "version": 2, "champion": 2, "previous": 1}
    mlflow_server.send(replace(runs[1], registered=registered), TrackingConfig(mlflow=server, experiment="retrained"))
    aliases = {name: client.get_model_version_by_alias("credit", name).version for name in ("champion", "previous")}
    assert aliases == {"champion": "2", "previous": "1"}


def test_a_run_that_is_sent_again_makes_no_second_version_and_prints_nothing(sent, server, capsys):
    client, runs, _, _ = sent
    mlflow_server.send(runs[0], TrackingConfig(mlflow=server, experiment="again"))
    assert capsys.readouterr().out == ""
    assert len(client.search_model_versions("name='credit'")) == 2

"""A model kept up to date by the stack: an event or a change of its data starts a retraining, and the registry tells."""

import json
import os
import subprocess
import sys

import pytest
import yaml

from finetooth.registry.registry import Registry
from finetooth.runs.run import find_run
from tests.flows.retraining import arrival, saved, serving, wanted
from tests.support import ended, next_run, started_runs

pytestmark = pytest.mark.stack


def python(stack, folder, *words, code=0):
    """Run Python in `folder` beside the stack; what it says."""
    from finetooth.deployments.stack import environment

    env = environment(*stack) | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(
        [sys.executable, *words], cwd=folder, env=env, check=False, capture_output=True, text=True, timeout=180
    )
    said = done.stdout + done.stderr
    assert done.returncode == code, said
    return said


@pytest.fixture(scope="module")
def kept(stack, tmp_path_factory):
    """The folder of a model that has a champion and is kept up to date by the stack. Its paths are relative."""
    folder = tmp_path_factory.mktemp("kept")
    serving(folder)
    saved(folder, "watched.csv", arrival(1))
    retrain = json.loads(wanted(folder, "first.csv").model_dump_json())
    del retrain["cluster"]  # the stack's own
    retrain |= {"registry": {"model": "churn", "location": "models"}, "output": {"folder": "runs"}}
    watch = {"location": "watched.csv", "schedule": {"interval": "365d"}}
    (folder / "churn.yaml").write_text(yaml.safe_dump({"retrain": retrain, "quiet": 10, "watch": watch}))
    said = python(stack, folder, "-m", "finetooth.deployments.deploy_models", "churn.yaml")
    assert said.splitlines()[-2:] == ["deployed retrain/churn", "deployed watch/churn"]
    return folder


def decision(folder, run):
    """What a retraining decided, as its folder tells."""
    found = find_run(f"churn-{str(run.id)[:8]}", str(folder / "runs"))
    return json.loads((found.folder / "decision.json").read_text())


def test_an_event_of_the_command_line_starts_a_retraining_that_promotes(stack, client, kept):
    watching = client.read_deployment_by_name("watch/churn")
    first_look = client.create_flow_run_from_deployment(watching.id)
    table = saved(kept, "turned.csv", arrival(3, flipped=True))
    said = python(stack, kept, "-c", "from finetooth.cli.main import main; main()", "emit", "churn", table)
    assert "sent 'finetooth.data.arrived'" in said
    run = next_run(client, client.read_deployment_by_name("retrain/churn"))
    assert ended(client, run).is_completed()
    assert run.parameters["uri"] == table
    assert ended(client, first_look).is_completed()
    registry = Registry(str(kept / "models"))
    first, second = registry.versions("churn")
    assert (registry.champion("churn"), registry.previous("churn")) == (second, first)
    assert (second.parent, second.label, second.lineage["work"]) == (1, "superior", "retune")
    assert second.run == f"churn-{str(run.id)[:8]}"
    assert second.fingerprint != first.fingerprint
    made = decision(kept, run)
    assert (made["outcome"], made["champion"], made["version"]) == ("promoted", 2, 2)
    assert [change.action for change in registry.history("churn")] == ["promote", "promote"]


def test_a_watch_that_notices_a_change_sends_the_event_and_the_retraining_records_its_decision(stack, client, kept):
    retraining = client.read_deployment_by_name("retrain/churn")
    known = started_runs(client, retraining)
    table = saved(kept, "watched.csv", arrival(6, rows=900, flipped=True))
    look = client.create_flow_run_from_deployment(client.read_deployment_by_name("watch/churn").id)
    assert ended(client, look).is_completed()
    run = next_run(client, retraining, known)
    assert ended(client, run).is_completed()
    assert run.parameters["uri"] == table
    registry = Registry(str(kept / "models"))
    *_, third = registry.versions("churn")
    made, last = decision(kept, run), registry.history("churn")[-1]
    assert (third.number, third.parent, third.lineage["work"]) == (3, 2, "refit")
    assert (made["outcome"], made["champion"], made["version"]) == ("kept", 2, 3)
    assert (last.action, last.version, last.reason) == ("keep", 3, made["reason"])
    assert registry.champion("churn").number == 2


def test_a_pool_that_is_not_there_is_said_in_one_line(stack, kept):
    said = python(stack, kept, "-m", "finetooth.deployments.deploy_models", "churn.yaml", "--pool", "nowhere", code=2)
    assert "finetooth: the work pool must exist; there is no 'nowhere'" in said
    assert "Traceback" not in said

"""The flows on a server that stays up: schedules that really start runs, forms, refusals, cancelling, work pools."""

import os
import signal
from datetime import UTC, datetime, timedelta

import psutil
import pytest

from finetooth.runs.run import find_run
from tests.flows.running import ROOT
from tests.support import ended, next_run, until

TINY = {
    "model": {"name": "linear"},
    "data": {"source": "sklearn:breast_cancer"},
    "coarse": {"trials": 2, "rows": 0.4, "least_rows": 60},
    "refine": {"trials": 3},
    "replicate": {"finalists": 1, "repeats": 2, "folds": 3},
    "validation": {"seeds": 2, "bootstrap": 200},
    "cluster": {"workers": 1, "processes": False},
}


def inside(processes):
    """What the processes of the session have started, by id."""
    home, found = processes.env["PREFECT_HOME"], {}
    for process in psutil.process_iter():
        try:
            if process.environ().get("PREFECT_HOME") == home and process.status() != psutil.STATUS_ZOMBIE:
                found[process.pid] = " ".join(process.cmdline())
        except psutil.Error:
            continue
    return found


def test_a_schedule_really_starts_a_run_and_it_reaches_a_verdict(client, served, processes):
    from prefect.client.schemas.schedules import IntervalSchedule

    deployment = client.read_deployment_by_name("tune/nightly")
    assert deployment.paused  # the nightly schedule waits until somebody switches it on
    soon = IntervalSchedule(interval=timedelta(days=1), anchor_date=datetime.now(UTC) + timedelta(seconds=8))
    (made,) = client.create_deployment_schedules(
        deployment.id, [(soon, True)], parameters={"config": TINY | {"name": "scheduled"}}
    )
    client.resume_deployment(deployment.id)
    try:
        run = next_run(client, deployment, seconds=60)
    finally:
        client.delete_deployment_schedule(deployment.id, made.id)
        client.pause_deployment(deployment.id)
    assert run.auto_scheduled
    assert ended(client, run).is_completed(), processes.log("serve")
    assert client.read_flow_run(run.id).name == "tune-scheduled"
    kept = find_run(f"scheduled-{str(run.id)[:8]}", str(processes.folder / "runs"))
    assert kept.verdict() is not None


def test_the_form_has_a_title_and_a_sentence_for_every_field(client, served):
    for flow in ("tune", "sweep"):
        schema = client.read_deployment_by_name(f"{flow}/nightly").parameter_openapi_schema
        sections = schema["definitions"]
        assert schema["properties"]["config"]["default"]["metric"] == "auto"
        for name, section in sections.items():
            assert section["description"], name
            if name == "Waiver":  # a record of the engine, which its own sentence explains
                continue
            for field, shown in section.get("properties", {}).items():
                target = sections.get(_target(shown), {})
                assert shown.get("title") or target.get("title"), (name, field)
                assert shown.get("description") or target.get("description"), (name, field)


def _target(shown):
    """The section that a field refers to, if it does."""
    inner = shown.get("allOf", [shown])[0]
    return inner.get("$ref", "").rpartition("/")[2]


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"refine": {"trials": -3}}, "'config.refine.trials'. Failure reason: -3 is less than the minimum of 2"),
        ({"refine": {"trails": 3}}, "('trails' was unexpected)"),
        ({"metric": "auc"}, "'auc' is not one of ['auto', 'roc_auc'"),
        (
            {"split": {"holdout": "a fifth"}},
            "'config.split.holdout'. Failure reason: 'a fifth' is not of type 'number'",
        ),
    ],
    ids=["range", "key", "choice", "type"],
)
def test_a_wrong_parameter_is_refused_by_the_server_with_the_field_it_is_in(client, served, config, said):
    from prefect.exceptions import PrefectHTTPStatusError

    deployment = client.read_deployment_by_name("tune/nightly")
    with pytest.raises(PrefectHTTPStatusError) as refused:
        client.create_flow_run_from_deployment(deployment.id, parameters={"config": config})
    assert said in str(refused.value)


def test_a_run_that_is_cancelled_leaves_no_process(client, served, processes):
    from prefect.states import Cancelling

    until(lambda: "prefect.engine" not in str(inside(processes).values()), 30, "the end of earlier runs")
    before = inside(processes)
    deployment = client.read_deployment_by_name("sweep/nightly")
    long = TINY | {"name": "long", "model": {"name": "xgboost"}, "refine": {"trials": 2000}}
    long |= {"cluster": {"workers": 2, "processes": True}}
    run = client.create_flow_run_from_deployment(deployment.id, parameters={"config": long})
    journal = processes.folder / "runs" / f"long-{str(run.id)[:8]}" / "trials.jsonl"
    until(journal.exists, 120, "the first trial")
    assert len(inside(processes)) >= len(before) + 3  # the run and its two workers
    client.set_flow_run_state(run.id, Cancelling())
    assert ended(client, run, 60).is_cancelled()
    until(lambda: inside(processes).keys() <= before.keys(), 40, "the end of all that the run started")


def test_serving_ends_when_it_is_told_to_and_takes_its_server_with_it(processes):
    """Where no server is configured, `finetooth.deployments.serve` starts one."""
    env = {name: value for name, value in processes.env.items() if name != "PREFECT_API_URL"}
    home = processes.folder / "alone"
    alone = type(processes)(processes.folder, env | {"PREFECT_HOME": str(home)})
    process = alone.start("alone", "finetooth.deployments.serve")
    try:
        until(lambda: "being served" in alone.log("alone") or process.poll() is not None, 120, "serving")
        assert len(inside(alone)) >= 2, alone.log("alone")
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(timeout=60) == 0
        until(lambda: not inside(alone), 20, "the end of its server")
        assert "Traceback" not in alone.log("alone")
    finally:
        alone.end()


def test_all_deployments_go_to_a_process_work_pool_and_a_worker_runs_them(client, processes, tmp_path):
    made = processes.call("prefect", "work-pool", "create", "finetooth", "--type", "process")
    assert made.returncode == 0, made.stderr
    words = ("--no-prompt", "deploy", "--all", "--prefect-file", "deployments/prefect.yaml")
    deployed = processes.call("prefect", *words, cwd=ROOT)
    assert deployed.returncode == 0, deployed.stdout + deployed.stderr
    for flow in ("tune", "sweep", "retrain", "watch"):
        deployment = client.read_deployment_by_name(f"{flow}/pool")
        assert deployment.concurrency_limit or deployment.global_concurrency_limit
        assert [schedule.active for schedule in deployment.schedules] == [False]
        assert deployment.description
    processes.start("worker", "prefect", "worker", "start", "--pool", "finetooth")
    config = TINY | {"name": "pooled", "output": {"folder": str(tmp_path / "runs")}}
    deployment = client.read_deployment_by_name("sweep/pool")
    run = client.create_flow_run_from_deployment(deployment.id, parameters={"config": config})
    assert ended(client, run, 120).is_completed(), processes.log("worker")
    assert find_run(f"pooled-{str(run.id)[:8]}", str(tmp_path / "runs")).state() == "done"

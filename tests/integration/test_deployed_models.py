"""A model kept up to date on a real server: arrivals start one retraining, a person is asked, a failure is told."""

import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
import pytest
import yaml

from finetooth.registry.registry import Registry
from finetooth.tasks.runtime.arrival_event import event
from tests.flows.retraining import arrival, saved, serving, wanted
from tests.support import ended, next_run, started_runs, until

QUIET = 10


@pytest.fixture(scope="module")
def told():
    """A webhook on loopback: its address, and what was posted to it."""
    heard = []

    class Hear(BaseHTTPRequestHandler):
        def do_POST(self):
            heard.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Hear)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/", heard
    server.shutdown()


def python(processes, text, *words):
    """Run a line of Python beside the server."""
    done = subprocess.run(
        [sys.executable, "-c", text, *words],
        env=processes.env, cwd=processes.folder, check=False, capture_output=True, text=True, timeout=180,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def kept(processes, client, told, tmp_path_factory):
    """The folder of a champion whose retraining and watching are served, with an alert."""
    from prefect.exceptions import ObjectNotFound

    folder = tmp_path_factory.mktemp("kept")
    serving(folder)
    watched = saved(folder, "watched.csv", arrival(1))
    python(
        processes,
        "import sys; from prefect.blocks.webhook import Webhook; "
        "Webhook(url=sys.argv[1], allow_private_urls=True).save('ops', overwrite=True)",
        told[0],
    )
    values = {
        "retrain": json.loads(wanted(folder, watched, approval={"hours": 0.2}).model_dump_json()),
        "schedules": [{"rrule": "FREQ=YEARLY"}],
        "quiet": QUIET,
        "watch": {"location": watched, "schedule": {"interval": "365d"}},
        "alert": "webhook/ops",
    }
    (folder / "churn.yaml").write_text(yaml.safe_dump(values))
    process = processes.start("kept", "finetooth.deployments.serve", str(folder / "churn.yaml"))

    def deployed():
        assert process.poll() is None, processes.log("kept")
        try:
            return client.read_deployment_by_name("retrain/churn") and client.read_deployment_by_name("watch/churn")
        except ObjectNotFound:
            return None

    until(deployed, 120, "the deployment of the flows")
    return folder


def send(processes, **payload):
    """Send the event by the API, with this payload."""
    sent = event("churn", "", "") | {"payload": payload}
    httpx.post(f"{processes.env['PREFECT_API_URL']}/events", json=[sent]).raise_for_status()


def retraining(client):
    return client.read_deployment_by_name("retrain/churn")


def runs_of(client):
    return started_runs(client, retraining(client))


def champion(folder):
    return Registry(str(folder / "models")).champion("churn").number


def test_two_arrivals_in_a_short_time_start_one_retraining_with_the_last_table_and_it_promotes(client, processes, kept):
    send(processes, uri=saved(kept, "same.csv", arrival(2)))
    last = saved(kept, "other.csv", arrival(3, flipped=True))
    send(processes, uri=last)
    run = next_run(client, retraining(client), [])
    assert ended(client, run, 240).is_completed(), processes.log("kept")
    assert run.parameters["uri"] == last
    assert champion(kept) == 2
    assert len(runs_of(client)) == 1
    shown = {artifact.key for artifact in client_artifacts(processes, run)}
    assert {"drift", "retrain-plan", "retrain-decision", "report"} <= shown


def client_artifacts(processes, run):
    """The artifacts of a run."""
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId

    with SyncPrefectClient(processes.env["PREFECT_API_URL"]) as client:
        return client.read_artifacts(artifact_filter=ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[run.id])))


def asked(client, run):
    """The run that waits for a person, on behalf of this one."""
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterParentFlowRunId

    chosen = FlowRunFilter(parent_flow_run_id=FlowRunFilterParentFlowRunId(any_=[run.id]))

    def waiting():
        assert not client.read_flow_run(run.id).state.is_final()
        return next((one for one in client.read_flow_runs(flow_run_filter=chosen) if one.state.is_paused()), None)

    return until(waiting, 240, "the question")


@pytest.mark.parametrize("answer", [True, False], ids=["promoted", "kept"])
def test_a_promotion_with_objections_waits_for_a_person_who_is_told(client, processes, kept, told, answer):
    known = runs_of(client)
    # What decides has turned again, and the numbers have moved: better, and another population.
    frame = arrival(4, moved=2.0) if answer else arrival(5, flipped=True, moved=-2.0)
    send(processes, uri=saved(kept, f"moved-{answer}.csv", frame))
    run = next_run(client, retraining(client), known)
    question = asked(client, run)
    # A paused run gives up its turn, and Prefect ends it when it cannot renew it: only the question is paused.
    assert client.read_flow_run(run.id).state.is_running()
    until(lambda: any("waits for a person" in text for text in told[1]), 60, "the alert that a run waits")
    told[1].clear()
    refused = client.resume_flow_run(question.id, run_input={"promote": "perhaps"})
    assert "'perhaps' is not of type 'boolean'" in refused.details.reason
    client.resume_flow_run(question.id, run_input={"promote": answer, "reason": "known campaign"})
    assert ended(client, run, 120).is_completed(), processes.log("kept")
    assert champion(kept) == 3
    last = Registry(str(kept / "models")).history("churn")[-1]
    assert last.action == ("promote" if answer else "keep")
    assert "known campaign" in last.reason


def test_without_an_answer_in_time_the_champion_is_kept_and_the_run_ends_well(client, processes, kept):
    before = champion(kept)
    deployment = client.read_deployment_by_name("retrain/churn")
    config = deployment.parameters["config"] | {"approval": {"hours": 0.003}}
    # Whichever world the champion knows by now, this is another one in both ways.
    source = saved(kept, "late.csv", arrival(7, flipped=before != 2, moved=3.0))
    run = client.create_flow_run_from_deployment(deployment.id, parameters={"config": config, "uri": source})
    assert ended(client, run, 240).is_completed(), processes.log("kept")
    assert champion(kept) == before
    assert "nobody answered within 0.003 hours" in Registry(str(kept / "models")).history("churn")[-1].reason


def test_an_event_without_its_payload_fails_on_the_runs_page_and_is_told_to_the_webhook(client, processes, kept, told):
    known, before = runs_of(client), champion(kept)
    send(processes)
    run = next_run(client, retraining(client), known)
    state = ended(client, run, 120)
    assert state.is_failed()
    assert "must carry the new table as payload.uri" in state.message
    assert champion(kept) == before
    until(lambda: any("payload.uri" in text for text in told[1]), 60, "the alert")


def test_watching_sends_the_event_when_the_data_changed_and_only_then(client, processes, kept):
    known = runs_of(client)
    watching = client.read_deployment_by_name("watch/churn")
    for _ in range(2):
        look = client.create_flow_run_from_deployment(watching.id)
        assert ended(client, look, 120).is_completed(), processes.log("kept")
    assert len(runs_of(client)) == len(known)
    saved(kept, "watched.csv", arrival(6, rows=400))
    look = client.create_flow_run_from_deployment(watching.id)
    assert ended(client, look, 120).is_completed(), processes.log("kept")
    run = next_run(client, retraining(client), known)
    assert run.parameters["uri"] == str(kept / "watched.csv")
    assert ended(client, run, 240).is_completed(), processes.log("kept")


def test_one_retraining_at_a_time_and_schedules_are_there(client, kept):
    deployment = client.read_deployment_by_name("retrain/churn")
    assert deployment.global_concurrency_limit.limit == 1
    assert deployment.concurrency_options.collision_strategy == "ENQUEUE"
    (yearly,) = deployment.schedules
    assert yearly.schedule.rrule.endswith("FREQ=YEARLY")

"""The stack as people meet it: schedules, the form in a browser, cancelling there, and a server that goes and comes."""

import json
import time
from datetime import UTC, datetime, timedelta

import psutil
import pytest

from finetooth.runs.run import find_run
from tests.support import ended, next_run, until

pytestmark = pytest.mark.stack

TINY = {
    "model": {"name": "linear"},
    "coarse": {"trials": 2},
    "refine": {"trials": 3},
    "replicate": {"finalists": 1, "repeats": 2, "folds": 3},
    "validation": {"seeds": 2, "bootstrap": 200},
}
FIELD = "div[contains(concat(' ', @class, ' '), ' schema-form-property ')]"


def kept(folder, run, name):
    return find_run(f"{name}-{str(run.id)[:8]}", str(folder / "runs"))


def labelled(page, *titles):
    """The place where a field of the form is filled in, by the titles of its section and of itself."""
    path = "".join(f"//label[.//span[normalize-space()='{title} (Optional)']]/ancestor::{FIELD}[1]" for title in titles)
    return page.locator(f"xpath={path}//*[self::input or self::textarea]").first


def test_a_schedule_starts_a_run_on_the_stack_and_it_reaches_a_verdict(stack, client):
    from prefect.client.schemas.schedules import IntervalSchedule

    deployment = client.read_deployment_by_name("tune/pool")
    soon = IntervalSchedule(interval=timedelta(days=1), anchor_date=datetime.now(UTC) + timedelta(seconds=5))
    client.create_deployment_schedules(deployment.id, [(soon, True)], parameters={"config": TINY | {"name": "nightly"}})
    client.resume_deployment(deployment.id)
    run = next_run(client, deployment, seconds=60)
    assert run.auto_scheduled
    assert ended(client, run).is_completed()
    found = kept(stack[0], run, "nightly")
    assert found.verdict() is not None
    lines = map(json.loads, found.journal.read_text().splitlines())
    assert {line["state"] for line in lines if "state" in line} == {"complete"}


def test_a_form_submitted_in_a_browser_becomes_a_run(stack, client, page):
    deployment = client.read_deployment_by_name("sweep/pool")
    page.goto(f"{stack[1].ui}/deployments/deployment/{deployment.id}/run")
    page.get_by_text("Genetic search on all development rows.").wait_for()
    titles = [text.removesuffix(" (Optional)") for text in page.locator("label").all_inner_texts()]
    assert titles[2:7] == ["Name", "Seed", "Metric", "Data", "Table"]  # the order of the configuration, not of a store
    labelled(page, "Name").fill("browser")
    labelled(page, "Model", "Model").fill("linear")
    labelled(page, "Refinement", "Trials").fill("3")
    page.get_by_role("button", name="Submit").click()
    run = next_run(client, deployment, seconds=60)
    assert ended(client, run).is_completed()
    found = kept(stack[0], run, "browser")
    assert (found.config.model.name, found.config.refine.trials) == ("linear", 3)
    page.goto(f"{stack[1].ui}/runs/flow-run/{run.id}")
    page.get_by_text("Artifacts", exact=True).first.click()
    page.get_by_text("leaderboard-sweep").first.wait_for()


def test_a_run_cancelled_in_the_browser_leaves_no_process_and_no_trial(stack, client, page):
    from distributed import Client

    deployment = client.read_deployment_by_name("sweep/pool")
    config = {"name": "long", "seed": 1, "refine": {"trials": 5000, "stop_early": False}}
    run = client.create_flow_run_from_deployment(deployment.id, parameters={"config": config})
    journal = stack[0] / "runs" / f"long-{str(run.id)[:8]}" / "trials.jsonl"
    until(journal.exists, 120, "the first trial")
    assert engines(stack)
    page.goto(f"{stack[1].ui}/runs/flow-run/{run.id}")
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Confirm").click()
    assert ended(client, run).is_cancelled()
    until(lambda: not engines(stack), 60, "the end of the run's process")
    with Client(stack[1].scheduler, set_as_default=False) as dask:
        until(lambda: not any(dask.processing().values()), 60, "the end of its trials")


def engines(stack):
    """The processes of this stack that run a flow."""
    home, found = str(stack[0] / "prefect"), []
    for process in psutil.process_iter():
        try:
            words = process.cmdline()
            if process.environ().get("PREFECT_HOME") == home and any(
                "prefect.engine" in word or "flow_run" in word for word in words
            ):
                found.append(process.pid)
        except psutil.Error:
            continue
    return found


def test_a_server_that_restarts_in_the_middle_of_a_run_does_not_lose_its_result(stack, client):
    from finetooth.deployments import processes
    from finetooth.deployments.stack import environment, serve

    folder, addresses = stack
    deployment = client.read_deployment_by_name("tune/pool")
    config = TINY | {
        "name": "restarted",
        "seed": 2,
        "model": {"name": "xgboost"},
        "refine": {"trials": 40, "stop_early": False},
    }
    run = client.create_flow_run_from_deployment(deployment.id, parameters={"config": config})
    journal = folder / "runs" / f"restarted-{str(run.id)[:8]}" / "trials.jsonl"
    until(lambda: journal.exists() and len(journal.read_bytes().splitlines()) > 6, 120, "some trials")
    (server,) = [part for part in processes.started(folder) if part.name == "server"]
    database = server.process().environ()["PREFECT_SERVER_DATABASE_CONNECTION_URL"]
    server.process().terminate()
    until(lambda: server.process() is None, 60, "the end of the server")
    time.sleep(5)
    serve(folder, addresses, environment(folder, addresses) | {"PREFECT_SERVER_DATABASE_CONNECTION_URL": database})
    assert ended(client, run).is_completed()
    found = kept(folder, run, "restarted")
    assert found.verdict() is not None
    assert found.model.exists()

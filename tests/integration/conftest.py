"""Prefect servers for a session: Prefect's own test harness, and a real one with its deployments served."""

import os
import signal
import socket
import subprocess
import sys

import httpx
import pytest

from tests.flows.running import environment, hears_interrupts
from tests.support import until

STARTS_WITHIN = 120


@pytest.fixture(scope="session")
def harness():
    """A temporary server and database for flows that run in this process."""
    from prefect.testing.utilities import prefect_test_harness

    import finetooth.flows  # noqa: F401 (it tells Prefect to send nothing to anybody)

    with prefect_test_harness(server_startup_timeout=STARTS_WITHIN):
        yield


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Processes:
    """Processes of the session, each with its log; all end with it."""

    def __init__(self, folder, env):
        self.folder, self.env = folder, env
        self.running = []

    def start(self, name, *words):
        log = (self.folder / f"{name}.log").open("w")
        process = subprocess.Popen(
            [sys.executable, "-m", *words],
            cwd=self.folder,
            env=self.env,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=hears_interrupts,
        )
        self.running.append(process)
        return process

    def log(self, name):
        return (self.folder / f"{name}.log").read_text()

    def call(self, *words, cwd=None):
        return subprocess.run(
            [sys.executable, "-m", *words],
            cwd=cwd or self.folder,
            env=self.env,
            check=False,
            capture_output=True,
            text=True,
            timeout=180,
        )

    def end(self):
        for process in reversed(self.running):
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(timeout=30)
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()


@pytest.fixture(scope="session")
def processes(tmp_path_factory):
    """A real server on a free port of loopback; `processes.env` has its address."""
    folder = tmp_path_factory.mktemp("server")
    port = free_port()
    url = f"http://127.0.0.1:{port}/api"
    env = environment(folder / "prefect") | {
        "PREFECT_API_URL": url,
        "PREFECT_SERVER_SERVICES_SCHEDULER_LOOP_SECONDS": "2",
        "PREFECT_RUNNER_POLL_FREQUENCY": "2",
        "PREFECT_WORKER_QUERY_SECONDS": "2",
        "PREFECT_UI_ENABLED": "false",
    }
    started = Processes(folder, env)
    try:
        started.start("server", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port))

        def healthy():
            try:
                return httpx.get(f"{url}/health", timeout=2).status_code == 200
            except httpx.HTTPError:
                return False

        until(healthy, STARTS_WITHIN, "the answer of the server")
        yield started
    finally:
        started.end()


@pytest.fixture(scope="session")
def client(processes):
    """A client of the real server."""
    from prefect.client.orchestration import SyncPrefectClient

    with SyncPrefectClient(processes.env["PREFECT_API_URL"]) as client:
        yield client


@pytest.fixture(scope="session")
def served(processes, client):
    """The flows, served by a process of their own."""
    from prefect.exceptions import ObjectNotFound

    process = processes.start("serve", "finetooth.deployments.serve")

    def deployed():
        assert process.poll() is None, processes.log("serve")
        try:
            return client.read_deployment_by_name("tune/nightly") and client.read_deployment_by_name("sweep/nightly")
        except ObjectNotFound:
            return None

    until(deployed, 90, "the deployment of the flows")
    return process

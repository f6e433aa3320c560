"""Serve the flows from this machine: `finetooth serve [FILE]...`, or `make serve`.

Each FILE says how a model is kept up to date: see `finetooth.deployments.triggers` and deployments/configs.
Where no Prefect server is configured, one is started on loopback and ended with this process. The nightly schedules
are paused until somebody switches them on in the UI.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import finetooth.flows  # noqa: F401 (sets what Prefect reads when it is imported)
from finetooth.errors import FinetoothError
from finetooth.tasks.runtime.signals import interrupts_blocked

if TYPE_CHECKING:
    from finetooth.deployments.triggers import ModelDeployment

HOST, PORT = "127.0.0.1", 4200
# Kept on the disk: a server that forgets its leases when it restarts has every run ended that holds one.
LEASE_STORAGE = "prefect.server.concurrency.lease_storage.filesystem"
STARTS_WITHIN, ENDS_WITHIN = 120.0, 30.0  # seconds
NIGHTLY = "0 2 * * *"


@contextmanager
def server() -> Iterator[str]:
    """The address of the configured Prefect server, or of one that runs as long as this context."""
    from prefect.settings import get_current_settings

    configured = get_current_settings().api.url
    if configured:
        yield configured
        return
    port = free_port(PORT)
    url = f"http://{HOST}:{port}/api"
    command = [sys.executable, "-P", "-m", "prefect", "server", "start", "--host", HOST, "--port", str(port)]
    env = os.environ | {"PREFECT_API_URL": url, "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": LEASE_STORAGE}
    with interrupts_blocked():
        process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL)  # noqa: S603
    try:
        wait_until_healthy(url, process)
        yield url
    finally:
        end(process)


def end(process: "subprocess.Popen[bytes]") -> None:
    """Ask a process to end, and make it if it does not."""
    process.terminate()
    try:
        process.wait(timeout=ENDS_WITHIN)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_port(preferred: int) -> int:
    """`preferred` if nobody listens there, else a free port."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # one that was just given up is free
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise RuntimeError(f"no free port on {HOST}")


def healthy(url: str) -> bool:
    """Whether the server at this address answers."""
    import httpx

    try:
        return httpx.get(f"{url}/health", timeout=2).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def wait_until_healthy(url: str, process: "subprocess.Popen[bytes]") -> None:
    """Return when the server answers; raise when it ends or takes too long."""
    deadline = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the Prefect server ended with exit code {process.returncode} before it answered")
        if healthy(url):
            return
        time.sleep(0.5)
    raise RuntimeError(f"the Prefect server at {url} must answer within {STARTS_WITHIN:.0f} s; it did not")


def deploy(models: Sequence["ModelDeployment"]) -> None:
    """Serve the flows, and what keeps each model up to date, until this process is ended."""
    from prefect import serve
    from prefect.types.entrypoint import EntrypointType

    from finetooth.deployments import triggers
    from finetooth.deployments.alerts import set_alerts
    from finetooth.flows.sweep import sweep
    from finetooth.flows.tune import tune

    # By module, since a path would only be found from the folder that this was started in.
    by_module = EntrypointType.MODULE_PATH
    deployed: list[Any] = [
        flow.to_deployment("nightly", cron=NIGHTLY, paused=True, tags=["finetooth"], entrypoint_type=by_module)
        for flow in (tune, sweep)
    ]
    for model in models:
        set_alerts(model.config.model_name, model.alert)
        deployed += triggers.deployments(model)
    serve(*deployed)


def main(files: Sequence[str]) -> None:
    """Start what is needed, say where the UI is, and serve. `files` say how models are kept up to date."""
    from finetooth.deployments.triggers import read_deployment

    models = [read_deployment(path) for path in files]
    signal.signal(signal.SIGTERM, _interrupt)  # until Prefect has its own: the server must end with this process
    with suppress(KeyboardInterrupt), server() as url:
        os.environ["PREFECT_API_URL"] = url
        from prefect.settings import PREFECT_API_URL, temporary_settings

        with temporary_settings({PREFECT_API_URL: url}):
            print(f"The Prefect UI is at {url.removesuffix('/api')}; end with Ctrl-C.", flush=True)  # noqa: T201
            deploy(models)


def _interrupt(*_: Any) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except FinetoothError as error:
        print(f"finetooth: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(error.exit_code)

"""The whole stack as plain processes on loopback: `finetooth stack up [FILE]...`, `down` or `status`.

PostgreSQL, a Prefect server on it, a worker of the process work pool with all deployments, a Dask scheduler and two
Dask workers. They go on until `down`. What they write lies in one folder: the database, the logs and the runs.
Each FILE says how a model is kept up to date, as for `finetooth deploy-models`, which adds one to a running stack.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer

from finetooth.deployments import postgres, processes
from finetooth.deployments.deploy_models import POOL
from finetooth.deployments.serve import HOST, LEASE_STORAGE, free_port, healthy
from finetooth.errors import FinetoothError, InputError

STARTS_WITHIN = 180.0  # seconds until each of them answers
PORTS = {"postgres": 5433, "prefect": 4200, "scheduler": 8786, "dashboard": 8787}
Folder = Annotated[Path, typer.Option(help="Where database, logs and runs lie.")]
Files = Annotated[list[Path] | None, typer.Argument(metavar="FILE...", help="How models are kept up to date.")]

app = typer.Typer(add_completion=False, help="The whole stack as plain processes on loopback.")


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the parts of a stack answer."""

    api: str
    scheduler: str
    dashboard: str

    @property
    def ui(self) -> str:
        """Prefect's page."""
        return self.api.removesuffix("/api")


@app.command()
def up(files: Files = None, folder: Folder = Path(".stack"), workers: int = 2) -> None:
    """Start the stack, and say where it answers."""
    addresses = start(folder.absolute(), workers, files or ())
    typer.echo(f"Prefect UI      {addresses.ui}")
    typer.echo(f"Dask dashboard  {addresses.dashboard}")
    typer.echo(f"Dask scheduler  {addresses.scheduler}")
    typer.echo(f"For this shell  export PREFECT_API_URL={addresses.api}")


@app.command()
def down(folder: Folder = Path(".stack")) -> None:
    """End the stack; its database and its runs stay."""
    ended = processes.end_all(folder.absolute())
    typer.echo(f"ended: {', '.join(ended)}" if ended else "nothing was running")


@app.command()
def status(folder: Folder = Path(".stack")) -> None:
    """Say which parts are running; exit code 1 unless all are."""
    parts = processes.started(folder.absolute())
    for part in parts:
        typer.echo(f"{part.name:12} {'running' if part.process() else 'ended'}  {folder / part.name}.log")
    if not parts or not all(part.process() for part in parts):
        raise typer.Exit(1)


def start(folder: Path, workers: int = 2, files: Sequence[Path] = ()) -> Addresses:
    """Start every part in `folder`, each when what it needs answers. What was started is ended if one fails.

    The models that `files` speak of are kept up to date by runs that work in the folder where this is called.
    """
    _check_files(files)
    folder.mkdir(parents=True, exist_ok=True)
    if any(part.process() for part in processes.started(folder)):
        raise InputError(f"the stack must be down before it is started; {folder} has one running; 'down' ends it.")
    try:
        return _start(folder, workers, files)
    except BaseException:
        processes.end_all(folder)
        raise


def _check_files(files: Sequence[Path]) -> None:
    """Raise `InputError` for a file that is wrong before anything is started."""
    if files:
        from finetooth.deployments.triggers import read_deployment

        for file in files:
            read_deployment(file)


def _start(folder: Path, workers: int, files: Sequence[Path]) -> Addresses:
    database = _database(folder)
    dashboard, scheduler = free_port(PORTS["dashboard"]), free_port(PORTS["scheduler"])
    port = free_port(PORTS["prefect"])
    addresses = Addresses(f"http://{HOST}:{port}/api", f"tcp://{HOST}:{scheduler}", f"http://{HOST}:{dashboard}")
    (folder / "addresses.json").write_text(json.dumps(asdict(addresses), indent=1))
    env = environment(folder, addresses) | {"PREFECT_SERVER_DATABASE_CONNECTION_URL": database}
    serve(folder, addresses, env)
    _python(folder, "scheduler", env, "distributed.cli.dask_scheduler", "--host", HOST, "--port", str(scheduler),
            "--dashboard-address", f"{HOST}:{dashboard}")  # fmt: skip
    for number in range(1, workers + 1):
        words = ("--host", HOST, "--nthreads", "1", "--dashboard-address", f"{HOST}:0", "--name", f"worker-{number}")
        _python(folder, f"dask-{number}", env, "distributed.cli.dask_worker", addresses.scheduler, *words)
    del env["PREFECT_SERVER_DATABASE_CONNECTION_URL"]  # only the server is to know it
    prefect_file = str(Path(__file__).with_name("prefect.yaml"))
    _call(folder, env, "prefect", "work-pool", "create", POOL, "--type", "process", "--overwrite")
    _call(folder, env, "prefect", "--no-prompt", "deploy", "--all", "--prefect-file", prefect_file)
    if files:
        paths = [str(file.absolute()) for file in files]
        _call(folder, env, "finetooth.deployments.deploy_models", *paths, "--folder", str(Path.cwd()))
    _python(folder, "worker", env, "prefect", "worker", "start", "--pool", POOL)
    return addresses


def serve(folder: Path, addresses: Addresses, env: dict[str, str]) -> None:
    """Start the Prefect server and wait until it answers."""
    port = addresses.ui.rpartition(":")[2]
    server = _python(folder, "server", env, "prefect", "server", "start", "--host", HOST, "--port", port)
    _wait(server, lambda: healthy(addresses.api), folder)


def environment(folder: Path, addresses: Addresses) -> dict[str, str]:
    """The environment variables of the parts, and of the flows that the worker starts."""
    return dict(os.environ) | {
        "PREFECT_HOME": str(folder / "prefect"),
        "PREFECT_API_URL": addresses.api,
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_METRICS_ENABLED": "true",
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": LEASE_STORAGE,
        "DO_NOT_TRACK": "1",
        "DASK_SCHEDULER_ADDRESS": addresses.scheduler,
        # One worker lost blames the one task that it ran, and none that was only queued there.
        "DASK_DISTRIBUTED__SCHEDULER__WORKER_SATURATION": "1.0",
        "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0",
    }


def _database(folder: Path) -> str:
    port = free_port(PORTS["postgres"])
    password = postgres.prepare(folder / "postgres")
    command = postgres.command(folder / "postgres", port)
    started = processes.start(folder, "postgres", command, os.environ, folder, postgres.owner())
    _wait(started, lambda: postgres.answers(port), folder)
    postgres.ensure_database(port, password)
    return postgres.url(port, password)


def _python(folder: Path, name: str, env: dict[str, str], module: str, *words: str) -> processes.StartedProcess:
    return processes.start(folder, name, [sys.executable, "-P", "-m", module, *words], env, folder)


def _call(folder: Path, env: dict[str, str], module: str, *words: str) -> None:
    command = [sys.executable, "-P", "-m", module, *words]
    done = subprocess.run(command, env=env, cwd=folder, check=False, capture_output=True, text=True)  # noqa: S603
    if done.returncode:
        output = " ".join((done.stdout + done.stderr).split())[-500:]
        raise FinetoothError(f"'{module} {' '.join(words[:2])}' must succeed; it said: {output}")


def _wait(part: processes.StartedProcess, answers: Callable[[], bool], folder: Path) -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while not answers():
        if part.process() is None:
            raise FinetoothError(f"'{part.name}' must stay up; it ended; {folder / part.name}.log says why.")
        if time.monotonic() > deadline:
            raise FinetoothError(
                f"'{part.name}' must answer within {STARTS_WITHIN:.0f} s; {folder / part.name}.log says why."
            )
        time.sleep(0.2)


def main() -> None:
    """Run a command; a user's error is one line."""
    try:
        app()
    except FinetoothError as error:
        typer.echo(f"finetooth: {error}", err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()

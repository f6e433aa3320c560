"""Processes that go on when the command that started them has ended: each with a log, and ended by its own number.

<folder>/processes.json   name, number and start time of each, in the order in which they were started
<folder>/<name>.log       what it says
"""

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from finetooth.files import write_text

ENDS_WITHIN = 30.0  # seconds


@dataclass(frozen=True, slots=True)
class StartedProcess:
    """A process that was started here. Its start time tells it from a later one that was given the same number."""

    name: str
    pid: int
    created: float

    def process(self) -> psutil.Process | None:
        """The process, or None when it has ended."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.created) < 1 and process.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return None
        return process if same else None


def start(
    folder: Path, name: str, command: Sequence[str], env: Mapping[str, str], cwd: Path, user: str | None = None
) -> StartedProcess:
    """Start a process in a session of its own and write down that it was started."""
    with (folder / f"{name}.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 (the commands are this package's own)
            command,
            env=dict(env),
            cwd=cwd,
            user=user,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    entry = StartedProcess(name, process.pid, psutil.Process(process.pid).create_time())
    _write(folder, [*started(folder), entry])
    return entry


def started(folder: Path) -> list[StartedProcess]:
    """What was started in `folder` and not ended by `end_all`, oldest first."""
    path = folder / "processes.json"
    return [StartedProcess(**values) for values in json.loads(path.read_text())] if path.exists() else []


def end_all(folder: Path) -> list[str]:
    """End what was started, newest first, each with its children; the names of those that were still running."""
    ended = []
    for entry in reversed(started(folder)):
        if (process := entry.process()) is not None:
            _end(process)
            ended.append(entry.name)
    _write(folder, [])
    return ended


def _end(process: psutil.Process) -> None:
    """Ask first, and make it after a while: the children of a process that was asked end with it."""
    family = [*process.children(recursive=True), process]
    process.terminate()
    _, alive = psutil.wait_procs(family, timeout=ENDS_WITHIN)
    for remaining in alive:
        remaining.kill()
    psutil.wait_procs(alive, timeout=ENDS_WITHIN)


def _write(folder: Path, processes: Sequence[StartedProcess]) -> None:
    write_text(folder / "processes.json", json.dumps([asdict(entry) for entry in processes], indent=1))

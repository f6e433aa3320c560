"""A run's folder: what it holds, how it is made, found and taken up again."""

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from finetooth.config.loading import load_tune, read_yaml
from finetooth.config.tune import TuneConfig, answer
from finetooth.errors import FinetoothError, InputError, LeakageError, unknown
from finetooth.files import write_text
from finetooth.records import Finding, Verdict, from_json, to_json

# What is in a folder before the first finding or trial.
_BARE = {"config.yaml", "run.json", ".lock", "data.json", "lineage.json", "retrain.json", "columns.json"}


@dataclass(frozen=True, slots=True)
class Run:
    """The folder of one run and the configuration that it was started with."""

    folder: Path
    config: TuneConfig

    @property
    def journal(self) -> Path:
        """Every finished trial, a line each."""
        return self.folder / "trials.jsonl"

    def outer_journal(self, number: int) -> Path:
        """The same for the search of an outer fold, counted from 1."""
        return self.folder / f"outer-{number}.jsonl"

    @property
    def report(self) -> Path:
        """The report."""
        return self.folder / "report.html"

    @property
    def model(self) -> Path:
        """The folder of the model that ships."""
        return self.folder / "model"

    @property
    def store(self) -> Path:
        """Where tables lie after the split; shared by the runs of one folder, since it is content-addressed."""
        return self.folder.parent / ".store"

    def write(self, name: str, text: str) -> Path:
        """Write a file of the run: whole, or not at all."""
        path = self.folder / name
        write_text(path, text)
        return path

    def write_findings(self, findings: tuple[Finding, ...]) -> None:
        """Write `findings.json`, indented for people."""
        values = [json.loads(to_json(finding)) for finding in findings]
        self.write("findings.json", json.dumps(values, indent=2) + "\n")

    def write_verdict(self, verdict: Verdict) -> None:
        """Write `verdict.json`, indented for people."""
        self.write("verdict.json", json.dumps(json.loads(to_json(verdict)), indent=2) + "\n")

    @property
    def flow(self) -> str:
        """Which flow the run is of: tune, sweep, check or retrain."""
        path = self.folder / "run.json"
        return str(json.loads(path.read_text(encoding="utf-8"))["flow"]) if path.exists() else "tune"

    def state(self) -> str:
        """How the run stands: its verdict's label, or what it came to."""
        verdict = self.verdict()
        if verdict is not None:
            return verdict.label
        if decision := self._values("decision.json"):
            return str(decision["outcome"])
        if any(finding.stops for finding in self.findings()):
            return "stopped by a leak"
        return "done" if self.report.exists() else "not finished"

    def result_json(self) -> str:
        """The verdict, or where there is none the findings, as JSON."""
        paths = (self.folder / "verdict.json", self.folder / "findings.json")
        found = next((path for path in paths if path.exists()), None)
        return found.read_text(encoding="utf-8") if found is not None else "{}"

    def findings(self) -> tuple[Finding, ...]:
        """The leakage findings, if the stage has ended."""
        path = self.folder / "findings.json"
        return from_json(tuple[Finding, ...], path.read_bytes()) if path.exists() else ()

    def verdict(self) -> Verdict | None:
        """The verdict, if there is one."""
        path = self.folder / "verdict.json"
        return from_json(Verdict, path.read_bytes()) if path.exists() else None

    def lineage(self) -> dict[str, Any]:
        """Where the run's model comes from; empty before the run has ended."""
        return self._values("lineage.json")

    def registered(self) -> dict[str, Any]:
        """As what the run's model was registered: model, version, champion, registry; empty if it was not."""
        return self._values("registered.json")

    def tracked(self) -> dict[str, Any]:
        """Where else the run can be seen, or why not; empty if nowhere else was asked for."""
        return self._values("tracked.json")

    def _values(self, name: str) -> dict[str, Any]:
        path = self.folder / name
        return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}


@contextmanager
def opened_run(config: TuneConfig, flow: str) -> Iterator[Run]:
    """The folder of a run, made or taken up again. A new one is removed if the input cannot be used after all.

    Raises what `open_run` raises.
    """
    present = (
        config.output.run is not None and (Path(config.output.folder) / config.output.run / "config.yaml").exists()
    )
    run = open_run(config, flow)
    try:
        yield run
    except LeakageError:
        raise
    except FinetoothError:
        if not present:
            _discard_bare(run)
        raise
    finally:
        close_run(run)


def _discard_bare(run: Run) -> None:
    names = {path.name for path in run.folder.iterdir()} if run.folder.exists() else set()
    if names and names <= _BARE:
        for name in names:
            (run.folder / name).unlink()
        run.folder.rmdir()


def open_run(config: TuneConfig, flow: str = "tune") -> Run:
    """Make the folder of a run, or open it when it holds this very configuration.

    Raises `InputError` when the folder cannot be written, holds another run, or is in use by another process.
    """
    name = config.output.run or _new_name(config)
    folder = Path(config.output.folder).absolute() / name
    resolved = config.model_copy(update={"output": config.output.model_copy(update={"run": name})})
    text = yaml.safe_dump(resolved.model_dump(mode="json"), sort_keys=False)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        run = Run(folder, resolved)
        if not (folder / "config.yaml").exists():
            run.write("run.json", json.dumps({"flow": flow}) + "\n")
            run.write("config.yaml", text)
    except OSError as error:
        raise _unwritable(folder, error) from None
    if answer(_stored(folder)) != answer(resolved):
        raise InputError(
            f"a run folder must keep its configuration; {folder} holds a run with another one; choose another name."
        )
    _claim(folder)
    return run


def _new_name(config: TuneConfig) -> str:
    """The name and the time; a second run of one second is another run, and gets a number."""
    name = f"{config.name}-{datetime.now(tz=UTC):%Y%m%d-%H%M%S}"
    folder = Path(config.output.folder)
    return next(new for new in (name, *(f"{name}-{n}" for n in range(2, 10_000))) if not (folder / new).exists())


def _unwritable(folder: Path, error: OSError) -> InputError:
    return InputError(
        f"the output folder must be writable; {folder} is not ({error.strerror}); name another with --out."
    )


def find_run(name: str, folder: str = "runs") -> Run:
    """The run of that name in `folder`, or at that path. Raises `InputError` when there is none."""
    path = Path(name) if (Path(name) / "config.yaml").exists() else Path(folder) / name
    if not (path / "config.yaml").exists():
        raise unknown("run", name, f"'{folder}'", [run.folder.name for run in list_runs(folder)])
    config = _stored(path)
    output = config.output.model_copy(update={"folder": str(path.absolute().parent), "run": path.absolute().name})
    return Run(path.absolute(), config.model_copy(update={"output": output}))


def _pass_over(error: InputError) -> None:
    """A run that cannot be read, of which nobody wants to hear."""


def list_runs(folder: str = "runs", unreadable: Callable[[InputError], None] = _pass_over) -> list[Run]:
    """The runs in a folder, oldest first; one whose configuration cannot be read is told to `unreadable` instead."""
    found = []
    for path in sorted(Path(folder).glob("*/config.yaml"), key=lambda path: path.stat().st_mtime):
        try:
            found.append(Run(path.parent.absolute(), _stored(path.parent)))
        except InputError as error:
            unreadable(error)
    return found


def _stored(folder: Path) -> TuneConfig:
    return load_tune(read_yaml(folder / "config.yaml"), str(folder / "config.yaml"))


_claims: dict[Path, int] = {}


def close_run(run: Run) -> None:
    """Let other processes open the run."""
    handle = _claims.pop(run.folder, None)
    if handle is not None:
        os.close(handle)


def _claim(folder: Path) -> None:
    """Hold the run until it is closed or this process ends: the kernel lets go of the lock whatever happens to it."""
    if folder in _claims:
        return
    try:
        handle = os.open(folder / ".lock", os.O_CREAT | os.O_RDWR)
    except OSError as error:
        raise _unwritable(folder, error) from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise InputError(
            f"a run must belong to one process; {folder} is in use by another; wait for it to end."
        ) from None
    _claims[folder] = handle

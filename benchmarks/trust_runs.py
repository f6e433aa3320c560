"""Tables as files, and what `finetooth check` finds in them: the same way in which a user's table goes."""

import importlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from zlib import crc32

import numpy as np

import finetooth
from benchmarks.cases import Case, names_trap
from finetooth.config.tune import ClusterConfig
from finetooth.errors import InputError
from finetooth.records import Finding, from_json

Group = Literal["TRAPS", "HONEST"]
Severity = Literal["error", "warning", "none"]
STOPPED = 3  # exit code of a run that a leak stopped
_WORDS = {
    "group": "--group",
    "time": "--time",
    "horizon": "--horizon",
    "post_outcome": "--post-outcome",
    "drop": "--drop",
    "types": "--type",
}


@dataclass(frozen=True, slots=True)
class Job:
    """A kind of generated table in `module`, among its `TRAPS` or its `HONEST`, and the seeds to generate it with."""

    module: str
    group: Group
    kind: str
    seeds: tuple[int, ...]

    def case(self, seed: int) -> Case:
        """The table of one seed; each kind has a stream of its own."""
        kinds = getattr(importlib.import_module(self.module), self.group)
        case: Case = kinds[self.kind](np.random.default_rng([seed, crc32(self.kind.encode())]))
        return case


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one table.

    `severity` is that of the worst finding that names the trap, and `checks` are those that name it; `errors` and
    `warnings` are all others, as "check (columns)". A table that was refused has the reason in `refused`.
    """

    kind: str
    seed: int
    severity: Severity = "none"
    checks: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    refused: str = ""
    seconds: float = 0.0


def run(job: Job) -> list[Outcome]:
    """The outcome of each seed, the tables written and checked in a temporary folder."""
    return [_run_case(job.kind, seed, job.case(seed)) for seed in job.seeds]


def _run_case(kind: str, seed: int, case: Case) -> Outcome:
    with tempfile.TemporaryDirectory(prefix="trust-") as folder:
        return run_file(kind, seed, write(case, Path(folder)), case)


def run_real(kind: str, source: str, target: str, options: Mapping[str, Any], columns: tuple[str, ...]) -> Outcome:
    """The outcome of a table that lies in a file already; a finding must name one of `columns`, if there are any."""
    return _outcome(kind, 0, source, target, options, lambda finding: bool(set(columns) & set(finding.columns)))


def write(case: Case, folder: Path) -> str:
    """The table in a file of the folder."""
    path = folder / f"table.{case.format}"
    if case.format == "parquet":
        case.frame.to_parquet(path, index=False)
    else:
        case.frame.to_csv(path, index=False)
    return str(path)


def run_file(kind: str, seed: int, source: str, case: Case) -> Outcome:
    """The outcome of a case whose table lies at `source`."""
    return _outcome(kind, seed, source, case.target, case.options, lambda finding: names_trap(finding, case))


def findings_of(source: str, target: str, options: Mapping[str, Any], folder: str) -> tuple[Finding, ...]:
    """What `finetooth.check` finds, its runs below `folder`. Raises `InputError` for a table that is refused."""
    cluster = ClusterConfig(workers=1)
    return finetooth.check(source, target=target, out=folder, cluster=cluster, **options).findings


def findings_of_command(source: str, target: str, options: Mapping[str, Any], folder: str) -> tuple[Finding, ...]:
    """The same by the command; its exit code must say whether an error stops a run."""
    words = [word for name, value in options.items() for word in _words(name, value)]
    command = [sys.executable, "-m", "finetooth", "check", source, "--target", target, *words]
    done = subprocess.run(
        [*command, "--json", "--workers", "1", "--out", folder], capture_output=True, text=True, check=False
    )
    findings: tuple[Finding, ...] = from_json(tuple[Finding, ...], json.dumps(json.loads(done.stdout)))
    if done.returncode != (STOPPED if any(finding.stops for finding in findings) else 0):
        raise RuntimeError(
            f"the exit code must follow from the findings; it is {done.returncode}: {done.stderr[-300:]}"
        )
    return findings


def _words(name: str, value: Any) -> Iterator[str]:
    listed = [f"{column}={words}" for column, words in value.items()] if isinstance(value, Mapping) else value
    for one in [listed] if isinstance(listed, str) else listed:
        yield from (_WORDS[name], one)


def _outcome(kind: str, seed: int, source: str, target: str, options: Mapping[str, Any], names: Any) -> Outcome:
    start = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="trust-") as folder:
        try:
            findings = findings_of(source, target, options, folder)
        except InputError as error:
            return Outcome(kind, seed, refused=str(error), seconds=time.perf_counter() - start)
        except Exception as error:  # noqa: BLE001 (one table that crashes a run must not hide what came of the others)
            return Outcome(kind, seed, refused=f"crashed: {error!r}", seconds=time.perf_counter() - start)
    seconds = time.perf_counter() - start
    naming = [finding for finding in findings if finding.severity != "info" and names(finding)]
    severities = {finding.severity for finding in naming}
    worst: Severity = "error" if "error" in severities else "warning" if severities else "none"
    others = [finding for finding in findings if finding not in naming]
    return Outcome(
        kind,
        seed,
        worst,
        tuple(dict.fromkeys(finding.check for finding in naming)),
        tuple(_shown(finding) for finding in others if finding.severity == "error"),
        tuple(_shown(finding) for finding in others if finding.severity == "warning"),
        seconds=seconds,
    )


def _shown(finding: Finding) -> str:
    return f"{finding.check} ({', '.join(finding.columns)})" if finding.columns else finding.check

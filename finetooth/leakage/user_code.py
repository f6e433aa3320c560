"""The scramble test of a user's own builder or objective, in a process of its own: nothing here imports Prefect.

The user's module is imported anew for each scrambled target, so that what it does when it is imported is tested too.
Where it opens the table that is tuned on, it is handed a copy with the scrambled target: a selection of columns on the
whole table then selects for the very labels that the folds are tested on, and its score rises above chance.
Files that are read without Python's `open` (by pyarrow from a path, by other libraries) are not replaced.
"""

import builtins
import importlib
import io
import os
import pickle
import re
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from finetooth import seeds
from finetooth.data import splitters
from finetooth.data.frames import take
from finetooth.data.store import Development, open_development
from finetooth.errors import InputError, one_line
from finetooth.leakage.findings import not_run
from finetooth.leakage.scramble import CHECK, scramble
from finetooth.metrics import METRICS
from finetooth.models import estimator, inputs, objective
from finetooth.models.learner import Learner
from finetooth.models.model import check_saves
from finetooth.records import DataRef, Finding, Kind, Params, from_json, to_json

FOLDS = 3
# What a coin scores: chance of AUC, of balanced accuracy (one class of k), and R2 of the mean.
_METRICS: dict[Kind, str] = {"binary": "roc_auc", "multiclass": "balanced_accuracy", "regression": "r2"}
_PROJECT_ROOT = Path(__file__).parents[2]
# Ours comes first while it is imported, and nothing of the folder that the process is started in: a user's tasks.py,
# finetooth.py or statistics.py is not run in place of it. Then the order of the parent's path holds for what is theirs.
_ENTRY_SCRIPT = """
import sys
root, *files = sys.argv[1:]
sys.path.insert(0, root)
from finetooth.leakage.user_code import main
main(*files)
"""
_ERROR_LINE = re.compile(r"[A-Za-z_][\w.]*(Error|Exception|Exit)\b")


class _RefusedError(Exception):
    """A model that no file could hold."""


@dataclass(frozen=True, slots=True)
class OwnCode:
    """The input of the test: the default candidate of a user's learner on stored rows. `source` is the user's table."""

    learner: Learner
    params: Params
    data: DataRef
    source: str
    seed: int


@dataclass(frozen=True, slots=True)
class _Request:
    """The input of the process; `path` is the parent's `sys.path`."""

    code: OwnCode
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Response:
    """The output of the process: its findings, or why it refused the model (else '')."""

    findings: tuple[Finding, ...]
    refused: str


def check_own_code(code: OwnCode) -> tuple[Finding, ...]:
    """Run the scramble test in a fresh process; code that crashes in it is an error that can be waived.

    Raises `InputError` for a model that no file could hold: now, not after hours of search.
    """
    with tempfile.TemporaryDirectory(prefix="finetooth-") as scratch:
        request_path, response_path = Path(scratch) / "order.pickle", Path(scratch) / "answer.json"
        request_path.write_bytes(pickle.dumps(_Request(code, tuple(sys.path))))
        process = subprocess.run(  # noqa: S603 (this very interpreter and module)
            [sys.executable, "-P", "-c", _ENTRY_SCRIPT, str(_PROJECT_ROOT), str(request_path), str(response_path)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        findings = _read_response(response_path) if process.returncode == 0 else None
    return (_not_run(code.learner.estimator, process),) if findings is None else findings


def _read_response(path: Path) -> tuple[Finding, ...] | None:
    """The findings of the process; None without a whole response. Raises `InputError` where it refused the model."""
    try:
        response = from_json(_Response, path.read_bytes())
    except (OSError, ValueError):
        return None
    if response.refused:
        raise InputError(response.refused)
    return response.findings


def _not_run(name: str, process: "subprocess.CompletedProcess[str]") -> Finding:
    """A finding with what the code raised, in one line; or how its process ended."""
    lines = process.stderr.strip().splitlines()
    error_lines = [start for start, line in enumerate(lines) if _ERROR_LINE.match(line)]
    exit_status = f"signal {-process.returncode}" if process.returncode < 0 else f"exit code {process.returncode}"
    end = f"its process ended before the test did ({exit_status})"
    last = one_line(lines[-1], 300) if lines else ""
    reason = one_line(" ".join(lines[error_lines[-1] :]), 300) if error_lines else f"{end}: {last}" if last else end
    return not_run(
        CHECK,
        f"{name} could not be run on a scrambled target: {reason}",
        "Run it by hand on a few rows, since a search would fail likewise",
    )


def run_scrambled(code: OwnCode) -> tuple[Finding, ...]:
    """The scramble test, in this very process: the user's modules are imported again and again."""
    development = open_development(code.data)
    table, loaded = _local_path(code.source), frozenset(sys.modules)

    def run(rows: NDArray[np.int64], y: NDArray[np.float64], groups: Any) -> float:  # noqa: ARG001 (part of the call)
        _unload_user_modules(loaded)
        with _replaced_table(table, lambda path: _write_scrambled_table(development, rows, y, path)):
            return _cross_validated(code, development, rows, y)

    about = development.about
    y = np.asarray(development.y)
    chance = 1 / len(about.classes) if about.kind == "multiclass" else None
    groups = development.rows.unit if about.grouped else None
    return scramble(run, np.arange(len(y)), y, about.kind, groups, seed=code.seed, chance=chance)


def _cross_validated(code: OwnCode, development: Development, rows: NDArray[np.int64], y: NDArray[np.float64]) -> float:
    """The mean score of the default candidate on a few rows with another target."""
    about, metric = development.about, METRICS[_METRICS[development.about.kind]]
    engine = objective if code.learner.engine == "objective" else estimator
    scrambled_rows = replace(development.rows.take(rows), y=y)
    learner = inputs.decided(code.learner, code.params)
    X = take(inputs.of_development(learner, development), rows)
    scores: list[float] = []
    for train, test in splitters.folds(scrambled_rows, FOLDS, seeds.stream(code.seed, CHECK, "folds")):
        fitted = engine.fit_predict(
            learner,
            code.params,
            about.schema.categorical,
            about.kind,
            take(X, train),
            y[train],
            take(X, test),
            seeds.seed(code.seed, CHECK),
            metric.needs,
            classes=len(about.classes),
            train=False,
        )
        if fitted.pipeline is not None and not scores:
            _check_saves(fitted.pipeline, learner)
        scores.append(metric.score(y[test], fitted.test))
    return float(np.mean(scores))


def _check_saves(fitted: Any, learner: Learner) -> None:
    try:
        check_saves(fitted, learner)
    except InputError as error:
        raise _RefusedError(one_line(error)) from None


_LIBRARIES = {Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
_INSTALLED = {"site-packages", "dist-packages"}  # also the user's own, and a distribution's


def _unload_user_modules(loaded: frozenset[str]) -> None:
    """Drop the user's own modules, so that they are imported anew; libraries stay, and so does what was `loaded`."""
    for name in sys.modules.keys() - loaded:
        origin = getattr(sys.modules[name], "__file__", None)
        if origin is None or name.partition(".")[0] == "finetooth":
            continue
        path = Path(origin)
        if not _INSTALLED & set(path.parts) and not any(path.is_relative_to(folder) for folder in _LIBRARIES):
            del sys.modules[name]
    importlib.invalidate_caches()


def _local_path(source: str) -> Path | None:
    path = Path(source)
    return path.resolve() if "://" not in source and path.exists() else None


@contextmanager
def _replaced_table(table: Path | None, write: Callable[[Path], None]) -> Iterator[None]:
    """Inside, opening `table` for reading opens a copy instead, which `write` makes on first use."""
    if table is None:
        yield
        return
    open_file = io.open
    with tempfile.TemporaryDirectory(prefix="finetooth-") as scratch:
        copy = Path(scratch) / table.name

        def opened(file: Any, mode: str = "r", *rest: Any, **options: Any) -> Any:
            reading = isinstance(file, str | os.PathLike) and "r" in mode and "+" not in mode
            if reading and os.path.realpath(file) == str(table):
                if not copy.exists():
                    write(copy)
                file = copy
            return open_file(file, mode, *rest, **options)

        with mock.patch.object(builtins, "open", opened), mock.patch.object(io, "open", opened):
            yield


def _write_scrambled_table(
    development: Development, rows: NDArray[np.int64], y: NDArray[np.float64], path: Path
) -> None:
    """Some development rows as a file of the user's own kind, with `y` in place of their target."""
    about = development.about
    frame = development.frame().iloc[rows]
    if about.kind == "regression":
        target: Any = y
    else:
        codes = np.asarray(development.y)[rows].astype(np.int64)
        names = dict(zip(codes, frame[about.target], strict=True))
        target = pd.Series([names[code] for code in y.astype(np.int64)], index=frame.index)
    changed = frame.assign(**{about.target: target})
    if path.suffix in {".parquet", ".pq"}:
        changed.to_parquet(path, index=False)
    else:
        changed.to_csv(path, index=False)


def main(request_file: str, response_file: str) -> None:
    """Run the test in the file `request_file`, and write its response to `response_file`."""
    request: _Request = pickle.loads(Path(request_file).read_bytes())  # noqa: S301 (written a moment ago by `check_own_code`)
    sys.path[:] = request.path
    try:
        response = _Response(run_scrambled(request.code), "")
    except _RefusedError as error:
        response = _Response((), str(error))
    Path(response_file).write_text(to_json(response), encoding="utf-8")

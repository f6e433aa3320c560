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
from finetooth.data.store import Development, open_development
from finetooth.errors import InputError
from finetooth.leakage.findings import unchecked
from finetooth.leakage.scramble import CHECK, scramble
from finetooth.metrics import METRICS
from finetooth.models import estimator, objective
from finetooth.models.learner import Learner
from finetooth.models.model import check_saves
from finetooth.records import DataRef, Finding, Kind, Params, from_json, to_json

FOLDS = 3
REFUSED = 12  # the process's exit code for a model that no file could hold
# What a coin scores: chance of AUC, of balanced accuracy (one class of k), and R2 of the mean.
_METRICS: dict[Kind, str] = {"binary": "roc_auc", "multiclass": "balanced_accuracy", "regression": "r2"}


class _RefusedError(Exception):
    """A model that no file could hold."""


@dataclass(frozen=True, slots=True)
class OwnCode:
    """What is tested: the default candidate of a user's learner on stored rows. `source` is the user's table."""

    learner: Learner
    params: Params
    data: DataRef
    source: str
    seed: int


def check_own_code(work: OwnCode) -> tuple[Finding, ...]:
    """Run the scramble test in a fresh process; code that cannot be run there is not checked, and says why.

    Raises `InputError` for a model that no file could hold: now, not after hours of search.
    """
    with tempfile.TemporaryDirectory(prefix="finetooth-") as scratch:
        order, answer = Path(scratch) / "order.pickle", Path(scratch) / "findings.json"
        order.write_bytes(pickle.dumps(work))
        paths = os.pathsep.join(path or "." for path in sys.path)
        done = subprocess.run(  # noqa: S603 (this very interpreter and module)
            [sys.executable, "-P", "-m", "finetooth.leakage.user_code", str(order), str(answer)],
            env={**os.environ, "PYTHONPATH": paths},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode == REFUSED:
            raise InputError(done.stderr.strip().splitlines()[-1])
        if done.returncode != 0 or not answer.exists():
            return (_not_run(work.learner.estimator, done.stderr),)
        return from_json(tuple[Finding, ...], answer.read_bytes())


def _not_run(name: str, stderr: str) -> Finding:
    """What the code raised, in one line, as a warning: nothing is known of code that was asked to be tested."""
    lines = stderr.strip().splitlines() or ["it ended without a word"]
    raised = [place for place, line in enumerate(lines) if re.match(r"[A-Za-z_][\w.]*(Error|Exception|Exit)\b", line)]
    said = " ".join(" ".join(lines[raised[-1] if raised else -1 :]).split())
    found = unchecked(CHECK, f"{name} could not be run on a scrambled target: {said}")
    return replace(found, severity="warning", remedy="Run it by hand on a few rows; a search would fail likewise.")


def run_scrambled(work: OwnCode) -> tuple[Finding, ...]:
    """The scramble test, in this very process: the user's modules are imported again and again."""
    development = open_development(work.data)
    table = _local(work.source)

    def run(rows: NDArray[np.int64], y: NDArray[np.float64], groups: Any) -> float:  # noqa: ARG001 (part of the call)
        _forget()
        with _handed(table, lambda path: _write(development, rows, y, path)):
            return _cross_validated(work, development, rows, y)

    about = development.about
    y = np.asarray(development.y)
    chance = 1 / len(about.classes) if about.kind == "multiclass" else None
    groups = development.rows.unit if about.grouped else None
    return scramble(run, np.arange(len(y)), y, about.kind, groups, seed=work.seed, chance=chance)


def _cross_validated(work: OwnCode, development: Development, rows: NDArray[np.int64], y: NDArray[np.float64]) -> float:
    """The mean score of the default candidate on a few rows with another target."""
    about, metric = development.about, METRICS[_METRICS[development.about.kind]]
    engine = objective if work.learner.engine == "objective" else estimator
    held = replace(development.rows.take(rows), y=y)
    X = np.asarray(development.X)[rows]
    scores: list[float] = []
    for train, test in splitters.folds(held, FOLDS, seeds.stream(work.seed, CHECK, "folds")):
        fitted = engine.fit_predict(
            work.learner,
            work.params,
            about.schema.categorical,
            about.kind,
            X[train],
            y[train],
            X[test],
            seeds.seed(work.seed, CHECK),
            metric.needs,
            classes=len(about.classes),
            train=False,
        )
        if fitted.pipeline is not None and not scores:
            _check_saves(fitted.pipeline, work.learner)
        scores.append(metric.score(y[test], fitted.test))
    return float(np.mean(scores))


def _check_saves(fitted: Any, learner: Learner) -> None:
    try:
        check_saves(fitted, learner)
    except InputError as error:
        raise _RefusedError(" ".join(str(error).split())) from None


_PLACES = {Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib", "purelib", "platlib")}


def _forget() -> None:
    """Drop the user's own modules, so that they are imported anew; libraries and finetooth stay."""
    for name, module in list(sys.modules.items()):
        origin = getattr(module, "__file__", None)
        if origin is None or name == "__main__" or name.partition(".")[0] == "finetooth":
            continue
        if not any(Path(origin).is_relative_to(place) for place in _PLACES):
            del sys.modules[name]
    importlib.invalidate_caches()


def _local(source: str) -> Path | None:
    path = Path(source)
    return path.resolve() if "://" not in source and path.exists() else None


@contextmanager
def _handed(table: Path | None, write: Callable[[Path], None]) -> Iterator[None]:
    """Whoever opens `table` inside is handed a copy that `write` makes when it is asked for."""
    if table is None:
        yield
        return
    usual = io.open
    with tempfile.TemporaryDirectory(prefix="finetooth-") as scratch:
        copy = Path(scratch) / table.name

        def opened(file: Any, mode: str = "r", *rest: Any, **named: Any) -> Any:
            asked = isinstance(file, str | os.PathLike) and "r" in mode and "+" not in mode
            if asked and os.path.realpath(file) == str(table):
                if not copy.exists():
                    write(copy)
                file = copy
            return usual(file, mode, *rest, **named)

        with mock.patch.object(builtins, "open", opened), mock.patch.object(io, "open", opened):
            yield


def _write(development: Development, rows: NDArray[np.int64], y: NDArray[np.float64], path: Path) -> None:
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


def main(order: str, answer: str) -> None:
    """Read what is to be tested, and write what was found."""
    work: OwnCode = pickle.loads(Path(order).read_bytes())  # noqa: S301 (written a moment ago by `check_own_code`)
    try:
        found = run_scrambled(work)
    except _RefusedError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(REFUSED)
    Path(answer).write_text(to_json(found), encoding="utf-8")


if __name__ == "__main__":
    from finetooth.leakage.user_code import (
        main as run_main,  # the classes of this module under their own name, for pickle
    )

    run_main(*sys.argv[1:])

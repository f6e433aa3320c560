"""Tiny tables, tiny budgets, and what two equal runs must have in common."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from finetooth.config.loading import load_tune
from finetooth.runs.run import find_run
from finetooth.trials.journal import Journal, untimed

# Prefect reads it when it is first imported: nothing of a test is to end up in the home of whoever runs it.
os.environ["PREFECT_HOME"] = tempfile.mkdtemp(prefix="finetooth-prefect-")

ROOT = Path(__file__).parents[2]
ROWS = 240
BUDGET = {
    "coarse": {"trials": 4, "rows": 0.4, "least_rows": 60},
    "refine": {"trials": 4},
    "replicate": {"finalists": 2, "repeats": 2, "folds": 3},
    "validation": {"outer": 1, "seeds": 2, "bootstrap": 200},
    "cluster": {"workers": 2, "processes": False},
}
SETTINGS = [
    word
    for section, values in BUDGET.items()
    for key, value in values.items()
    for word in ("--set", f"{section}.{key}={json.dumps(value)}")
]
CONTRACT = {
    "label", "metric", "tuned", "default", "difference", "ci_low", "ci_high", "bootstrap_support", "search_score",
    "optimism", "seeds", "holdout_rows", "vault_openings", "waivers", "trials", "seconds", "params",
}  # fmt: skip


def frame(kind="binary", rows=ROWS, **columns):
    """Two informative numbers, noise, a category, a group, a day, and further `columns` made from the frame."""
    rng = np.random.default_rng(7)
    made = pd.DataFrame(rng.normal(size=(rows, 3)).round(4), columns=["first", "second", "noise"])
    made["color"] = rng.choice(["red", "green", "blue"], rows)
    made["member"] = rng.integers(0, rows // 4, rows)
    made["day"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.permutation(rows), unit="D")
    signal = made["first"] + 0.5 * made["second"] + 0.5 * (made["color"] == "red") + 0.5 * rng.normal(size=rows)
    targets = {
        "binary": np.where(signal > 0.2, "yes", "no"),
        "multiclass": np.array(["low", "mid", "top"])[np.digitize(signal, [-0.5, 0.8])],
        "regression": (10 * signal).round(3),
    }
    made["target"] = targets[kind]
    return made.assign(**columns)


def written(folder, name="table.csv", **how):
    """A table as a file; its path as text."""
    frame(**how).to_csv(folder / name, index=False)
    return str(folder / name)


def small(folder, source="sklearn:breast_cancer", **sections):
    """A configuration with a tiny budget that writes into `folder`. A run is called `run` unless said otherwise."""
    values = {name: dict(section) for name, section in BUDGET.items()}
    values |= {"data": {"source": source}, "output": {"folder": str(folder / "runs"), "run": "run"}}
    for name, section in sections.items():
        values[name] = values.get(name, {}) | section if isinstance(section, dict) else section
    return load_tune(values)


def tuned(config):
    """The run that comes of a configuration, untracked and in this process."""
    from finetooth.flows.tune import tune

    tune.fn(config)
    return found(config)


def found(config):
    return find_run(config.output.run, config.output.folder)


def answer(run):
    """The verdict as plain values, times aside."""
    return timeless(json.loads((run.folder / "verdict.json").read_text()))


def timeless(verdict):
    kept = {key: value for key, value in verdict.items() if key not in {"seconds", "costs"}}
    return kept | {"costs": [(cost["stage"], cost["trials"]) for cost in verdict["costs"]]}


def trials(run):
    """The trials of a run, without seconds and the names of workers."""
    return tuple(untimed(trial) for trial in Journal(run.journal).trials())


def contents(folder):
    """Every file below a folder with its bytes."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in Path(folder).rglob("*") if path.is_file()}


def environment(home):
    """A process of its own finds this checkout, and keeps what Prefect writes in `home`."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PREFECT_")}
    return kept | {
        "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, [kept.get("PYTHONPATH")])]),
        "PREFECT_HOME": str(home),
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    }


def hears_interrupts():
    """Run in a new process: a shell that starts tests in the background lets them ignore Ctrl-C, and it is inherited."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def started(words, folder, **more):
    """`finetooth` with these words in a process of its own, in a session of its own so that none is left behind."""
    return subprocess.Popen(
        [sys.executable, "-c", "from finetooth.cli.main import main; main()", *words],
        cwd=folder,
        env=environment(folder / "prefect") | more,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=hears_interrupts,
    )


def said(words, folder, timeout=120):
    """The exit code, standard output and standard error of `finetooth` with these words."""
    process = started(words, folder)
    out, err = process.communicate(timeout=timeout)
    return process.returncode, out, err

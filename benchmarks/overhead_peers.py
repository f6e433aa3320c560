"""What a trivial trial costs in other tools: Optuna in memory and with SQLite, and Ray Tune, two at a time.

Each function runs `trials` trials of an objective that returns at once over the same space, and returns the seconds on
the wall. They import their tool when they are called; `PEERS` says which package each needs and how many trials fit it.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from finetooth.domains.domains import Float
from finetooth.domains.space import Space

SPACE = Space([Float(f"x{i}", 0.0, 1.0) for i in range(8)], name="unit cube")
WORKERS = 2


def optuna_memory(trials: int, sampler: str) -> float:
    """Optuna with its storage in memory, two threads."""
    return _optuna(trials, sampler, None)


def optuna_sqlite(trials: int, sampler: str) -> float:
    """Optuna with SQLite, which is what lets a study be taken up again, two threads."""
    with tempfile.TemporaryDirectory() as folder:
        return _optuna(trials, sampler, f"sqlite:///{Path(folder) / 'study.db'}")


def _optuna(trials: int, sampler: str, storage: str | None) -> float:
    import optuna

    def objective(trial) -> float:
        return trial.suggest_float("x0", 0, 1) + sum(trial.suggest_float(name, 0, 1) for name in SPACE.names[1:])

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(storage=storage, sampler=getattr(optuna.samplers, sampler)(seed=0))
    start = time.perf_counter()
    study.optimize(objective, n_trials=trials, n_jobs=WORKERS)
    return time.perf_counter() - start


def ray_tune(trials: int, sampler: str) -> float:
    """Ray Tune with its random search, two trials at a time; Ray itself is started before."""
    del sampler
    import logging

    import ray
    from ray import tune

    with tempfile.TemporaryDirectory() as folder:
        ray.init(num_cpus=WORKERS, logging_level=logging.ERROR, log_to_driver=False, include_dashboard=False)
        try:
            start = time.perf_counter()
            tune.Tuner(
                _returned,
                param_space={name: tune.uniform(0, 1) for name in SPACE.names},
                tune_config=tune.TuneConfig(num_samples=trials),
                run_config=tune.RunConfig(storage_path=folder, verbose=0),
            ).fit()
            return time.perf_counter() - start
        finally:
            ray.shutdown()


def _returned(params: dict) -> dict:
    return {"score": sum(params.values())}


# name -> the run, its package, the sampler, and the trials that are run (fewer where each is slow).
PEERS: dict[str, tuple[Callable[[int, str], float], str, str, int]] = {
    "Optuna, in memory, random": (optuna_memory, "optuna", "RandomSampler", 6000),
    "Optuna, in memory, TPE": (optuna_memory, "optuna", "TPESampler", 1000),
    "Optuna, SQLite, random": (optuna_sqlite, "optuna", "RandomSampler", 300),
    "Optuna, SQLite, TPE": (optuna_sqlite, "optuna", "TPESampler", 300),
    "Ray Tune, random": (ray_tune, "ray", "", 60),
}

"""The folder of a run: named by the user, by the flow run that shows it, or by the time.

Prefect is imported only where a flow is under way, so that the command line can open a folder at once.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from finetooth.config.tune import TuneConfig
from finetooth.errors import FinetoothError, LeakageError
from finetooth.runs.run import Run, close_run, open_run

# What is in a folder before the first finding or trial.
_BARE = {"config.yaml", "run.json", ".lock", "data.json", "lineage.json", "retrain.json"}

Config = TypeVar("Config", bound=TuneConfig)


@contextmanager
def run_folder(config: TuneConfig, flow: str) -> Iterator[Run]:
    """The run's folder, for a flow. A flow run that Prefect starts again finds its own, and goes on in it."""
    with opened(named_run(config), flow) as run:
        yield run


def named_run(config: Config) -> Config:
    """The configuration with the name of its run, if one is given or a flow run shows it."""
    from prefect.runtime import flow_run

    from finetooth.tasks.runtime.step import tracked

    if config.output.run is not None or not tracked():
        return config
    name = f"{config.name}-{str(flow_run.get_id())[:8]}"
    return config.model_copy(update={"output": config.output.model_copy(update={"run": name})})


@contextmanager
def opened(config: TuneConfig, flow: str) -> Iterator[Run]:
    """The folder of a run, made or taken up again. A new one is removed if the input cannot be used after all.

    Raises `InputError` for what can be told without the table, before anything is written.
    """
    from finetooth.search.methods import get_method

    for name in (config.coarse.method, config.refine.method):
        get_method(name)
    held = config.output.run is not None and (Path(config.output.folder) / config.output.run / "config.yaml").exists()
    run = open_run(config, flow)
    try:
        yield run
    except LeakageError:
        raise
    except FinetoothError:
        if not held:
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

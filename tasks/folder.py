"""The folder of a run: named by the user, by the flow run that shows it, or by the time."""

from prefect.runtime import flow_run

from finetooth.config import TuneConfig
from finetooth.registry.runs import Run, open_run
from finetooth.search.methods import method
from tasks.step import tracked

_BARE = {"config.yaml", "run.json", ".lock"}  # what a folder holds from its first moment


def run_folder(config: TuneConfig, flow: str) -> Run:
    """Open the run's folder. A flow run that Prefect starts again finds its own, and goes on in it.

    Raises `InputError` for what can be told without the table, before anything is written.
    """
    for name in (config.coarse.method, config.refine.method):
        method(name)
    if config.output.run is None and tracked():
        name = f"{config.name}-{str(flow_run.get_id())[:8]}"
        config = config.model_copy(update={"output": config.output.model_copy(update={"run": name})})
    return open_run(config, flow)


def discard_bare(run: Run) -> None:
    """Remove the folder of a run in which nothing was done."""
    held = {path.name for path in run.folder.iterdir()}
    if held <= _BARE:
        for name in held:
            (run.folder / name).unlink()
        run.folder.rmdir()

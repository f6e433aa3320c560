"""A flow, run to its end: as a flow run of Prefect or as a plain call, with its progress shown or quietly."""

from contextlib import nullcontext
from importlib import import_module
from typing import Any

from finetooth.config.retrain import WatchConfig
from finetooth.config.tune import TuneConfig


def run_flow(name: str, config: TuneConfig | WatchConfig, *, tracked: bool, verbose: bool) -> Any:
    """What the flow `finetooth.flows.<name>` returns.

    Untracked, it is a plain call; inside a flow of the caller's own, its steps are then task runs of that flow.
    """
    from finetooth.api.progress import shown
    from finetooth.trials.searches import check_methods

    if isinstance(config, TuneConfig):
        check_methods(config)  # before a server is started
    flow = getattr(import_module(f"finetooth.flows.{name}"), name)
    with shown() if verbose else nullcontext():
        if not tracked:
            return flow.fn(config)
        from finetooth.api.server import ensure_server

        ensure_server(verbose=verbose)
        return flow(config)

"""In which order? Each DAG on one screen.

    from flows import tune

The flows are imported when they are asked for, since Prefect takes seconds and the command line must answer at once.
"""

import os
import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flows.check import check as check
    from flows.retrain import retrain as retrain
    from flows.sweep import sweep as sweep
    from flows.tune import tune as tune
    from flows.watch import watch as watch

# Prefect reads these when it is imported. Its embedded server needs more than the 20 s that it gives itself, and
# nothing is to be sent anywhere.
os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "120")
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
os.environ.setdefault("DO_NOT_TRACK", "1")

__all__ = ["check", "retrain", "sweep", "tune", "watch"]


class _Flows(ModuleType):
    """The package, in which `tune` is the flow and never the module of that name.

    The import system puts each module that it has loaded into its package: here the flow is put in its place.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, getattr(value, name) if name in __all__ and isinstance(value, ModuleType) else value)

    def __getattr__(self, name: str) -> Any:
        if name not in __all__:
            raise AttributeError(f"module 'flows' has no attribute '{name}'")
        return getattr(import_module(f"flows.{name}"), name)


sys.modules[__name__].__class__ = _Flows

"""In which order? Each DAG on one screen.

    from flows import tune

The flows are imported when they are asked for, since Prefect takes seconds and the command line must answer at once.
"""

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flows.check import check as check
    from flows.sweep import sweep as sweep
    from flows.tune import tune as tune

# Prefect reads these when it is imported. Its embedded server needs more than the 20 s that it gives itself, and
# nothing is to be sent anywhere.
os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "120")
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
os.environ.setdefault("DO_NOT_TRACK", "1")

__all__ = ["check", "sweep", "tune"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'flows' has no attribute '{name}'")
    found = getattr(import_module(f"flows.{name}"), name)
    globals()[name] = found  # in place of the module, which the import system has put there
    return found

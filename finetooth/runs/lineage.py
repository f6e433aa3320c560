"""Where a model comes from: data, code, libraries, seeds and time."""

import os
import platform
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import metadata
from typing import Any

from finetooth.config.tune import TuneConfig
from finetooth.version import code_version

_LIBRARIES = ("xgboost", "scikit-learn", "numpy", "pandas", "scipy", "dask", "prefect")


def lineage(
    config: TuneConfig,
    *,
    fingerprint: str,
    command: str,
    started: float,
    checks: tuple[str, ...],
    timings: Mapping[str, float],
) -> dict[str, Any]:
    """What is needed to make a model again, and to tell whether another one was made alike.

    `started` is in seconds since the epoch; `timings` are seconds by stage.
    """
    return {
        "command": command,
        "source": config.data.source,
        "fingerprint": fingerprint,
        "code": code_version(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "versions": {"python": platform.python_version()} | {name: metadata.version(name) for name in _LIBRARIES},
        "seeds": {"root": config.seed},
        "started": _moment(started),
        "ended": _moment(time.time()),
        "timings": dict(timings),
        "checks": list(checks),
    }


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, tz=UTC).isoformat(timespec="seconds")

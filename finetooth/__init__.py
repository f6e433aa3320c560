"""finetooth: tune a model on a table, and say honestly whether it helped.

>>> import finetooth
>>> result = finetooth.tune("table.csv", target="y", trials=40)  # doctest: +SKIP
>>> print(result.verdict.sentence)  # doctest: +SKIP
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from finetooth.version import __version__

if TYPE_CHECKING:
    from finetooth.api.predictions import predict
    from finetooth.api.result import Result
    from finetooth.api.retraining import retrain
    from finetooth.api.tuning import check, sweep, tune
    from finetooth.config.retrain import RetrainConfig
    from finetooth.config.tune import TuneConfig
    from finetooth.domains.domains import Choice, Float, Int
    from finetooth.domains.space import Space
    from finetooth.leakage.library import check as check_leakage
    from finetooth.models.model import load_model
    from finetooth.search.ask_tell import Search

__all__ = [
    "Choice",
    "Float",
    "Int",
    "Result",
    "RetrainConfig",
    "Search",
    "Space",
    "TuneConfig",
    "__version__",
    "check",
    "check_leakage",
    "load_model",
    "predict",
    "retrain",
    "sweep",
    "tune",
]

if not TYPE_CHECKING:  # a type checker reads the imports above, and refuses a name that is not there
    # Imported only when they are asked for: `import finetooth` takes neither pandas nor Prefect along.
    _HOMES = {
        "Choice": "domains.domains",
        "Float": "domains.domains",
        "Int": "domains.domains",
        "Result": "api.result",
        "RetrainConfig": "config.retrain",
        "Search": "search.ask_tell",
        "Space": "domains.space",
        "TuneConfig": "config.tune",
        "check": "api.tuning",
        "check_leakage": "leakage.library:check",
        "load_model": "models.model",
        "predict": "api.predictions",
        "retrain": "api.retraining",
        "sweep": "api.tuning",
        "tune": "api.tuning",
    }

    def __getattr__(name: str) -> Any:
        if name not in _HOMES:
            raise AttributeError(f"module 'finetooth' has no attribute '{name}'")
        module, _, other = _HOMES[name].partition(":")
        value = globals()[name] = getattr(import_module(f"finetooth.{module}"), other or name)
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})

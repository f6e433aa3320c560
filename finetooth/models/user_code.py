"""Is a model's code the user's own, and has it changed?"""

import sys
from hashlib import sha256
from importlib import import_module
from pathlib import Path

from finetooth.errors import InputError
from finetooth.models.learner import Learner

_KNOWN = ("finetooth", "sklearn", "xgboost")


def is_own(learner: Learner) -> bool:
    """Whether a model is built by code that neither finetooth nor the libraries that it stands on have written."""
    return learner.engine != "xgboost" and learner.estimator.partition(":")[0].partition(".")[0] not in _KNOWN


def of_catalogue(learner: Learner) -> bool:
    """Whether a model was named by a word of the catalogue, not by an import path."""
    return not is_own(learner) and ":" not in learner.name


def packages(learner: Learner) -> frozenset[str]:
    """The packages whose classes a file of this model may hold: those that a user's own module is made of.

    Importing the module has run their code already. None for a model of the catalogue, nor any of Python's own
    library, whose functions could be put to other uses by whoever changes a file.
    """
    if of_catalogue(learner):
        return frozenset()
    try:
        module = import_module(learner.estimator.partition(":")[0])
    except ImportError as error:
        raise InputError(
            f"the module of '{learner.estimator}' must import, since the model is made of it; got {error}; "
            "work where it lies, or put its folder on PYTHONPATH."
        ) from None
    held = [getattr(value, "__module__", None) or getattr(value, "__name__", "") for value in vars(module).values()]
    found = {str(name).partition(".")[0] for name in (module.__name__, *held)}
    return frozenset(found - {"", *sys.stdlib_module_names})


def own_code(learner: Learner) -> str:
    """The digest of the module that a user's own model comes from; empty for any other model."""
    if not is_own(learner):
        return ""
    path = getattr(import_module(learner.estimator.partition(":")[0]), "__file__", None)
    return sha256(Path(path).read_bytes()).hexdigest()[:16] if path else ""

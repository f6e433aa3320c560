"""Is a model's code the user's own, and has it changed?"""

from hashlib import sha256
from importlib import import_module
from pathlib import Path

from finetooth.trials.learner import Learner

_KNOWN = ("finetooth", "spaces", "sklearn", "xgboost")


def is_own(learner: Learner) -> bool:
    """Whether a model is built by code that neither finetooth nor the libraries that it stands on have written."""
    return learner.engine != "xgboost" and learner.estimator.partition(":")[0].partition(".")[0] not in _KNOWN


def own_code(learner: Learner) -> str:
    """The digest of the module that a user's own model comes from; empty for any other model."""
    if not is_own(learner):
        return ""
    path = getattr(import_module(learner.estimator.partition(":")[0]), "__file__", None)
    return sha256(Path(path).read_bytes()).hexdigest()[:16] if path else ""

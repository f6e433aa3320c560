"""The model families by name."""

from collections.abc import Callable, Mapping

from finetooth.errors import unknown
from finetooth.models.learner import Family
from finetooth.records import Kind
from finetooth.spaces import forest, hist_gradient_boosting, linear, mlp, nystroem, svm, xgboost

FAMILIES: Mapping[str, Callable[[Kind], Family]] = {
    "xgboost": xgboost.family,
    "xgboost-scheduled": xgboost.scheduled,
    "hist_gradient_boosting": hist_gradient_boosting.family,
    "forest": forest.family,
    "linear": linear.family,
    "svm": svm.family,
    "nystroem": nystroem.family,
    "mlp": mlp.family,
    "mlp-scheduled": mlp.scheduled,
}


def names() -> tuple[str, ...]:
    """The families that there are, the usual first choice first."""
    return tuple(FAMILIES)


def family(name: str, kind: Kind) -> Family:
    """The family of that name for a task; `InputError` lists the names when there is none."""
    if name not in FAMILIES:
        raise unknown("model", name, "the catalogue (or be an import path package.module:NAME)", FAMILIES)
    return FAMILIES[name](kind)

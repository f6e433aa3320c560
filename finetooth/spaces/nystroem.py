"""Kernel machines for large tables: a linear model on Nystroem's approximation of the RBF kernel."""

from typing import Any

from finetooth.domains.domains import Float, Int
from finetooth.domains.space import Space
from finetooth.models.learner import Family, Learner
from finetooth.records import Kind
from finetooth.spaces.svm import GAMMA, GAMMA_RULE, GammaRule

_COMPONENTS = Int(
    "n_components",
    50,
    500,
    log=True,
    why="Landmark rows. More are closer to the exact kernel (Williams and Seeger 2001); time grows with the number.",
)
_STRENGTH: dict[bool, Float] = {
    False: Float("C", 0.01, 1e4, log=True, why="Inverse strength of the penalty of the logistic regression on top."),
    True: Float("alpha", 1e-4, 100.0, log=True, why="Strength of the penalty of the ridge regression on top."),
}


def family(kind: Kind) -> Family:
    """Logistic or ridge regression on landmark features; its time grows with the rows, not with their square."""
    regression = kind == "regression"
    strength = _STRENGTH[regression]
    return Family(
        learner=Learner(
            "nystroem",
            "estimator",
            f"finetooth.spaces.nystroem:nystroem_{'regressor' if regression else 'classifier'}",
            prepare="scaled",
            # lbfgs holds the interpreter lock (see the linear family).
            parallel="processes",
        ),
        space=Space((_COMPONENTS, GAMMA_RULE, GAMMA, strength), name="nystroem"),
        default={"n_components": 100, "gamma_rule": "scale", strength.name: 1.0},
        summary="What the svm family becomes on large tables: a linear model on features of the RBF kernel.",
        source="Williams and Seeger (2001), Using the Nystroem method to speed up kernel machines, NIPS 13; "
        "scikit-learn user guide, Kernel approximation; gamma as in the svm family.",
    )


def nystroem_classifier(
    n_components: int = 100, gamma_rule: GammaRule = "free", gamma: float | None = None, **rest: Any
) -> Any:
    """Logistic regression on Nystroem's features of the RBF kernel (Williams and Seeger 2001)."""
    from sklearn.linear_model import LogisticRegression

    return _on_kernel(n_components, gamma_rule, gamma, LogisticRegression(**{"max_iter": 1000, **rest}))


def nystroem_regressor(
    n_components: int = 100, gamma_rule: GammaRule = "free", gamma: float | None = None, **rest: Any
) -> Any:
    """Ridge regression on the same features."""
    from sklearn.linear_model import Ridge

    return _on_kernel(n_components, gamma_rule, gamma, Ridge(**rest))


def _on_kernel(n_components: int, gamma_rule: GammaRule, gamma: float | None, model: Any) -> Any:
    from sklearn.kernel_approximation import Nystroem
    from sklearn.pipeline import Pipeline

    # Nystroem's own default, no gamma, is one over the number of columns: what "scale" is on standardised columns.
    kernel = Nystroem(gamma=None if gamma_rule == "scale" else gamma, n_components=n_components)
    return Pipeline([("kernel", kernel), ("model", model)])

"""Linear models: logistic regression, ridge and the elastic net."""

from typing import Any, Literal

from finetooth.domains.domains import Choice, Float
from finetooth.domains.space import Space
from finetooth.models.learner import Family, Learner
from finetooth.records import Kind

Penalty = Literal["l2", "elasticnet"]

_MIX = Float(
    "l1_ratio",
    0.0,
    1.0,
    when={"penalty": ("elasticnet",)},
    why="Share of the penalty that is L1 and sets coefficients to zero (glmnet's alpha, 0 to 1).",
)
_PENALTY = Choice("penalty", ("l2", "elasticnet"), why="Shrink all coefficients, or drop some as well.")

_CLASSIFICATION = (
    _PENALTY,
    Float(
        "C",
        1e-4,
        1e3,
        log=True,
        why="Inverse strength of the penalty on standardised columns, over seven decades like rbv2's glmnet space.",
    ),
    _MIX,
)
_REGRESSION = (
    _PENALTY,
    Float("ridge_alpha", 1e-3, 1e5, log=True, when={"penalty": ("l2",)}, why="Strength of ridge, on a sum over rows."),
    Float(
        "alpha",
        1e-4,
        1.0,
        log=True,
        when={"penalty": ("elasticnet",)},
        why="Strength of the elastic net on a standardised target: at 1 hardly a coefficient is left.",
    ),
    _MIX,
)


def family(kind: Kind) -> Family:
    """Logistic regression for classes, ridge or the elastic net for numbers."""
    regression = kind == "regression"
    return Family(
        learner=Learner(
            "linear",
            "estimator",
            f"finetooth.spaces.linear:{'ridge_or_elastic_net' if regression else 'logistic'}",
            prepare="scaled",
            # Measured on 5,000 x 40 rows, two fits at once on two cores: lbfgs 1.1 times as fast as one after the
            # other in threads, 1.8 times in processes; saga 1.8 and 1.9.
            parallel="processes",
        ),
        space=Space(_REGRESSION if regression else _CLASSIFICATION, name="linear"),
        default={"penalty": "l2", **({"ridge_alpha": 1.0} if regression else {"C": 1.0})},
        summary="Logistic regression or ridge, with L1 if that helps: fast, and the yardstick for the others.",
        source="rbv2's glmnet space (Binder et al. 2020); Zou and Hastie (2005), JRSS B 67; scikit-learn user guide.",
    )


def logistic(penalty: Penalty | None = None, l1_ratio: float = 0.0, **rest: Any) -> Any:
    """Logistic regression with the solver that its penalty calls for: lbfgs, or saga where a share is l1.

    Without `penalty`, any share of l1 means the elastic net.
    """
    from sklearn.linear_model import LogisticRegression

    if penalty == "l2" or l1_ratio == 0:
        # scikit-learn's 100 iterations leave lbfgs short where the penalty is weak.
        return LogisticRegression(**{"max_iter": 1000, **rest})
    # saga is stochastic: beyond this tolerance it spends passes over the table on digits that no metric sees.
    return LogisticRegression(l1_ratio=l1_ratio, solver="saga", **{"max_iter": 300, "tol": 1e-3, **rest})


def ridge_or_elastic_net(
    penalty: Penalty | None = None,
    ridge_alpha: float = 1.0,
    alpha: float | None = None,
    l1_ratio: float | None = None,
    **rest: Any,
) -> Any:
    """Ridge regression, or the elastic net; their penalties are named apart since they differ in unit.

    Ridge adds `ridge_alpha` to a sum over rows, the elastic net `alpha` to a mean. Without `penalty`, an `alpha` or
    `l1_ratio` means the elastic net.
    """
    from sklearn.linear_model import ElasticNet, Ridge

    if penalty == "l2" or (penalty is None and alpha is None and l1_ratio is None):
        return Ridge(alpha=ridge_alpha, **rest)
    penalties = {"alpha": alpha, "l1_ratio": l1_ratio}
    return ElasticNet(**{name: value for name, value in penalties.items() if value is not None}, **rest)

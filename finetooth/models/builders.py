"""Builders for models whose natural parameters are not arguments of one scikit-learn class."""

from typing import Any, Literal

from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import ElasticNet, LogisticRegression, Ridge
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC, SVR

from finetooth.models.networks import scheduled
from finetooth.models.schedules import CONSTANT, PARAMETERS

Penalty = Literal["l2", "elasticnet"]
GammaRule = Literal["scale", "free"]


def logistic(penalty: Penalty | None = None, l1_ratio: float = 0.0, **rest: Any) -> LogisticRegression:
    """Logistic regression with the solver that its penalty calls for: lbfgs, or saga where a share is l1.

    Without `penalty`, any share of l1 means the elastic net.
    """
    if penalty == "l2" or l1_ratio == 0:
        # scikit-learn's 100 iterations leave lbfgs short where the penalty is weak.
        return LogisticRegression(**{"max_iter": 1000, **rest})
    # saga is stochastic: beyond this tolerance it spends passes over the table on digits that no metric sees.
    return LogisticRegression(l1_ratio=l1_ratio, solver="saga", **{"max_iter": 300, "tol": 1e-3, **rest})


def linear(
    penalty: Penalty | None = None,
    ridge_alpha: float = 1.0,
    alpha: float | None = None,
    l1_ratio: float | None = None,
    **rest: Any,
) -> Ridge | ElasticNet:
    """Ridge regression, or the elastic net; their penalties are named apart since they differ in unit.

    Ridge adds `ridge_alpha` to a sum over rows, the elastic net `alpha` to a mean. Without `penalty`, an `alpha` or
    `l1_ratio` means the elastic net.
    """
    if penalty == "l2" or (penalty is None and alpha is None and l1_ratio is None):
        return Ridge(alpha=ridge_alpha, **rest)
    given = {"alpha": alpha, "l1_ratio": l1_ratio}
    return ElasticNet(**{name: value for name, value in given.items() if value is not None}, **rest)


def svc(gamma_rule: GammaRule = "free", gamma: float | None = None, **rest: Any) -> SVC:
    """A support vector classifier with an RBF kernel whose width is scikit-learn's "scale", or free and given."""
    return SVC(gamma="scale" if gamma_rule == "scale" or gamma is None else gamma, **rest)


def svr(gamma_rule: GammaRule = "free", gamma: float | None = None, **rest: Any) -> SVR:
    """The same for regression."""
    return SVR(gamma="scale" if gamma_rule == "scale" or gamma is None else gamma, **rest)


def nystroem_classifier(
    n_components: int = 100, gamma_rule: GammaRule = "free", gamma: float | None = None, **rest: Any
) -> Pipeline:
    """Logistic regression on Nystroem's features of the RBF kernel (Williams and Seeger 2001)."""
    return _on_kernel(n_components, gamma_rule, gamma, LogisticRegression(**{"max_iter": 1000, **rest}))


def nystroem_regressor(
    n_components: int = 100, gamma_rule: GammaRule = "free", gamma: float | None = None, **rest: Any
) -> Pipeline:
    """Ridge regression on the same features."""
    return _on_kernel(n_components, gamma_rule, gamma, Ridge(**rest))


def _on_kernel(n_components: int, gamma_rule: GammaRule, gamma: float | None, model: Any) -> Pipeline:
    # Nystroem's own default, no gamma, is one over the number of columns: what "scale" is on standardised columns.
    kernel = Nystroem(gamma=None if gamma_rule == "scale" else gamma, n_components=n_components)
    return Pipeline([("kernel", kernel), ("model", model)])


def _widths(layers: int, values: dict[str, Any]) -> tuple[int, ...]:
    """The widths `width_1`, `width_2`, ... of the first `layers` hidden layers, taken out of `values`."""
    widths = {name: values.pop(name) for name in sorted(values) if name.startswith("width_")}
    missing = [f"width_{i}" for i in range(1, layers + 1) if f"width_{i}" not in widths]
    if missing:
        raise ValueError(f"a network with layers={layers} must have a width for each; {missing[0]} is missing")
    return tuple(int(widths[f"width_{i}"]) for i in range(1, layers + 1))


def _schedule(values: dict[str, Any]) -> dict[str, Any]:
    """The schedule of the learning rate and its settings, taken out of `values`."""
    return {"schedule": CONSTANT} | {name: values.pop(name) for name in PARAMETERS if name in values}


def mlp_classifier(layers: int = 1, **params: Any) -> Any:
    """A multilayer perceptron from flat parameters: `layers`, `width_1` ... `width_n`, and scikit-learn's own.

    `schedule`, `schedule_decay` and `schedule_period` let its learning rate change (see `finetooth.models.networks`).
    """
    params.setdefault("width_1", 100)
    schedule = _schedule(params)
    return scheduled(MLPClassifier(hidden_layer_sizes=_widths(layers, params), **params), **schedule)


def mlp_regressor(layers: int = 1, **params: Any) -> Any:
    """The same for regression."""
    params.setdefault("width_1", 100)
    schedule = _schedule(params)
    return scheduled(MLPRegressor(hidden_layer_sizes=_widths(layers, params), **params), **schedule)

"""Support vector machines with an RBF kernel."""

from typing import Any, Literal

from finetooth.domains.domains import Choice, Domain, Float
from finetooth.domains.space import Space
from finetooth.models.learner import Family, Learner
from finetooth.records import Kind, Params

GammaRule = Literal["scale", "free"]

GAMMA_RULE = Choice(
    "gamma_rule",
    ("scale", "free"),
    why="scale is the library's 1 / (columns x variance), good without tuning; free searches gamma.",
)
GAMMA = Float(
    "gamma",
    1e-4,
    8.0,
    log=True,
    when={"gamma_rule": ("free",)},
    why="Inverse width of the kernel on standardised columns; auto-sklearn searches 2^-15 to 2^3.",
)
_DOMAINS: tuple[Domain, ...] = (
    Float(
        "C",
        0.03,
        1000.0,
        log=True,
        why="Price of an error. rbv2 searches 1e-4 to 1e3, auto-sklearn 2^-5 to 2^15; fits above 1000 take very long.",
    ),
    GAMMA_RULE,
    GAMMA,
)
_EPSILON = Float(
    "epsilon", 1e-3, 1.0, log=True, why="Half width of the tube without a price, in standard deviations of the target."
)


def family(kind: Kind) -> Family:
    """SVC or SVR; probabilities, where a metric needs them, by Platt scaling over three folds."""
    regression = kind == "regression"
    default: Params = {"C": 1.0, "gamma_rule": "scale", **({"epsilon": 0.1} if regression else {})}
    return Family(
        learner=Learner(
            "svm",
            "estimator",
            f"finetooth.spaces.svm:{'svr' if regression else 'svc'}",
            prepare="scaled",
            # libsvm releases the interpreter lock: 1.9 times as fast with two threads on two cores (5,000 x 40 rows).
            parallel="threads",
        ),
        space=Space((*_DOMAINS, _EPSILON) if regression else _DOMAINS, name="svm"),
        default=default,
        # Measured on one table of 14 columns, default parameters: 0.6 s a fit on 5,000 rows, 5 s on 10,000, 65 s on
        # 20,000, where nystroem took 0.5 s and ranked no worse (AUC .905 against .902).
        summary="Smooth boundaries for small tables. Twice the rows take about ten times as long: above some 10,000 "
        "rows choose nystroem instead.",
        source="rbv2 space (Binder et al. 2020); auto-sklearn's libsvm space (Feurer et al. 2015), after Hsu, Chang "
        "and Lin (2003), A practical guide to support vector classification.",
    )


def svc(gamma_rule: GammaRule = "free", gamma: float | None = None, **rest: Any) -> Any:
    """A support vector classifier with an RBF kernel whose width is scikit-learn's "scale", or free and given."""
    from sklearn.svm import SVC

    return SVC(gamma="scale" if gamma_rule == "scale" or gamma is None else gamma, **rest)


def svr(gamma_rule: GammaRule = "free", gamma: float | None = None, **rest: Any) -> Any:
    """The same for regression."""
    from sklearn.svm import SVR

    return SVR(gamma="scale" if gamma_rule == "scale" or gamma is None else gamma, **rest)

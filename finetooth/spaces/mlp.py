"""Multilayer perceptrons by scikit-learn."""

from dataclasses import replace
from typing import Any

from finetooth.domains.domains import Choice, Float, Int
from finetooth.domains.space import Space
from finetooth.models.learner import Family, Learner
from finetooth.models.schedules import CONSTANT, NAMES, PARAMETERS
from finetooth.records import Kind

_DOMAINS = (
    Int("layers", 1, 3, why="Hidden layers, as in auto-sklearn."),
    Int("width_1", 16, 512, log=True, why="Units of the first layer; auto-sklearn searches 16 to 264."),
    Int("width_2", 16, 512, log=True, when={"layers": (2, 3)}, why="Units of the second."),
    Int("width_3", 16, 512, log=True, when={"layers": (3,)}, why="Units of the third."),
    Choice("activation", ("relu", "tanh"), why="auto-sklearn's two; the library's others are dated."),
    Float(
        "learning_rate_init",
        1e-4,
        0.03,
        log=True,
        why="Step of Adam. auto-sklearn goes to 0.5, where Adam no longer settles.",
    ),
    Float("alpha", 1e-6, 1.0, log=True, why="L2 penalty of the weights; auto-sklearn searches 1e-5 to 1."),
    Choice("batch_size", ("auto", 32, 64, 128, 512), why="Rows a step; auto is 200, or all rows if fewer."),
    Int(
        "max_iter",
        10,
        300,
        log=True,
        why="Epochs. Searched in place of early stopping, which would hold rows back; fewer epochs regularise.",
    ),
)

_FALLING = tuple(name for name in NAMES if name != CONSTANT)
_SCHEDULE = (
    Choice("schedule", NAMES, why="How the step goes on from its start, epoch by epoch."),
    Float(
        "schedule_decay",
        0.01,
        0.8,
        log=True,
        when={"schedule": _FALLING},
        why="The factor by which the step has fallen at the end of the first period; SGDR lets it fall to nothing.",
    ),
    Int(
        "schedule_period",
        5,
        200,
        log=True,
        when={"schedule": _FALLING},
        why="Epochs of a period; SGDR tried 1 to 200.",
    ),
)


def family(kind: Kind) -> Family:
    """One to three hidden layers; each layer's width exists only where the layer does."""
    return Family(
        learner=Learner(
            "mlp",
            "estimator",
            f"finetooth.spaces.mlp:mlp_{'regressor' if kind == 'regression' else 'classifier'}",
            prepare="scaled",
            # Measured on 5,000 x 40 rows, two fits at once on two cores: 100 units 1.0 times as fast as one after the
            # other in threads, 2.1 times in processes; three layers of 256 units 1.9 in both.
            parallel="processes",
        ),
        space=Space(_DOMAINS, name="mlp"),
        default={
            "layers": 1,
            "width_1": 100,
            "activation": "relu",
            "learning_rate_init": 0.001,
            "alpha": 0.0001,
            "batch_size": "auto",
            "max_iter": 200,
        },
        summary="A small neural network whose architecture is searched with the rest. Slow next to boosted trees.",
        source="auto-sklearn's MLP space (Feurer et al. 2022); Gorishniy et al. (2021), Revisiting deep learning "
        "models for tabular data, NeurIPS 34; scikit-learn user guide.",
    )


def scheduled(kind: Kind) -> Family:
    """The same with a schedule of the step among what is searched; the default keeps it constant."""
    plain = family(kind)
    return replace(
        plain,
        learner=replace(plain.learner, name="mlp-scheduled"),
        space=Space((*_DOMAINS, *_SCHEDULE), name="mlp-scheduled"),
        default={**plain.default, "schedule": CONSTANT},
        summary="A small neural network whose learning rate may fall while it is trained: by steps, exponentially, "
        "along a cosine, or with restarts.",
        source=plain.source + " Loshchilov and Hutter (2017), SGDR, arXiv 1608.03983.",
    )


def mlp_classifier(layers: int = 1, **params: Any) -> Any:
    """A multilayer perceptron from flat parameters: `layers`, `width_1` ... `width_n`, and scikit-learn's own.

    `schedule`, `schedule_decay` and `schedule_period` let its learning rate change (see `finetooth.models.networks`).
    """
    from sklearn.neural_network import MLPClassifier

    from finetooth.models.networks import with_schedule

    params.setdefault("width_1", 100)
    schedule = _schedule(params)
    return with_schedule(MLPClassifier(hidden_layer_sizes=_widths(layers, params), **params), **schedule)


def mlp_regressor(layers: int = 1, **params: Any) -> Any:
    """The same for regression."""
    from sklearn.neural_network import MLPRegressor

    from finetooth.models.networks import with_schedule

    params.setdefault("width_1", 100)
    schedule = _schedule(params)
    return with_schedule(MLPRegressor(hidden_layer_sizes=_widths(layers, params), **params), **schedule)


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

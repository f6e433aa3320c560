"""Gradient-boosted trees by scikit-learn."""

from finetooth.domains.domains import Float, Int
from finetooth.domains.space import Space
from finetooth.models.learner import Family, Learner
from finetooth.records import Kind

_DOMAINS = (
    Float(
        "learning_rate",
        0.01,
        0.5,
        log=True,
        why="Shrinkage, traded against max_iter; auto-sklearn searches 0.01 to 1, of which the top is rarely good.",
    ),
    Int(
        "max_iter",
        50,
        500,
        log=True,
        why="Boosting rounds. Searched, since this model gives no learning curve; above 10,000 rows the library "
        "itself stops early on a tenth of the training rows.",
    ),
    Int("max_leaf_nodes", 4, 255, log=True, why="Size of a tree; auto-sklearn searches 3 to 2047 around 31."),
    Int("min_samples_leaf", 1, 200, log=True, why="Fewest rows of a leaf; auto-sklearn's range around 20."),
    Float("l2_regularization", 1e-6, 100.0, log=True, why="L2 penalty; the default is none."),
    Float("max_features", 0.2, 1.0, why="Share of columns a split may use: the random part that the model else lacks."),
)


def family(kind: Kind) -> Family:
    """Histogram gradient boosting, for those who want trees without another dependency."""
    task = "Regressor" if kind == "regression" else "Classifier"
    return Family(
        learner=Learner(
            "hist_gradient_boosting",
            "estimator",
            f"sklearn.ensemble:HistGradientBoosting{task}",
            prepare="native",
            # Measured on 5,000 x 40 rows, two fits at once on two cores: 1.6 times as fast as one after the other in
            # threads, 2.0 times in processes; the gap closes on larger tables, and threads share one copy of the data.
            parallel="threads",
        ),
        space=Space(_DOMAINS, name="hist_gradient_boosting"),
        default={
            "learning_rate": 0.1,
            "max_iter": 100,
            "max_leaf_nodes": 31,
            "min_samples_leaf": 20,
            "l2_regularization": 0.0,
            "max_features": 1.0,
        },
        summary="scikit-learn's boosted trees. Takes missing values and categories as they are.",
        source="auto-sklearn's gradient boosting space (Feurer et al. 2015, 2022); scikit-learn user guide, "
        "Histogram-based gradient boosting.",
    )

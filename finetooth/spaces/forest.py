"""Random forests by scikit-learn."""

from finetooth.domains.domains import Choice, Float, Int
from finetooth.domains.space import Space
from finetooth.models.learner import Family, Learner
from finetooth.records import Kind

_SHARES = (0.1, 0.2, 0.35, 0.5, 0.75, 1.0)
_DOMAINS = (
    Choice(
        "max_features",
        ("sqrt", *_SHARES),
        why="Columns a split may use: the most tunable parameter of a forest (Probst et al. 2019). sqrt depends on "
        "the number of columns, so it has no place among the shares.",
    ),
    Int("min_samples_leaf", 1, 50, log=True, why="Fewest rows of a leaf; Grinsztajn et al. search 1 to 50."),
    Choice("bootstrap", (True, False), why="Whether a tree sees a resample of the rows or all of them."),
    Float(
        "max_samples",
        0.3,
        1.0,
        when={"bootstrap": (True,)},
        why="Share of rows a resample; rbv2 searches 0.1 to 1.",
    ),
)


def family(kind: Kind) -> Family:
    """A random forest; more trees are never worse, so their number is not searched (Probst and Boulesteix 2018)."""
    regression = kind == "regression"
    return Family(
        learner=Learner(
            "forest",
            "estimator",
            f"sklearn.ensemble:RandomForest{'Regressor' if regression else 'Classifier'}",
            prepare="onehot",
            # Measured on 5,000 x 40 rows, two fits at once on two cores: 2.0 times as fast as one after the other.
            parallel="threads",
        ),
        space=Space(_DOMAINS, name="forest"),
        # The library writes max_samples=None, which draws as many rows as there are: a share of 1.
        default={
            "max_features": 1.0 if regression else "sqrt",
            "min_samples_leaf": 1,
            "bootstrap": True,
            "max_samples": 1.0,
        },
        summary="Averaged deep trees: hard to get wrong, little to gain by tuning. 100 trees, as the library has it; "
        "for more set the constant n_estimators.",
        source="Probst, Boulesteix, Bischl (2019), Tunability, JMLR 20(53); Probst and Boulesteix (2018), To tune or "
        "not to tune the number of trees in random forest, JMLR 18(181); Grinsztajn, Oyallon, Varoquaux (2022), Why do "
        "tree-based models still outperform deep learning on tabular data?; rbv2 space (Binder et al. 2020).",
    )

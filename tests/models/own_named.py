"""A model of a user's own that names the columns of the tiny tables, and one for those of the retrainings."""

from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder

from finetooth.domains.domains import Float
from finetooth.domains.space import Space

COLUMNS = [
    ("numbers", SimpleImputer(), ["second", "first"]),
    ("words", OneHotEncoder(handle_unknown="ignore"), ["color"]),
]
NAMED = Pipeline([("columns", ColumnTransformer(COLUMNS)), ("model", LogisticRegression())])
LETTERS = Pipeline(
    [
        (
            "columns",
            ColumnTransformer([("numbers", "passthrough", list("abcd")), ("words", OneHotEncoder(), ["color"])]),
        ),
        ("model", LogisticRegression()),
    ]
)
PATH = f"{__name__}:NAMED"
SPACE = Space((Float("model__C", 0.01, 10.0, log=True),))

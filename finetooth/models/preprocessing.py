"""What stands between the encoded table and a model: steps that are fitted inside each fold, never before."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler, TargetEncoder

from finetooth.records import Kind

# Above this many levels a category is replaced by its smoothed target mean: one-hot columns would outnumber the rest.
WIDE = 50
# The histograms of scikit-learn hold at most this many categories (HistGradientBoosting, `max_bins`).
NATIVE_LEVELS = 255
# A level that is rarer than this in the fold shares a column with the other rare ones.
RARE = 5


def count_levels(X: NDArray[np.float32], categorical: Sequence[bool]) -> tuple[int, ...]:
    """How many different codes each category column of `X` (rows, columns) holds; 0 for numeric columns."""
    return tuple(
        len(np.unique(X[~np.isnan(X[:, column]), column])) if is_category else 0
        for column, is_category in enumerate(categorical)
    )


def columns_of(categorical: Sequence[bool], levels: Sequence[int], widest: int) -> tuple[list[int], ...]:
    """The places of the narrow categories, the wide categories and the numbers. No `levels`: none is wide."""
    places = range(len(categorical))
    wide = [c for c in places if categorical[c] and levels and levels[c] > widest]
    narrow = [c for c in places if categorical[c] and c not in wide]
    return narrow, wide, [c for c in places if not categorical[c]]


def target_encoder(kind: Kind, seed: int) -> Any:
    """Categories to smoothed target means, cross-fitted on the training rows (Micci-Barreca 2001; scikit-learn)."""
    # The splitter is given, since scikit-learn's own shuffles without a seed.
    splitter = KFold if kind == "regression" else StratifiedKFold
    types: dict[Kind, str] = {"binary": "binary", "multiclass": "multiclass", "regression": "continuous"}
    return TargetEncoder(target_type=types[kind], cv=splitter(5, shuffle=True, random_state=seed))


def native(categorical: Sequence[bool], levels: Sequence[int], most: int, kind: Kind, seed: int) -> tuple[Any, int]:
    """Steps for a model that takes missing values and codes, and how many of its first columns then hold codes.

    Returns (None, 0) when the table can stay as it is: no category has more than `most` levels.
    """
    narrow, wide, numeric = columns_of(categorical, levels, most)
    if not wide:
        return None, 0
    steps = [
        ("codes", "passthrough", narrow),
        ("means", target_encoder(kind, seed), wide),
        ("numbers", "passthrough", numeric),
    ]
    return ColumnTransformer([step for step in steps if step[2]], sparse_threshold=0.0), len(narrow)


def dense(categorical: Sequence[bool], levels: Sequence[int], kind: Kind, seed: int, *, scaled: bool) -> Any:
    """Steps for a model that takes neither missing values nor codes.

    Numbers: the median where missing, and a column that says so where the fold has missing values. Categories:
    one-hot, missing being a level of its own; more than `WIDE` levels: target means, which are standardised: many
    models take float32, which has too few digits around a large mean. `scaled` standardises numbers as well.
    """
    narrow, wide, numeric = columns_of(categorical, levels, WIDE)
    scale = [StandardScaler()] if scaled else []
    impute = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
    onehot = OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=RARE, sparse_output=False)
    steps = [
        ("numbers", make_pipeline(impute, *scale), numeric),
        ("categories", onehot, narrow),
        ("means", make_pipeline(target_encoder(kind, seed), StandardScaler()), wide),
    ]
    return ColumnTransformer([step for step in steps if step[2]], sparse_threshold=0.0)

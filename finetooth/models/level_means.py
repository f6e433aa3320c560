"""Wide categories for XGBoost: each level becomes the smoothed mean of the target, learned inside each fold.

XGBoost's own partition of the levels fits noise where they are many. On 800, 5,000 and 20,000 levels the means scored
better in nearly every case, and fits were 1.5 to 40 times as fast (benchmarks/results/levels.md).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from finetooth.data.schema import Matrix
from finetooth.models.fit_warnings import collect
from finetooth.models.preprocessing import target_encoder
from finetooth.records import Kind

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LevelMeans:
    """What the codes of wide category features become.

    `features` are their places in the encoded table. `means` has for each the means of the target by code (codes + 1,
    outputs), the last row for missing values; a code that the training rows lack has the mean of all of them. There is
    one output, or one a class where there are more than two.
    """

    features: tuple[int, ...] = ()
    means: tuple[Floats, ...] = ()

    def encoded(self, X: Matrix) -> Matrix:
        """Rows (n, features) without the wide features, their means as the last columns."""
        if not self.features:
            return X
        return self.joined(X, np.hstack([self._looked_up(X, place) for place in range(len(self.features))]))

    def joined(self, X: Matrix, means: NDArray[np.floating]) -> Matrix:
        """Rows (n, features) without the wide features, and `means` (n, outputs) in their place as the last columns."""
        return np.hstack([np.delete(X, self.features, axis=1), means.astype(np.float32)]) if self.features else X

    def feature_types(self, types: Sequence[str]) -> list[str]:
        """XGBoost's words for the columns of `encoded`, from those of the table itself."""
        others = [name for place, name in enumerate(types) if place not in self.features]
        return others + ["q"] * sum(means.shape[1] for means in self.means)

    def _looked_up(self, X: Matrix, place: int) -> Floats:
        means, codes = self.means[place], X[:, self.features[place]]
        return means[np.where(np.isnan(codes), len(means) - 1, codes).astype(np.int64)]

    def to_text(self) -> str:
        """All of it as JSON."""
        return json.dumps({"features": self.features, "means": [means.tolist() for means in self.means]})

    @classmethod
    def from_text(cls, text: str) -> Self:
        """What `to_text` wrote."""
        read = json.loads(text)
        return cls(tuple(read["features"]), tuple(np.array(means, dtype=np.float64) for means in read["means"]))


NONE = LevelMeans()


def learn(
    codes: Matrix, y: Floats, wide: Mapping[int, int], kind: Kind, seed: int
) -> tuple[LevelMeans, NDArray[np.floating]]:
    """The means of wide features, from the codes (n, wide) and targets (n,) of training rows, and these rows' own.

    `wide` has the place of each such feature and how many codes it can have. A training row's own means (n, means)
    come from other rows (cross-fitting): its target would be among them otherwise.
    """
    # scikit-learn codes a target of two classes in one column, also where others are known but not here.
    encoder = target_encoder("binary" if kind == "multiclass" and len(np.unique(y)) < 3 else kind, seed)
    with collect():
        own = encoder.fit_transform(codes, y if kind == "regression" else y.astype(np.int64))
    outputs = len(encoder.encodings_) // len(wide)
    tables = []
    for place, count in enumerate(wide.values()):
        each = encoder.encodings_[place * outputs : (place + 1) * outputs]
        tables.append(_by_code(encoder.categories_[place], np.column_stack(each), encoder.target_mean_, count))
    return LevelMeans(tuple(wide), tuple(tables)), np.asarray(own)


def _by_code(levels: NDArray[Any], means: Floats, overall: Any, count: int) -> Floats:
    table = np.tile(np.atleast_1d(np.asarray(overall, dtype=np.float64)), (count + 1, 1))
    places = np.where(np.isnan(levels), count, levels).astype(np.int64)
    table[places] = means
    return table

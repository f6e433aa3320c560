"""Are the new rows still of the kind that the champion learned from? Each measure says what it saw, and how bad it is.

Thresholds, and where they come from:
- PSI .1 and .25 (Siddiqi 2006), and above what equal distributions give in one table of a hundred, whatever the number
  of its columns (Yurdakul & Naranjo 2020).
- Kolmogorov-Smirnov D above .1 with p < .01 after Holm: with many rows every D is significant, so D must matter too.
- A classifier that tells old from new rows with an AUC of .60 warns; from .80 on, a person looks before anything is
  promoted. p < .001, since it is looked at on every arrival.
- Missing values: 5 points more or fewer, p < .01 after Holm. New categories: 1 % of the rows, or 10 %, which are
  severe, since the champion reads them as missing. Both are starting points.
Dates move by nature: they are left out, and so are texts but for their length.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from finetooth import seeds
from finetooth.data.schema import Column, Schema, encode
from finetooth.retraining import drift_statistics
from finetooth.retraining.drift_statistics import Floats
from finetooth.statistics import holm

Level = Literal["none", "warning", "severe"]
_ORDER: tuple[Level, ...] = ("none", "warning", "severe")

PSI_WARNING, PSI_SEVERE = 0.1, 0.25
KS_DISTANCE = 0.1
AUC_WARNING, AUC_HOLD = 0.60, 0.80
MISSING_CHANGE = 0.05
NEW_WARNING, NEW_SEVERE = 0.01, 0.10
ERROR, SEPARABLE_ERROR = 0.01, 0.001
FEWEST = 50  # rows a side
ROWS = 2_000  # a side, for the classifier


@dataclass(frozen=True, slots=True)
class Shift:
    """One thing that moved: which measure, of which column ("" for the table), how far, and what that means."""

    measure: Literal["psi", "ks", "separable", "missing", "new categories", "target"]
    column: str
    value: float
    level: Level
    message: str


@dataclass(frozen=True, slots=True)
class Drift:
    """What was compared and what moved; `auc` is the split-classifier's (.5: nothing tells old from new)."""

    before: int
    now: int
    columns: int
    auc: float
    shifts: tuple[Shift, ...]

    @property
    def level(self) -> Level:
        """The worst of all shifts."""
        return worst(shift.level for shift in self.shifts)

    @property
    def calls_for_a_person(self) -> bool:
        """Whether old and new rows are so different that somebody should look before a model is promoted."""
        return self.auc >= AUC_HOLD

    @property
    def sentence(self) -> str:
        """The result in words."""
        if self.now < FEWEST or self.before < FEWEST:
            return f"Too few rows to look for drift ({self.before} then, {self.now} now)."
        told = f"{self.now} new rows against {self.before} of the champion's, {self.columns} columns"
        if not self.shifts:
            return f"No drift: {told}."
        return f"Drift is {self.level} ({told}): " + " ".join(shift.message for shift in self.shifts[:5])


def worst(levels: object) -> Level:
    """The highest of some levels."""
    return max(levels, key=_ORDER.index, default="none")  # type: ignore[call-overload, no-any-return]


def compare(
    before: pd.DataFrame, now: pd.DataFrame, schema: Schema, target: str, *, regression: bool, seed: int
) -> Drift:
    """Compare new rows with a sample of what a model learned from; both as the user has them, target included.

    `schema` is the model's own. Raises `KeyError` when a column of it is missing: check the schema first.
    """
    columns = [column for column in schema.columns if column.kind != "date"]
    if len(before) < FEWEST or len(now) < FEWEST:
        return Drift(len(before), len(now), len(columns), 0.5, ())
    old = [_values(column, before[column.name]) for column in columns]
    new = [_values(column, now[column.name]) for column in columns]
    shifts = [
        *_target(before[target], now[target], regression=regression),
        *_stability(columns, old, new),
        *_distances(columns, old, new),
        *_missing(columns, old, new),
        *_new_categories(columns, now),
    ]
    auc, told = _separable(columns, old, new, seed)
    ordered = sorted([*told, *shifts], key=lambda shift: -_ORDER.index(shift.level))
    return Drift(len(before), len(now), len(columns), auc, tuple(ordered))


def _values(column: Column, values: pd.Series) -> Floats:
    """A column as numbers (n,): codes of categories with new ones last, the length of texts; NaN where missing."""
    encoded = encode(column, values)[:, 0].astype(np.float64)
    if column.kind == "category" and not column.rest:
        encoded[np.isnan(encoded) & values.notna().to_numpy()] = len(column.levels)
    return encoded


def _stability(columns: Sequence[Column], old: Sequence[Floats], new: Sequence[Floats]) -> list[Shift]:
    found = []
    for column, before, now in zip(columns, old, new, strict=True):
        codes = column.kind == "category"
        pair = drift_statistics.counts(_codes(before), _codes(now)) if codes else drift_statistics.shares(before, now)
        value = drift_statistics.psi(*pair)
        if value <= max(PSI_WARNING, drift_statistics.psi_noise(*pair, ERROR / len(columns))):
            continue
        level: Level = "severe" if value > PSI_SEVERE else "warning"
        found.append(Shift("psi", column.name, value, level, f"'{column.name}' has a PSI of {value:.2f}."))
    return found


def _codes(values: Floats) -> NDArray[np.int64]:
    return np.where(np.isnan(values), 0, values + 1).astype(np.int64)


def _distances(columns: Sequence[Column], old: Sequence[Floats], new: Sequence[Floats]) -> list[Shift]:
    numeric = [i for i, column in enumerate(columns) if column.kind in {"number", "text"}]
    if not numeric:
        return []
    found = [drift_statistics.kolmogorov_smirnov(old[i], new[i]) for i in numeric]
    adjusted = holm(np.array([p for _, p in found]))
    return [
        Shift("ks", columns[i].name, d, "warning", f"'{columns[i].name}' has a KS distance of {d:.2f} (p {p:.2g}).")
        for i, (d, _), p in zip(numeric, found, adjusted, strict=True)
        if d > KS_DISTANCE and p < ERROR
    ]


def _missing(columns: Sequence[Column], old: Sequence[Floats], new: Sequence[Floats]) -> list[Shift]:
    if not columns:
        return []
    pairs = [(np.isnan(a).astype(float), np.isnan(b).astype(float)) for a, b in zip(old, new, strict=True)]
    changes = [drift_statistics.share_change(a, b) for a, b in pairs]
    adjusted = holm(np.array([p for _, p in changes]))
    return [
        Shift("missing", c.name, change, "warning", f"'{c.name}' is missing in {100 * change:+.0f} points of the rows.")
        for c, (change, _), p in zip(columns, changes, adjusted, strict=True)
        if abs(change) > MISSING_CHANGE and p < ERROR
    ]


def _new_categories(columns: Sequence[Column], now: pd.DataFrame) -> list[Shift]:
    found = []
    for column in columns:
        if column.kind != "category" or column.rest:
            continue
        words = now[column.name].dropna().astype(str)
        unseen = words[~words.isin(column.levels)]
        share = len(unseen) / len(now)
        if share <= NEW_WARNING:
            continue
        named = ", ".join(repr(name) for name in unseen.value_counts().index[:3])
        level: Level = "severe" if share > NEW_SEVERE else "warning"
        said = f"'{column.name}' has categories that the champion never saw in {share:.0%} of the rows ({named})."
        found.append(Shift("new categories", column.name, share, level, said))
    return found


def _target(before: pd.Series, now: pd.Series, *, regression: bool) -> list[Shift]:
    if regression:
        pair = drift_statistics.shares(before.dropna().to_numpy(dtype=float), now.dropna().to_numpy(dtype=float))
    else:
        joined = pd.concat([before.dropna(), now.dropna()]).astype(str)
        codes = pd.factorize(joined)[0].astype(np.int64)
        pair = drift_statistics.counts(codes[: before.notna().sum()], codes[before.notna().sum() :])
    value = drift_statistics.psi(*pair)
    if value <= max(PSI_WARNING, drift_statistics.psi_noise(*pair, ERROR)):
        return []
    level: Level = "severe" if value > PSI_SEVERE else "warning"
    return [Shift("target", str(now.name), value, level, f"The target has a PSI of {value:.2f}.")]


def _separable(
    columns: Sequence[Column], old: Sequence[Floats], new: Sequence[Floats], seed: int
) -> tuple[float, list[Shift]]:
    if not columns:
        return 0.5, []
    rng = seeds.stream(seed, "drift")
    sides = []
    for values in (old, new):
        rows = np.sort(rng.permutation(len(values[0]))[:ROWS])
        sides.append(np.column_stack([column[rows] for column in values]).astype(np.float32))
    auc, p, part = drift_statistics.separable(sides[0], sides[1], seeds.seed(seed, "drift"))
    if auc <= AUC_WARNING or p >= SEPARABLE_ERROR:
        return auc if p < SEPARABLE_ERROR else min(auc, AUC_WARNING), []
    top = ", ".join(f"'{columns[i].name}'" for i in np.argsort(-part)[:3])
    level: Level = "severe" if auc >= AUC_HOLD else "warning"
    return auc, [
        Shift("separable", "", auc, level, f"Old and new rows are told apart with an AUC of {auc:.2f} ({top}).")
    ]

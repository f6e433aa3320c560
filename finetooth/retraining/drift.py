"""Drift of new rows from those that the champion learned from: each measure gives its value and a level.

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
from finetooth.data.columns import WIDE_LEVELS, Column
from finetooth.data.schema import Schema, encode
from finetooth.retraining import drift_statistics
from finetooth.retraining.drift_statistics import Floats
from finetooth.statistics import holm

Level = Literal["none", "warning", "severe"]
_ORDER: tuple[Level, ...] = ("none", "warning", "severe")

PSI_WARNING, PSI_SEVERE = 0.1, 0.25
KS_DISTANCE = 0.1
AUC_WARNING, AUC_HOLD = 0.60, 0.80
MISSING_CHANGE = 0.05
NEW_CATEGORY_WARNING, NEW_CATEGORY_SEVERE = 0.01, 0.10
SIGNIFICANCE, SEPARABLE_SIGNIFICANCE = 0.01, 0.001
MIN_ROWS = 50  # of either sample
CLASSIFIER_ROWS = 2_000  # of either sample


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
        return worst_level(shift.level for shift in self.shifts)

    @property
    def calls_for_a_person(self) -> bool:
        """Whether old and new rows are so different that somebody should look before a model is promoted."""
        return self.auc >= AUC_HOLD

    @property
    def sentence(self) -> str:
        """The result in words."""
        if self.now < MIN_ROWS or self.before < MIN_ROWS:
            return f"Too few rows to look for drift ({self.before} then, {self.now} now)."
        sizes = f"{self.now} new rows against {self.before} of the champion's, {self.columns} columns"
        if not self.shifts:
            return f"No drift: {sizes}."
        return f"Drift is {self.level} ({sizes}): " + " ".join(shift.message for shift in self.shifts[:5])


def worst_level(levels: object) -> Level:
    """The highest of some levels."""
    return max(levels, key=_ORDER.index, default="none")  # type: ignore[call-overload, no-any-return]


def measure_drift(
    before: pd.DataFrame, now: pd.DataFrame, schema: Schema, target: str, *, regression: bool, seed: int
) -> Drift:
    """Compare new rows with a sample of what a model learned from; both as the user has them, target included.

    `schema` is the model's own. Raises `KeyError` when a column of it is missing: check the schema first.
    """
    columns = [column for column in schema.columns if column.kind != "date"]
    if len(before) < MIN_ROWS or len(now) < MIN_ROWS:
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
    auc, separable = _separable(columns, old, new, seed)
    ordered = sorted([*separable, *shifts], key=lambda shift: -_ORDER.index(shift.level))
    return Drift(len(before), len(now), len(columns), auc, tuple(ordered))


def _values(column: Column, values: pd.Series) -> Floats:
    """A column as numbers (n,): codes of categories with new ones last, the length of texts; NaN where missing.

    The rarer levels of a wide category count as one: a sample holds too few of each.
    """
    encoded = encode(column, values)[:, 0].astype(np.float64)
    if column.kind == "category" and not column.rest:
        encoded[np.isnan(encoded) & values.notna().to_numpy()] = len(column.levels)
    return np.minimum(encoded, WIDE_LEVELS) if column.kind == "category" else encoded


def _stability(columns: Sequence[Column], old: Sequence[Floats], new: Sequence[Floats]) -> list[Shift]:
    shifts = []
    for column, before, now in zip(columns, old, new, strict=True):
        if column.kind == "category":
            histograms = drift_statistics.code_counts(_codes(before), _codes(now))
        else:
            histograms = drift_statistics.binned_counts(before, now)
        value = drift_statistics.psi(*histograms)
        if value <= max(PSI_WARNING, drift_statistics.psi_noise(*histograms, SIGNIFICANCE / len(columns))):
            continue
        level: Level = "severe" if value > PSI_SEVERE else "warning"
        shifts.append(Shift("psi", column.name, value, level, f"'{column.name}' has a PSI of {value:.2f}."))
    return shifts


def _codes(values: Floats) -> NDArray[np.int64]:
    return np.where(np.isnan(values), 0, values + 1).astype(np.int64)


def _distances(columns: Sequence[Column], old: Sequence[Floats], new: Sequence[Floats]) -> list[Shift]:
    numeric = [i for i, column in enumerate(columns) if column.kind in {"number", "text"}]
    if not numeric:
        return []
    tests = [drift_statistics.kolmogorov_smirnov(old[i], new[i]) for i in numeric]
    adjusted = holm(np.array([p for _, p in tests]))
    return [
        Shift("ks", columns[i].name, d, "warning", f"'{columns[i].name}' has a KS distance of {d:.2f} (p {p:.2g}).")
        for i, (d, _), p in zip(numeric, tests, adjusted, strict=True)
        if d > KS_DISTANCE and p < SIGNIFICANCE
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
        if abs(change) > MISSING_CHANGE and p < SIGNIFICANCE
    ]


def _new_categories(columns: Sequence[Column], now: pd.DataFrame) -> list[Shift]:
    shifts = []
    for column in columns:
        if column.kind != "category" or column.rest:
            continue
        values = now[column.name].dropna().astype(str)
        unseen = values[~values.isin(column.levels)]
        share = len(unseen) / len(now)
        if share <= NEW_CATEGORY_WARNING:
            continue
        examples = ", ".join(repr(name) for name in unseen.value_counts().index[:3])
        level: Level = "severe" if share > NEW_CATEGORY_SEVERE else "warning"
        message = f"'{column.name}' has categories that the champion never saw in {share:.0%} of the rows ({examples})."
        shifts.append(Shift("new categories", column.name, share, level, message))
    return shifts


def _target(before: pd.Series, now: pd.Series, *, regression: bool) -> list[Shift]:
    if regression:
        numbers = [values.dropna().to_numpy(dtype=float) for values in (before, now)]
        histograms = drift_statistics.binned_counts(*numbers)
    else:
        joined = pd.concat([before.dropna(), now.dropna()]).astype(str)
        codes = pd.factorize(joined)[0].astype(np.int64)
        histograms = drift_statistics.code_counts(codes[: before.notna().sum()], codes[before.notna().sum() :])
    value = drift_statistics.psi(*histograms)
    if value <= max(PSI_WARNING, drift_statistics.psi_noise(*histograms, SIGNIFICANCE)):
        return []
    level: Level = "severe" if value > PSI_SEVERE else "warning"
    return [Shift("target", str(now.name), value, level, f"The target has a PSI of {value:.2f}.")]


def _separable(
    columns: Sequence[Column], old: Sequence[Floats], new: Sequence[Floats], seed: int
) -> tuple[float, list[Shift]]:
    if not columns:
        return 0.5, []
    rng = seeds.stream(seed, "drift")
    samples = []
    for values in (old, new):
        rows = np.sort(rng.permutation(len(values[0]))[:CLASSIFIER_ROWS])
        samples.append(np.column_stack([column[rows] for column in values]).astype(np.float32))
    auc, p, importances = drift_statistics.separable(samples[0], samples[1], seeds.seed(seed, "drift"))
    if auc <= AUC_WARNING or p >= SEPARABLE_SIGNIFICANCE:
        return auc if p < SEPARABLE_SIGNIFICANCE else min(auc, AUC_WARNING), []
    top = ", ".join(f"'{columns[i].name}'" for i in np.argsort(-importances)[:3])
    level: Level = "severe" if auc >= AUC_HOLD else "warning"
    return auc, [
        Shift("separable", "", auc, level, f"Old and new rows are told apart with an AUC of {auc:.2f} ({top}).")
    ]

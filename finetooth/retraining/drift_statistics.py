"""How far two samples of one column have moved apart: pure functions on arrays, `before` and `now`.

A distance alone is noise in small samples: with 150 rows a side a PSI of .2 comes from equal distributions in one
column of six. So each distance has a threshold that says when it matters, and a test that says when it is no accident.
"""

import math

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.stats import rankdata
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.model_selection import StratifiedKFold

from finetooth.leakage.association import auc

Floats = NDArray[np.float64]

BINS = 10
_FOLDS, _TREES = 3, 50


def binned_counts(before: Floats, now: Floats) -> tuple[Floats, Floats]:
    """Counts in the deciles of `before` (its own values where there are few), and of missing values last if any."""
    present = before[~np.isnan(before)]
    distinct = np.unique(present)
    if len(distinct) <= BINS:
        edges = (distinct[1:] + distinct[:-1]) / 2
    else:
        edges = np.unique(np.quantile(present, np.linspace(0, 1, BINS + 1)[1:-1]))
    return code_counts(_binned(before, edges), _binned(now, edges))


def code_counts(before: NDArray[np.int64], now: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """How often each code occurs in the two samples; a code that occurs in neither is left out."""
    codes = max(before.max(initial=0), now.max(initial=0)) + 1
    table = np.stack([np.bincount(before, minlength=codes), np.bincount(now, minlength=codes)]).astype(float)
    table = table[:, table.sum(axis=0) > 0]
    return table[0], table[1]


def psi(before: Floats, now: Floats) -> float:
    """The population stability index of two vectors of counts (bins,).

    Half a row is added to each bin, so that an empty one gives a large number and not infinity.
    Source: Siddiqi 2006; .1 and .25 are the thresholds in use since then.
    """
    p = (before + 0.5) / (before + 0.5).sum()
    q = (now + 0.5) / (now + 0.5).sum()
    return float(((q - p) * np.log(q / p)).sum())


def psi_noise(before: Floats, now: Floats, error: float) -> float:
    """The PSI that equal distributions exceed with a probability of `error`.

    Chi-squared with bins - 1 degrees of freedom, times (1/n1 + 1/n2). Source: Yurdakul & Naranjo 2020.
    """
    freedom = max(len(before) - 1, 1)
    return float(stats.chi2.ppf(1 - error, freedom) * (1 / before.sum() + 1 / now.sum()))


def kolmogorov_smirnov(before: Floats, now: Floats) -> tuple[float, float]:
    """The largest distance D of the two distribution functions, and its p (scipy); missing values are left out."""
    first, second = before[~np.isnan(before)], now[~np.isnan(now)]
    if len(first) == 0 or len(second) == 0:
        return 0.0, 1.0
    test = stats.ks_2samp(first, second, method="asymp")
    return float(test.statistic), float(test.pvalue)


def share_change(before: Floats, now: Floats) -> tuple[float, float]:
    """The change of a share of hits (two arrays of 0 and 1), and the p of Fisher's exact test."""
    hits = [[before.sum(), len(before) - before.sum()], [now.sum(), len(now) - now.sum()]]
    return float(now.mean() - before.mean()), float(stats.fisher_exact(hits)[1])


def separable(before: NDArray[np.float32], now: NDArray[np.float32], seed: int) -> tuple[float, float, Floats]:
    """How well a classifier tells the samples apart on unseen rows: AUC, its p, and the importance of each column.

    `before` (n1, columns), `now` (n2, columns), NaN allowed. A classifier two-sample test (Lopez-Paz & Oquab 2017).
    """
    X = np.concatenate([before, now])
    is_new = np.repeat([0, 1], [len(before), len(now)])
    scores, importances = np.empty(len(is_new)), np.zeros(X.shape[1])
    for fit, test in StratifiedKFold(_FOLDS, shuffle=True, random_state=seed).split(X, is_new):
        model = ExtraTreesClassifier(_TREES, min_samples_leaf=5, max_features=0.5, random_state=seed, n_jobs=1)
        # Ranked within the fold: models of different folds have different scales.
        scores[test] = rankdata(model.fit(X[fit], is_new[fit]).predict_proba(X[test])[:, 1]) / len(test)
        importances += model.feature_importances_ / _FOLDS
    association = auc(is_new == 1, scores)
    p = float(stats.norm.sf(association.z)) if association.value > 0.5 else 1.0
    return association.value, p if math.isfinite(p) else 1.0, importances


def _binned(values: Floats, edges: Floats) -> NDArray[np.int64]:
    bins = np.searchsorted(edges, values, side="right")
    bins[np.isnan(values)] = len(edges) + 1
    return np.asarray(bins, dtype=np.int64)

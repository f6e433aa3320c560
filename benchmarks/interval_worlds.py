"""Sealed rows with a known truth: what two models predict there, in worlds whose rows are not independent, or not tame.

Nothing is fitted. In most worlds tuned and default are exchangeable, so that the true gain is zero, or what the seeds
make of it; where they are not, it follows from moments. `gain` is that of the fit that ships (the first seed), `mean`
that of an average fit.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter
from scipy.stats import norm

from finetooth.verdict.dependence import Unit

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Rng = np.random.Generator
SEEDS = 5
FAR = 10.0  # the size of an error, so large that its sign never changes


@dataclass(frozen=True, slots=True)
class Sealed:
    """Sealed rows: `y` (n,), predictions (seeds, n, ...), what orders and binds the rows, and the true gains."""

    y: Floats
    tuned: Floats
    default: Floats
    gain: float = 0.0
    mean: float = 0.0
    blocks: Ints | None = None
    time: Floats | None = None
    block_name: Unit = "group"


def of_gains(
    d: Floats, rng: Rng, *, mean: float = 0.0, blocks: Ints | None = None, time: Floats | None = None
) -> Sealed:
    """Rows whose gain in absolute error is `d` (n,) for each seed, but for a little noise of the seed."""
    noise = 0.1 * rng.normal(size=(2, SEEDS, len(d)))
    return Sealed(np.zeros(len(d)), FAR - d / 2 + noise[0], FAR + d / 2 + noise[1], mean, mean, blocks, time)


def autoregression(rho: float, shape: tuple[int, ...], rng: Rng) -> Floats:
    """Series with unit variance along the last axis, each value `rho` times the one before and new noise."""
    steps = rng.normal(size=shape) * np.sqrt(1 - rho**2)
    steps[..., 0] = rng.normal(size=shape[:-1])
    series: Floats = lfilter([1.0], [1.0, -rho], steps, axis=-1)
    return series


def classes(rows: int, rng: Rng, *, share: float = 0.5, separation: float = 1.5) -> Sealed:
    """Two classes and scores of two models that are equally good."""
    y = (rng.random(rows) < share).astype(float)
    own = rng.normal(size=rows) + 0.5 * rng.normal(size=(2, 1, rows)) + 0.1 * rng.normal(size=(2, SEEDS, rows))
    return Sealed(y, *(separation * y + own))


def copies(count: int, rng: Rng) -> Sealed:
    """Each row `count` times."""
    few = classes(500 // count, rng)
    unit = np.repeat(np.arange(len(few.y)), count)
    return Sealed(few.y[unit], few.tuned[:, unit], few.default[:, unit], blocks=unit, block_name="different row")


def groups(sizes: Ints, rng: Rng) -> Sealed:
    """Groups that share half of the variance of their gains."""
    code = np.repeat(np.arange(len(sizes)), sizes)
    return of_gains(rng.normal(size=len(sizes))[code] + rng.normal(size=len(code)), rng, blocks=code)


def lognormal_sizes(count: int, rng: Rng) -> Ints:
    """Sizes of which the largest is many times the smallest."""
    return np.maximum(3, 25 * np.exp(rng.normal(size=count))).astype(np.int64)


def panel(rng: Rng, *, new_groups: bool) -> Sealed:
    """30 groups at 40 times, with shocks of a time that last, and groups that differ if they are new ones."""
    group, moment = (a.ravel() for a in np.meshgrid(np.arange(30), np.arange(40), indexing="ij"))
    d = rng.normal(size=1200) + 0.5 * autoregression(0.3, (40,), rng)[moment]
    if new_groups:
        d = d + 0.5 * rng.normal(size=30)[group]
    return of_gains(d, rng, blocks=group if new_groups else None, time=moment.astype(float))


def series(rho: float, rows: int, rng: Rng) -> Sealed:
    """One row a moment, whose gains follow an autoregression."""
    return of_gains(autoregression(rho, (rows,), rng), rng, time=np.arange(rows, dtype=float))


def series_of_classes(rng: Rng) -> Sealed:
    """Scores of two models whose errors last, each its own."""
    y = (rng.random(1000) < 0.4).astype(float)
    own = autoregression(0.8, (2, 1, 1000), rng) + 0.1 * rng.normal(size=(2, SEEDS, 1000))
    return Sealed(y, *(1.5 * y + own), time=np.arange(1000.0))


def shocks(rng: Rng) -> Sealed:
    """60 dates of 20 rows, each with a shock of its own."""
    date = np.repeat(np.arange(60), 20)
    return of_gains(rng.normal(size=1200) + 0.7 * rng.normal(size=60)[date], rng, time=date.astype(float))


def drift(rng: Rng) -> Sealed:
    """The gain fades over the period while its noise doubles."""
    t = np.linspace(0, 1, 1500)
    return of_gains(0.2 * (1 - t) + (1 + t) * rng.normal(size=1500), rng, mean=0.1, time=np.arange(1500.0))


def regression(errors: Callable[[Rng], Floats], rng: Rng) -> Sealed:
    """Two models with errors of a common part and their own."""
    common = errors(rng)
    own = 0.3 * rng.normal(size=(2, 1, len(common))) + 0.05 * rng.normal(size=(2, SEEDS, len(common)))
    return Sealed(10 + common, *(10 + own))


def flattering(rng: Rng, rows: int = 300, sigma: float = 1.0) -> Sealed:
    """A lognormal target: the default predicts its mean, tuned less, which is better for all rows but the largest."""
    known = np.exp(0.5 * rng.normal(size=rows))
    y = known * np.exp(sigma * rng.normal(size=rows))
    centre = float(np.exp(sigma**2 / 2))
    guess = (centre + 1) / 2
    variance = float((np.exp(sigma**2) - 1) * np.exp(sigma**2))
    # The mean of the squares of what is known is exp(2 x .5^2).
    gain = float((np.sqrt(variance) - np.sqrt(variance + (centre - guess) ** 2)) * np.exp(0.25))
    noise = 0.001 * rng.normal(size=(2, SEEDS, rows))
    return Sealed(y, guess * known + noise[0], centre * known + noise[1], gain, gain)


def several_classes(rng: Rng) -> Sealed:
    """Four classes, by probabilities."""
    y = rng.integers(0, 4, size=600)
    common = rng.normal(size=(600, 4))
    own = 0.5 * rng.normal(size=(2, 1, 600, 4)) + 0.05 * rng.normal(size=(2, SEEDS, 600, 4))
    margins = 1.5 * np.eye(4)[y] + common + own
    shares = np.exp(margins) / np.exp(margins).sum(axis=-1, keepdims=True)
    return Sealed(y.astype(float), *shares)


def probabilities(rng: Rng, rows: int, share: float) -> Sealed:
    """Two classes of which one is rarer, by probabilities."""
    found = classes(rows, rng, share=share)
    return Sealed(found.y, norm.cdf(found.tuned - 1), norm.cdf(found.default - 1))


def restless(rng: Rng, spread: float) -> Sealed:
    """Each fit is as good as its seed makes it: tuned is no better on average."""
    y = (rng.random(1000) < 0.5).astype(float)
    quality = 1.5 + spread * rng.normal(size=(2, SEEDS, 1))
    own = rng.normal(size=1000) + 0.5 * rng.normal(size=(2, 1, 1000))
    reached = norm.cdf(quality[:, 0, 0] / np.sqrt(2 * 1.25))
    return Sealed(y, *(quality * y + own), gain=float(reached[0] - reached[1]), mean=0.0)


WORLDS: Mapping[str, tuple[str, Callable[[Rng], Sealed]]] = {
    "independent rows": ("roc_auc", lambda rng: classes(500, rng)),
    "two copies": ("roc_auc", lambda rng: copies(2, rng)),
    "four copies": ("roc_auc", lambda rng: copies(4, rng)),
    "8 groups": ("mae", lambda rng: groups(np.full(8, 50), rng)),
    "30 groups": ("mae", lambda rng: groups(np.full(30, 20), rng)),
    "15 uneven groups": ("mae", lambda rng: groups(lognormal_sizes(15, rng), rng)),
    "one group of 40 %, 30 others": ("mae", lambda rng: groups(np.r_[400, np.full(30, 20)], rng)),
    "one group of 80 %, 10 others": ("mae", lambda rng: groups(np.r_[800, np.full(10, 20)], rng)),
    "panel, later times": ("mae", lambda rng: panel(rng, new_groups=False)),
    "panel, new groups at later times": ("mae", lambda rng: panel(rng, new_groups=True)),
    "AR(1) .5, 500 times": ("mae", lambda rng: series(0.5, 500, rng)),
    "AR(1) .8, 1,000 times": ("mae", lambda rng: series(0.8, 1000, rng)),
    "AR(1) .95, 500 times": ("mae", lambda rng: series(0.95, 500, rng)),
    "AR(1) .95, 2,000 times": ("mae", lambda rng: series(0.95, 2000, rng)),
    "AR(1) .99, 1,000 times": ("mae", lambda rng: series(0.99, 1000, rng)),
    "AR(1) .99, 5,000 times": ("mae", lambda rng: series(0.99, 5000, rng)),
    "scores with AR(1) .8 errors": ("roc_auc", series_of_classes),
    "shocks a date": ("mae", shocks),
    "one sealed date": ("mae", lambda rng: of_gains(rng.normal(size=400) + rng.normal(), rng, time=np.zeros(400))),
    "drift": ("mae", drift),
    "errors of Student's t, 3 degrees": ("rmse", lambda rng: regression(lambda r: r.standard_t(3, 400), rng)),
    "lognormal errors": ("rmse", lambda rng: regression(lambda r: np.exp(r.normal(size=400)) - np.exp(0.5), rng)),
    "lognormal target, tuned misses the largest": ("rmse", flattering),
    "R2": ("r2", lambda rng: regression(lambda r: r.normal(size=300), rng)),
    "30 positives in 1,500, AUC": ("roc_auc", lambda rng: classes(1500, rng, share=0.02)),
    "30 positives in 1,500, average precision": ("average_precision", lambda rng: classes(1500, rng, share=0.02)),
    "a tenth positive, F1": ("f1", lambda rng: probabilities(rng, 800, 0.1)),
    "a tenth positive, balanced accuracy": ("balanced_accuracy", lambda rng: probabilities(rng, 800, 0.1)),
    "a tenth positive, log loss": ("log_loss", lambda rng: probabilities(rng, 800, 0.1)),
    "four classes": ("log_loss", several_classes),
    "seeds matter": ("roc_auc", lambda rng: restless(rng, 0.05)),
    "seeds decide": ("roc_auc", lambda rng: restless(rng, 0.15)),
}

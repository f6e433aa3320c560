"""Searches whose truth is known: everything of a run but the fitting, on candidates that are made up.

A candidate is a score: margin = quality x class + what these rows make of it + noise of the row + noise of the seed.
Its true AUC follows from its quality. All else is done as in a run, with the project's own functions: a 5-fold search
over 40 candidates, ten finalists on 4 x 5 fresh folds, the one-standard-error rule, 5 paired seeds on a holdout (twice
as many when they matter much), the two-way bootstrap, the label.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm, rankdata

from finetooth import seeds
from finetooth.metrics import METRICS
from finetooth.records import Label
from finetooth.verdict.bootstrap import Interval, two_way
from finetooth.verdict.label import label
from finetooth.verdict.selection import bbc_cv, one_standard_error
from finetooth.verdict.validate import SEED_SHARE

Floats = NDArray[np.float64]
AUC = METRICS["roc_auc"]
MARGIN = 0.002
DEFAULT = 1.5  # the class separation of the default: an AUC near .83
CANDIDATES, FINALISTS, REPEATS, FOLDS, SEEDS = 40, 10, 4, 5, 5
DRAWS = 500  # fewer than in a run: the ends waver more, which costs up to .002 of coverage
TRAINING_NOISE = 0.05  # of a fold's quality, from its own training rows


@dataclass(frozen=True, slots=True)
class World:
    """One kind of search problem. Qualities are gains over the default in units of the class separation."""

    name: str
    centre: float  # of the candidates' qualities
    spread: float
    ceiling: float  # the best quality there is
    development: int = 1000
    holdout: int = 600
    seed_sd: float = 0.03
    own_noise: float = 0.5  # of a candidate's margin; what all candidates share is 1


WORLDS = (
    World("something to gain", -0.10, 0.12, 0.20),
    World("little to gain", -0.15, 0.10, 0.06),
    World("nothing to gain", -0.10, 0.08, 0.0),
    World("much to gain, small holdout", 0.05, 0.12, 0.35, holdout=200),
    World("little to gain, large holdout", -0.10, 0.08, 0.06, development=2000, holdout=4000),
    World("restless seeds", -0.10, 0.12, 0.20, seed_sd=0.15),
)


def outcomes(world: World, runs: Iterable[int]) -> pd.DataFrame:
    """What came of each search, with the truth: one row a run."""
    found = [one_search(world, seeds.stream(0, "coverage", world.name, run)) for run in runs]
    return pd.DataFrame(found).assign(world=world.name)


def true_auc(quality: Floats, world: World) -> Floats:
    """The expected AUC over rows and seeds: Phi of the separation over the spread of a difference of two rows."""
    spread = 2 * (1 + world.own_noise**2) + world.seed_sd**2
    reached: Floats = norm.cdf(quality / np.sqrt(spread))
    return reached


def one_search(world: World, rng: np.random.Generator) -> Mapping[str, Any]:
    """One search from beginning to end; what came of it, with the truth. Row 0 is the default."""
    drawn = np.minimum(world.centre + world.spread * rng.normal(size=CANDIDATES), world.ceiling)
    quality = DEFAULT + np.r_[0.0, drawn]
    truth = true_auc(quality, world)
    y = (rng.random(world.development) < 0.5).astype(float)
    margins = quality[:, None] * y + rng.normal(size=len(y)) + world.own_noise * rng.normal(size=(len(quality), len(y)))
    search = _fold_scores(y, margins, world, rng)
    lucky = int(search.mean(axis=1).argmax())
    finalists = np.r_[0, 1 + np.argsort(-search[1:].mean(axis=1))[:FINALISTS]]
    fresh = np.stack([_fold_scores(y, margins[finalists], world, rng) for _ in range(REPEATS)], axis=1)
    costs = np.r_[1.0, np.exp(rng.normal(size=FINALISTS))]
    winner = int(finalists[one_standard_error(fresh, costs).chosen])
    corrected = bbc_cv(search, draws=200, rng=rng)
    interval, ships = _sealed(world, quality, winner, rng)
    name: Label = label(interval, MARGIN, valid=True)
    return {
        "lucky": truth[lucky] - truth[0],
        "chosen": truth[winner] - truth[0],
        "ships": ships,
        "kept": winner == 0,
        "low": interval.low,
        "high": interval.high,
        "seeds": interval.seeds,
        "label": name,
        "search_optimism": search[lucky].mean() - truth[lucky],
        "corrected_optimism": corrected - truth[lucky],
    }


def _sealed(world: World, quality: Floats, winner: int, rng: np.random.Generator) -> tuple[Interval, float]:
    """Five paired seeds on fresh rows and the two-way bootstrap; as many seeds again where they matter much.

    Returns the interval and the true gain of the fit that ships, the first one.
    """
    if winner == 0:  # the same model twice: no difference, whatever is drawn
        return Interval(0.0, 0.0, 0.0, 0.0, DRAWS, seeds=SEEDS), 0.0
    y = (rng.random(world.holdout) < 0.5).astype(float)
    shared = rng.normal(size=len(y))
    own = world.own_noise * rng.normal(size=(2, len(y)))

    def pair() -> tuple[Floats, Floats]:
        seeded = quality[[0, winner], None, None] + world.seed_sd * rng.normal(size=(2, SEEDS, 1))
        return seeded * y + shared + own[:, None], seeded[:, 0, 0]

    def compared(fits: Floats) -> Interval:
        return two_way(AUC, y, fits[1], fits[0], draws=DRAWS, rng=rng)

    fits, shipped = pair()
    reached = norm.cdf(shipped / np.sqrt(2 * (1 + world.own_noise**2)))
    interval = compared(fits)
    if interval.seed_share > SEED_SHARE:
        interval = compared(np.concatenate([fits, pair()[0]], axis=1))
    return interval, float(reached[1] - reached[0])


def _fold_scores(y: Floats, margins: Floats, world: World, rng: np.random.Generator) -> Floats:
    """(candidates, folds) AUCs on one shuffle: each fold's model has a quality of its own, by seed and rows."""
    parts = np.array_split(rng.permutation(len(y)), FOLDS)
    noise = np.hypot(world.seed_sd, TRAINING_NOISE) * rng.normal(size=(len(margins), FOLDS))
    return np.stack([_auc(y[p], margins[:, p] + noise[:, [i]] * y[p]) for i, p in enumerate(parts)], axis=1)


def _auc(y: Floats, margins: Floats) -> Floats:
    """AUC of each row of margins without ties, by rank sums."""
    ranks = rankdata(margins, axis=1)
    positive = y == 1
    count = positive.sum()
    scores: Floats = (ranks[:, positive].sum(axis=1) - count * (count + 1) / 2) / (count * (len(y) - count))
    return scores

"""Challenger against champion on the same sealed rows, none of which either has learned from.

The champion is one model; the challenger is fitted with several seeds, as in the verdict of a tuning run, so that a
lucky seed does not win. Each further comparison with one champion spends less error, .10 / (k (k + 1)) for the k-th
but .001 at least, about .13 in a year of weekly arrivals: at .05 each, luck alone would replace it once a year.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from finetooth import seeds
from finetooth.config import TuneConfig, identity
from finetooth.data import slices, vault
from finetooth.errors import InputError
from finetooth.metrics import METRICS, Floats, Metric
from finetooth.records import Params
from finetooth.registry import challenge_objections as objections
from finetooth.trials.model import FitJob, Model, fit
from finetooth.trials.stages import Bench
from finetooth.verdict.bootstrap import check_holdout, two_way
from finetooth.verdict.diagnostics import score_error
from finetooth.version import code_version

Standing = Literal["superior", "not inferior", "inferior", "unclear"]

ALPHA = 0.10  # spent over all comparisons with one champion; the first spends half of it, a 95 % interval
LEAST_ALPHA = 0.001  # from the tenth comparison on; finer percentiles would need more draws than they are worth
CHAMPION, SEEN = "champion", "learned"  # names of the arrays that are sealed with the rows


@dataclass(frozen=True, slots=True)
class Challenge:
    """The comparison. Scores are in the metric's own direction, `difference` is the challenger's gain.

    `order` counts the comparisons with this champion, `left_out` the sealed rows that it had learned from. `turned` are
    the rows whose predicted class became wrong, and those whose became right. `objections` speak against a promotion.
    """

    metric: str
    challenger: float
    champion: float
    difference: float
    low: float
    high: float
    level: float
    margin: float
    rows: int
    left_out: int
    seeds: int
    order: int
    score_error: float
    turned: tuple[int, int] | None = None
    objections: tuple[str, ...] = ()
    params: Mapping[str, Any] | None = None

    @property
    def standing(self) -> Standing:
        """superior: the lower end is above zero; not inferior: above -margin; inferior: the upper end is below zero."""
        if self.low > 0:
            return "superior"
        if self.high < 0:
            return "inferior"
        return "not inferior" if self.low > -self.margin else "unclear"

    @property
    def sentence(self) -> str:
        """The comparison in words."""
        metric = METRICS[self.metric]
        words = {
            "superior": "The challenger is better than the champion",
            "not inferior": "The challenger is not worse than the champion, and not shown to be better",
            "inferior": "The challenger is worse than the champion",
            "unclear": "The challenger was not shown to be better than the champion",
        }
        nth = f"comparison {self.order} with this champion"
        return (
            f"{words[self.standing]}: {metric.title} {self.challenger:.4f} against {self.champion:.4f}, a gain of "
            f"{self.difference:+.4f}, {100 * self.level:.4g} % interval [{self.low:+.4f}, {self.high:+.4f}] on "
            f"{self.rows} sealed rows ({nth})."
        )


@dataclass(frozen=True, slots=True)
class Decay:
    """How the champion does on rows it has not learned from, against what it did when it was promoted."""

    metric: str
    then: float
    now: float
    error: float
    least: float

    @property
    def lost(self) -> float:
        """How much worse it is now, positive when worse."""
        return METRICS[self.metric].sign * (self.then - self.now)

    @property
    def shown(self) -> bool:
        """Whether the loss is more than two standard errors, and more than the smallest gain that matters."""
        return self.lost > max(2 * self.error, self.least)

    @property
    def sentence(self) -> str:
        """The change in words."""
        title = METRICS[self.metric].title
        return f"The champion's {title} was {self.then:.4f} and is {self.now:.4f} on new rows (SE {self.error:.4f})."


def error_of(order: int) -> float:
    """What the k-th comparison with one champion may spend: ALPHA / (k (k + 1)), but not less than `LEAST_ALPHA`."""
    if order < 1:
        raise ValueError(f"comparisons are counted from 1; got {order}")
    return max(ALPHA / (order * (order + 1)), LEAST_ALPHA)


def fit_challenger(config: TuneConfig, bench: Bench, params: Params, number: int) -> Model:
    """Fit the challenger with the seed of one replicate."""
    seed = seeds.seed(config.seed, "validate", number)
    job = FitJob(bench.data, bench.family.learner, params, bench.metric, seed)
    return bench.executor.submit(fit, job).result()


def compare(
    config: TuneConfig,
    bench: Bench,
    store: Path,
    champion: Model,
    champion_files: str,
    challengers: Sequence[Model],
    margin: float | None,
    order: int,
) -> Challenge:
    """Open the vault, score both on the rows that the champion has not learned from, and say how they compare.

    The sealed rows hold the champion's own encoding of them beside the challenger's. `champion_files` names the
    champion in the commitment. Raises `InputError` when too few of its unseen rows are left for an interval.
    """
    metric = METRICS[bench.metric]
    payload = _commitment(config, bench, challengers[0].params, champion_files, margin, order)
    folder = store / "vault" / bench.data.fingerprint
    sealed = vault.open_vault(folder, payload, again=config.validation.again)
    unseen = np.flatnonzero(~sealed.extra[SEEN].astype(bool))
    y, blocks = sealed.y[unseen], None if sealed.blocks is None else sealed.blocks[unseen]
    _check_unseen(metric, y, blocks, len(sealed.y))
    ours = np.stack([model.scores(sealed.X[unseen]) for model in challengers])
    theirs = champion.scores(sealed.extra[CHAMPION][unseen])
    usual = np.broadcast_to(theirs, ours.shape)
    # A further opening of the same rows spends less, as in a tuning run; so does a further look at the same champion.
    error = min(error_of(order), vault.alpha(sealed.openings))
    rng = seeds.stream(config.seed, "challenge")
    draws = max(config.validation.bootstrap, math.ceil(20 / error))
    interval = two_way(metric, y, ours, usual, blocks=blocks, draws=draws, rng=rng, level=1 - error)
    score = metric.natural(y, theirs)
    parts = {name: values[unseen] for name, values in _parts(config, bench, sealed).items()}
    sides = objections.Sides(metric, y, ours, usual, blocks)
    return Challenge(
        metric=metric.name,
        challenger=float(np.mean([metric.natural(y, one) for one in ours])),
        champion=score,
        difference=interval.difference,
        low=interval.low,
        high=interval.high,
        level=1 - error,
        margin=metric.min_gain(score) if margin is None else margin,
        rows=len(y),
        left_out=len(sealed.y) - len(y),
        seeds=len(ours),
        order=order,
        score_error=score_error(metric, y, ours[0], rng=rng),
        turned=objections.turned(y, ours[0], theirs, champion.kind),
        objections=objections.found(sides, parts, challengers[0], champion, config.seed),
        params=dict(challengers[0].params),
    )


def decay(metric: Metric, model: Model, X: Any, y: Floats, then: float, then_error: float, seed: int) -> Decay:
    """How a champion does on new rows: `X` (n, features) in its own encoding, `y` (n,).

    `then` is the score that it had on sealed rows when it was promoted, with its standard error.
    """
    scores = model.scores(X)
    now = metric.natural(y, scores)
    error = score_error(metric, y, scores, rng=seeds.stream(seed, "decay"))
    return Decay(metric.name, then, now, math.hypot(error, then_error), metric.min_gain(then))


def _check_unseen(metric: Metric, y: Floats, blocks: NDArray[np.int64] | None, sealed: int) -> None:
    try:
        check_holdout(metric, y, blocks)
    except InputError as error:
        raise InputError(
            f"{error} Of {sealed} sealed rows the champion has not learned from {len(y)}: wait for more new rows, or "
            "name a table of new rows alone."
        ) from None


def _commitment(
    config: TuneConfig, bench: Bench, params: Params, champion: str, margin: float | None, order: int
) -> dict[str, Any]:
    """What is fixed before the vault is opened."""
    return {
        "config": identity(config),
        "winner": dict(params),
        "default": {"champion": champion},
        "metric": bench.metric,
        "margin": margin,
        "order": order,
        "bootstrap": config.validation.bootstrap,
        "seeds": [seeds.seed(config.seed, "validate", i) for i in range(config.validation.seeds)],
        "data": bench.data.fingerprint,
        "code": code_version(),
    }


def _parts(config: TuneConfig, bench: Bench, sealed: vault.Sealed) -> Mapping[str, NDArray[np.str_]]:
    wanted = config.validation.slices
    return slices.named(slices.read(Path(bench.data.uri)), sealed.extra["slices"], wanted) if wanted else {}

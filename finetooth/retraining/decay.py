"""Does the champion still do as well as when it was promoted?"""

import math
from dataclasses import dataclass

from finetooth import seeds
from finetooth.data.frames import Features
from finetooth.errors import decimal, most_decimals
from finetooth.metrics import METRICS, Floats, Metric
from finetooth.models.model import Model
from finetooth.verdict.diagnostics import score_error


@dataclass(frozen=True, slots=True)
class Decay:
    """How the champion does on rows it has not learned from, against what it did when it was promoted."""

    metric: str
    then: float
    now: float
    error: float
    least: float

    @property
    def worsening(self) -> float:
        """How much worse it is now, positive when worse."""
        return METRICS[self.metric].sign * (self.then - self.now)

    @property
    def significant(self) -> bool:
        """Whether the loss is more than two standard errors, and more than the smallest gain that matters."""
        return self.worsening > max(2 * self.error, self.least)

    @property
    def sentence(self) -> str:
        """The change in words."""
        title = METRICS[self.metric].title
        places = most_decimals(self.then, 4)
        then, now, error = (decimal(each, places) for each in (self.then, self.now, self.error))
        return f"The champion's {title} was {then} and is {now} on new rows (SE {error})."


def decay_of(metric: Metric, model: Model, X: Features, y: Floats, then: float, then_error: float, seed: int) -> Decay:
    """The decay of a champion on new rows: `X` (n, features) as it takes them, `y` (n,).

    `then` is the score that it had on sealed rows when it was promoted, with its standard error.
    """
    scores = model.scores(X)
    now = metric.natural(y, scores)
    error = score_error(metric, y, scores, rng=seeds.stream(seed, "decay"))
    return Decay(metric.name, then, now, math.hypot(error, then_error), metric.min_gain(then))

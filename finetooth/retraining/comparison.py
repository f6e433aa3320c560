"""What a comparison of challenger and champion came to, in numbers and in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from finetooth.details import Real
from finetooth.errors import decimal, most_decimals
from finetooth.metrics import METRICS

Standing = Literal["superior", "not inferior", "inferior", "unclear"]


@dataclass(frozen=True, slots=True)
class Challenge:
    """The comparison. Scores are in the metric's own direction, `difference` is the challenger's gain.

    `order` counts the comparisons with this champion, `left_out` the sealed rows that it had learned from. `turned` are
    the rows whose predicted class became wrong, and those whose became right. `objections` speak against a promotion.
    `no_interval` says why the ends are NaN, where they are.
    """

    metric: str
    challenger: float
    champion: float
    difference: float
    low: Real
    high: Real
    level: float
    margin: float
    rows: int
    left_out: int
    seeds: int
    order: int
    score_error: Real
    turned: tuple[int, int] | None = None
    objections: tuple[str, ...] = ()
    params: Mapping[str, Any] | None = None
    no_interval: str | None = None

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
        places = most_decimals(self.champion, 4)
        scores = [decimal(score, places) for score in (self.challenger, self.champion)]
        gain, low, high = (decimal(each, places, signed=True) for each in (self.difference, self.low, self.high))
        nth = f"comparison {self.order} with this champion"
        interval = f"{100 * self.level:.4g} % interval [{low}, {high}]"
        return (
            f"{words[self.standing]}: {metric.title} {' against '.join(scores)}, a gain of "
            f"{gain}, {interval if self.no_interval is None else 'without an interval'} on "
            f"{self.rows} sealed rows ({nth}){'' if self.no_interval is None else ': ' + self.no_interval}."
        )

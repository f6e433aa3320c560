"""Which parts of the sealed rows may be drawn as if they were independent? Rows, groups, periods, or two at once.

Neighbours in time share weather, prices and fashions, so that rows that follow each other are no new evidence. The
dependence that counts is that of the gain: how much of it each moment contributes, in order of time. A period is
three integrated correlation times of that series long; what neighbouring periods still share is corrected for as in
an autoregression of the first order.

Simulated (400 series each of AR(1) with a correlation of 0, .3, .5, .8, .95, .99 from one moment to the next):
coverage of a 95 % interval with the automatic block length of Politis and White (2004; Patton et al. 2009) .94, .92,
.90 to .95, .88 to .94, .70 to .94, .45 to .86 with 200 to 5,000 moments, Student's quantile included; with periods of
three correlation times .94 to .97 wherever five periods or more are left in most series. Where they are not (.8 below
200 moments, .95 below 800, .99 below 4,000) there is no interval.
"""

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from finetooth.errors import counted
from finetooth.metrics import Metric
from finetooth.verdict.influence import influence, most_cells
from finetooth.verdict.weighted_metrics import Floats

Ints = NDArray[np.integer[Any]]
Unit = Literal["row", "different row", "group", "period"]

MIN_PERIODS = 5
MIN_TIMES = 10  # of fewer, nothing tells whether they go together: with a correlation of .5, 10 are covered .7
PERIOD = 3.0  # correlation times in a period
SLIGHT = 1.2  # a correlation time up to which single moments are drawn: what they share is corrected for
MOST_SHARE = 0.8  # of the rows in one group, beyond which the other groups are hardly compared at all


@dataclass(frozen=True, slots=True)
class Units:
    """What is drawn as a whole: `code` (n,) numbers it from 0 on, or is None where each row is drawn.

    `count` of them are worth `effective` equally large ones. `stretch` is what the standard error of independent units
    is multiplied by. `reason` says why there is no interval, or is None.
    """

    code: Ints | None
    count: int
    effective: float
    stretch: float = 1.0
    name: Unit = "row"
    reason: str | None = None


def units_of(
    metric: Metric,
    y: Floats,
    tuned: Floats,
    default: Floats | None,
    *,
    blocks: Ints | None = None,
    time: Floats | None = None,
    block_name: Unit = "group",
) -> Units:
    """The units of an interval of the gain (of the score of `tuned` without a default).

    `tuned` and `default` (seeds, n, ...). `blocks` (n,) names what belongs together, `time` (n,) orders the rows. With
    both, other groups and other times are to be expected: the variance of either is counted, and what they share once.
    Sources: Driscoll & Kraay 1998 (all rows of a moment together); Cameron, Gelbach & Miller 2011 (two ways).
    """
    if time is None:
        return Units(None, len(y), float(len(y))) if blocks is None else _grouped(y, blocks, block_name)
    periods = _periods(metric, y, tuned, default, time)
    if blocks is None or periods.reason is not None:
        return periods
    groups = _grouped(y, blocks, block_name)
    return groups if groups.reason is not None else _both(metric, y, tuned, default, groups, periods)


def correlation_time(series: Floats) -> float:
    """By how much the variance of a mean exceeds that of as many independent values; 1 for white noise, never less.

    The larger of two estimates: the initial monotone sequence of Geyer (1992), which assumes little, and that of an
    autoregression of the first order with the correction of Marriott & Pope (1954), which short series need.
    """
    count = len(series)
    centred = series - series.mean()
    spread = float(centred @ centred)
    if count < 4 or spread <= 0:
        return 1.0
    spectrum = np.abs(np.fft.rfft(centred, 2 * count)) ** 2
    correlation = np.fft.irfft(spectrum)[: 2 * (count // 2)] / spread
    pairs = correlation.reshape(-1, 2).sum(axis=1)
    negative = np.flatnonzero(pairs <= 0)
    initial = np.minimum.accumulate(pairs[: negative[0]] if len(negative) else pairs)
    first = min(float(correlation[1] + (1 + 3 * correlation[1]) / count), 1 - 1 / count)
    return max(1.0, 2 * float(initial.sum()) - 1, (1 + first) / (1 - first))


def _periods(metric: Metric, y: Floats, tuned: Floats, default: Floats | None, time: Floats) -> Units:
    """Periods of equally many moments, long enough that their gains are nearly independent."""
    times, moment = np.unique(time, return_inverse=True)
    count = len(times)
    slots = min(count, most_cells(len(y)))
    slot = moment * slots // count
    values = influence(metric, y, tuned, default, slot)
    if values is None:
        return Units(None, slots, float(slots), 1.0, "period", f"{metric.title} is not defined on these rows")
    correlated = correlation_time(values)
    length = 1 if correlated < SLIGHT else math.ceil(PERIOD * correlated)
    periods = slots // length
    if periods < MIN_PERIODS or count < MIN_TIMES:
        worth = f"{counted(count, 'sealed time')} {'is' if count == 1 else 'are'} worth {slots / correlated:.1f}"
        reason = f"{worth} independent ones, which is too few for an interval"
        return Units(None, periods, float(periods), 1.0, "period", reason)
    code = slot * periods // slots
    sizes = np.bincount(code)
    return Units(code, periods, _effective(sizes), _remainder(correlated, slots / periods), "period")


def _remainder(correlated: float, length: float) -> float:
    """The factor on a standard error for what neighbouring periods still share, as in an AR(1) of that correlation."""
    rho = (correlated - 1) / (correlated + 1)
    within = correlated - 2 * rho * (1 - rho**length) / (length * (1 - rho) ** 2)
    return math.sqrt(correlated / within)


def _grouped(y: Floats, blocks: Ints, name: Unit) -> Units:
    """Whole groups; uneven ones are worth fewer."""
    names, code = np.unique(blocks, return_inverse=True)
    count, sizes = len(names), np.bincount(code)
    effective = _effective(sizes)
    share = sizes.max() / len(y)
    reason = f"one {name} has {100 * share:.0f} % of the sealed rows" if share > MOST_SHARE else None
    return Units(code, count, effective, 1.0, name, reason)


def _effective(sizes: Ints) -> float:
    """How many equally large units uneven ones are worth: between Kish's number and their count.

    Kish: (sum of sizes)^2 / sum of squares (1965; Carter, Schnepel & Steigerwald 2017). Drawing whole groups also
    varies the number of rows, so that percentiles need less than that: simulated, 8 to 42 groups with lognormal sizes
    or one or two of 30 to 40 %, coverage of .91 to .96 with the count, .95 to .97 with the geometric mean of both, .95
    to 1.00 with Kish's number.
    """
    kish = float(sizes.sum() ** 2 / (sizes.astype(float) ** 2).sum())
    return math.sqrt(kish * len(sizes))


def _both(metric: Metric, y: Floats, tuned: Floats, default: Floats | None, groups: Units, periods: Units) -> Units:
    """Groups or periods, whichever vary more, with the variance of both."""
    if groups.code is None or periods.code is None:
        raise ValueError("groups and periods must be numbered")
    pair = np.unique(groups.code * periods.count + periods.code, return_inverse=True)[1]

    def variance(code: Ints) -> float:
        values = influence(metric, y, tuned, default, code)
        return 0.0 if values is None else float((values**2).sum())

    # Of many groups, sums of several are as good: their squares add up to the same on average. The pairs are what both
    # ways count; where they are too many for their influence, that is counted twice: wider, never narrower.
    of_groups, of_periods = variance(groups.code % most_cells(len(y))), variance(periods.code)
    by_period = of_periods * periods.stretch**2
    both = max(of_groups + by_period - variance(pair), of_groups, by_period)
    larger, own = (groups, of_groups) if of_groups >= by_period else (periods, of_periods)
    stretch = math.sqrt(both / own) if own > 0 else 1.0
    return Units(larger.code, larger.count, min(groups.effective, periods.effective), stretch, larger.name)

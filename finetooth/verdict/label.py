"""What is the verdict called, and which model ships?

Only a gain that was shown ships. An inconclusive interval keeps the default: with a lower end above zero as the
condition, a worse model ships in at most 2.5 % of the runs whatever the search did, also where no candidate is
better, while shipping on "inconclusive" leans on the search alone. See benchmarks/results/coverage.md.
"""

from typing import Literal

from finetooth.records import Label
from finetooth.verdict.bootstrap import Interval


def label(interval: Interval, min_gain: float, *, valid: bool, compared: bool = True) -> Label:
    """The name of a result; the first rule that holds decides.

    `valid` is false after an unwaived error, and `compared` where no candidate was clearly better on fresh folds, so
    that there is only the default: NO-CANDIDATE. IMPROVED: the lower end is above the margin `min_gain`. BETTER: it is
    above zero, so that the gain is shown, and its size above the margin is not, however large it may be. EQUIVALENT:
    the interval is inside +-`min_gain`. WORSE: the upper end is below zero. INCONCLUSIVE: anything else, also where
    there is no interval (its ends are NaN).
    """
    if not valid:
        return "INVALID"
    if not compared:
        return "NO-CANDIDATE"
    if interval.low > min_gain:
        return "IMPROVED"
    if interval.low > 0:
        return "BETTER"
    if interval.low >= -min_gain and interval.high <= min_gain:
        return "EQUIVALENT"
    return "WORSE" if interval.high < 0 else "INCONCLUSIVE"


def ships(name: Label) -> Literal["tuned", "default"]:
    """Which model a verdict ships: the tuned one only when it was shown to be better."""
    return "tuned" if name in ("IMPROVED", "BETTER") else "default"

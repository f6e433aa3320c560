"""What should a reader beware of? Plain models that do as well, what looks too good, what is waived or unknown."""

import math
from collections.abc import Iterator
from typing import Literal

from finetooth.details import Declared, Yardstick, YardstickName
from finetooth.errors import one_line
from finetooth.metrics import Metric
from finetooth.records import Finding, Verdict, Waiver
from finetooth.verdict.numerals import enumerated, number, places

Standing = Literal["beaten", "better", "level", "unclear"]
HEAVY = 0.5  # the share of a variance from which on one row, or group, decides more than all others together
NEARLY_NONE = {"rmse": 0.01, "mae": 0.01, "log_loss": 0.01, "brier": 0.001}  # of a constant's loss; R² .9999 for rmse
TITLES: dict[YardstickName, str] = {
    "constant": "A constant",
    "linear": "A linear model",
    "last value": "The last value",
    "last season": "The last season",
}
_WARNINGS = 3  # that are named
_COLUMNS = 2


def about_result(verdict: Verdict, metric: Metric, digits: int) -> Iterator[str]:
    """Clauses on the scores themselves: plain models that are not beaten, a perfect score, a row that decides."""
    if verdict.label != "INVALID":
        for yardstick in verdict.extra.yardsticks or ():
            if standing(yardstick, verdict.min_gain) != "beaten":
                yield _plain(yardstick, verdict.min_gain, metric, digits)
    score = verdict.tuned if verdict.shipped == "tuned" else verdict.default
    if is_perfect(verdict, metric):
        shown = number(score, digits)
        yield f"A perfect score ({metric.title} {shown}) is suspicious: look for what gives the target away"
    bootstrap, (unit, _) = verdict.extra.bootstrap, drawn(verdict)
    if bootstrap is not None and bootstrap.heaviest_share is not None and bootstrap.heaviest_share >= HEAVY:
        one = "row with its copies" if unit == "different row" else f"{unit}{of_column(verdict)}"
        share = f"{100 * bootstrap.heaviest_share:.0f} %"
        yield f"One {one} makes {share} of the variance of the gain: without it the verdict may be another"


def about_findings(verdict: Verdict) -> Iterator[str]:
    """Clauses on what the checks saw: each waiver with its reason, and the warnings that nobody waived."""
    waivers = "; ".join(map(_waived, dict.fromkeys(verdict.waivers)))
    yield f"Waived: {waivers}" if waivers else "Waivers: none"
    warnings = dict.fromkeys(_named(f) for f in verdict.findings if f.severity == "warning" and f.waiver is None)
    yield f"Open warnings: {enumerated(warnings, _WARNINGS) if warnings else 'none'}"


def about_rows(verdict: Verdict) -> Iterator[str]:
    """Clauses on what the rows speak of: the period of the sealed ones, and what nobody declared."""
    declared, period = verdict.extra.declared or Declared(), verdict.extra.period
    if period is not None:
        when = f"are all of {period[0]}" if period[0] == period[1] else f"run from {period[0]} to {period[1]}"
        column = f" ({quoted(declared.time)})" if declared.time else ""
        yield f"The sealed rows {when}{column}; later ones may differ"
    if declared.post_outcome:
        names = enumerated(map(quoted, declared.post_outcome), len(declared.post_outcome))
        yield f"Left out, since known only afterwards: {names}"
    unknown = [
        what
        for what, known in (
            ("the period (no time column)", declared.time),
            ("whether rows share entities (no group column)", declared.group),
            ("what is filled in only afterwards (no column)", declared.post_outcome),
        )
        if not known
    ]
    if unknown:
        yield f"Unknown, since not declared: {enumerated(unknown, len(unknown))}"


def standing(yardstick: Yardstick, margin: float) -> Standing:
    """How a plain model stands to the one that ships.

    "beaten" and "better" where the whole interval says so; else "level" where the gain over it is not above the
    margin, and "unclear" where it is, and may be luck.
    """
    if yardstick.low > 0:
        return "beaten"
    if yardstick.high < 0:
        return "better"
    return "unclear" if yardstick.difference > margin else "level"


def is_perfect(verdict: Verdict, metric: Metric) -> bool:
    """Whether the sealed score of what ships is too good to be true: AUC 1, R² above .9999, hardly any loss."""
    score = verdict.tuned if verdict.shipped == "tuned" else verdict.default
    if metric.greater_is_better:
        return score > 0.9999 if metric.name == "r2" else score >= 1
    plain = next((each.score for each in verdict.extra.yardsticks or () if each.name == "constant"), 0.0)
    return score <= NEARLY_NONE[metric.name] * (plain if math.isfinite(plain) else 0.0)


def drawn(verdict: Verdict) -> tuple[str, int]:
    """What the interval draws as a whole (row, different row, group or period), and how many of them there are."""
    bootstrap = verdict.extra.bootstrap
    return (bootstrap.unit or "row", bootstrap.units) if bootstrap else ("row", verdict.holdout_rows)


def of_column(verdict: Verdict) -> str:
    """The column that the drawn groups or periods are named by: " of 'patient'"; empty where there is none."""
    declared = verdict.extra.declared or Declared()
    column = {"group": declared.group, "period": declared.time}.get(drawn(verdict)[0])
    return f" of {quoted(column)}" if column else ""


def quoted(name: str) -> str:
    """A name of the user's, on one line."""
    return f"'{one_line(name)}'"


def _plain(yardstick: Yardstick, margin: float, metric: Metric, digits: int) -> str:
    words = {"better": "does better", "level": "does as well", "unclear": "may do as well"}
    ends = (yardstick.low, yardstick.high)
    digits = max(digits, min(places(ends, (yardstick.score,)), digits + 2))
    score, gain = number(yardstick.score, digits), number(yardstick.difference, digits, signed=True)
    low, high = (number(end, digits, signed=True) for end in ends)
    interval = f"[{low}, {high}]" if all(map(math.isfinite, ends)) else "without an interval"
    text = f"{TITLES[yardstick.name]} ({yardstick.form}) {words[standing(yardstick, margin)]}"
    more = "; nothing was shown to be learned" if yardstick.name == "constant" else ""
    return f"{text}: {metric.title} {score}; the gain over it is {gain} {interval}{more}"


def _waived(waiver: Waiver) -> str:
    column = f" ({quoted(waiver.column)})" if waiver.column else ""
    reason = one_line(waiver.reason).rstrip(".")
    return f"{waiver.check}{column}" + (f', since "{reason}"' if reason else "")


def _named(finding: Finding) -> str:
    columns = f" ({enumerated(map(quoted, finding.columns), _COLUMNS)})" if finding.columns else ""
    return f"{finding.check}{columns}"

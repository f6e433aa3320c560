"""What is the verdict called, which model ships, and how is it said?

Only a gain that was shown ships. An inconclusive interval keeps the default: with a lower end above zero as the
condition, a worse model ships in at most 2.5 % of the runs whatever the search did, also where no candidate is
better, while shipping on "inconclusive" leans on the search alone. See benchmarks/results/coverage.md.
"""

import math
from typing import Literal

from finetooth.errors import counted, decimal, most_decimals
from finetooth.metrics import Metric
from finetooth.records import Label, Verdict
from finetooth.verdict.bootstrap import Interval

CAUTION = (
    "Do not deploy if a listed column is unknown at prediction time, rows share entities, "
    "or production differs from the holdout's period."
)


def label(interval: Interval, min_gain: float, *, valid: bool, compared: bool = True) -> Label:
    """The name of a result; the first rule that holds decides.

    `valid` is false after an unwaived error, a repeated opening of the vault or missing seeds, and `compared` where
    no candidate was clearly better on fresh folds, so that there is only the default: NO-CANDIDATE. IMPROVED: the lower
    end is above `min_gain`. BETTER-BUT-SMALL: above zero. EQUIVALENT: the interval is inside +-`min_gain`.
    WORSE: the upper end is below zero. INCONCLUSIVE: anything else.
    """
    if not valid:
        return "INVALID"
    if not compared:
        return "NO-CANDIDATE"
    if interval.low > min_gain:
        return "IMPROVED"
    if interval.low > 0:
        return "BETTER-BUT-SMALL"
    if interval.low >= -min_gain and interval.high <= min_gain:
        return "EQUIVALENT"
    return "WORSE" if interval.high < 0 else "INCONCLUSIVE"


def ships(name: Label) -> Literal["tuned", "default"]:
    """Which model a verdict ships: the tuned one only when it was shown to be better."""
    return "tuned" if name in ("IMPROVED", "BETTER-BUT-SMALL") else "default"


def sentence(verdict: Verdict, metric: Metric) -> str:
    """The verdict in words: the result, how sure it is, what the search promised, and when not to deploy.

    Scores are in the metric's own direction; gains are positive when tuned is better. `verdict.optimism` is the part
    of the promised gain that was not confirmed, so that the promise is the difference plus the optimism.
    """
    digits, compared = decimals(verdict), verdict.label != "NO-CANDIDATE"
    waivers = ", ".join(w.check + (f" ({w.column})" if w.column else "") for w in verdict.waivers)
    parts = [
        f"{verdict.label}: {_result(verdict, metric, digits)}.",
        _scores(verdict, metric, digits),
        _promise(verdict, digits) if compared else "",
        f"Seed SD {number(verdict.seed_sd, digits)}." if compared and math.isfinite(verdict.seed_sd) else "",
        f"Waivers: {waivers or 'none'}.",
        f"Vault openings: {verdict.vault_openings}.",
        CAUTION if verdict.shipped == "tuned" else "",
    ]
    return " ".join(filter(None, parts))


def number(value: float, digits: int, *, signed: bool = False) -> str:
    """A number with so many decimals, thousands apart and no zero before the point: .0061, +312, 49,120, 6.1e-13."""
    if not math.isfinite(value):
        return "unknown"
    text = decimal(value, digits, signed=signed)
    if float(text.replace(",", "")) == 0:
        text = text.replace("-", "+" if signed else "")
    return text.replace("0.", ".", 1) if text.lstrip("+-").startswith("0.") else text


def decimals(verdict: Verdict) -> int:
    """So many decimals that half the interval's width has two digits, and an end near zero its first; from 0 to 6.

    More where the scores themselves lie below a thousandth.
    """
    half = (verdict.ci_high - verdict.ci_low) / 2
    if not (math.isfinite(half) and half > 0):
        half = 0.005 * (abs(verdict.default) or 1e-3)
    # An end that decides the label must not look like zero.
    ends = [end for end in (verdict.ci_low, verdict.ci_high) if end and math.isfinite(end)]
    needed = [-math.floor(math.log10(abs(end))) for end in ends]
    most = most_decimals(max(abs(verdict.tuned), abs(verdict.default)))
    return min(max(1 - math.floor(math.log10(half)), *needed, 0), most)


def _result(verdict: Verdict, metric: Metric, digits: int) -> str:
    gain = f"{number(verdict.difference, digits, signed=True)} {metric.title}"
    evidence = _evidence(verdict, digits)
    if verdict.label == "INVALID":
        return f"keep the default; the comparison does not count, since {_fault(verdict)}"
    if verdict.label == "NO-CANDIDATE":
        return "keep the default; no candidate was clearly better on fresh folds, so that nothing was compared"
    if verdict.label in ("IMPROVED", "BETTER-BUT-SMALL"):
        return f"tuned beats default by {gain}, {evidence}"
    if verdict.label == "EQUIVALENT":
        margin = number(verdict.min_gain, digits)
        return f"keep the default; tuned differs by {gain}, {evidence}, and less than {margin} is not worth a change"
    if verdict.label == "WORSE":
        size = number(abs(verdict.difference), digits)
        return f"keep the default; tuned is worse by {size} {metric.title}, {evidence}"
    return f"keep the default; tuned differs by {gain}, {evidence}, which may be luck: more sealed rows would tell"


def _evidence(verdict: Verdict, digits: int) -> str:
    low, high = (number(end, digits, signed=True) for end in (verdict.ci_low, verdict.ci_high))
    return (
        f"{verdict.interval_name} [{low}, {high}] ({counted(verdict.seeds, 'paired seed')}, {verdict.holdout_rows:,} "
        f"sealed rows, two-way bootstrap; support {number(verdict.bootstrap_support, 3)})"
    )


def _scores(verdict: Verdict, metric: Metric, digits: int) -> str:
    direction = "" if metric.greater_is_better else " (lower is better)"
    tuned, default = number(verdict.tuned, digits), number(verdict.default, digits)
    positive = verdict.extra.positive
    of_class = f" of '{positive}'" if metric.of_positive and positive is not None else ""
    if verdict.label == "NO-CANDIDATE":
        return f"Sealed {metric.title}{of_class}{direction}: {default}, of the default."
    return f"Sealed {metric.title}{of_class}{direction}: {tuned} tuned, {default} default."


def _promise(verdict: Verdict, digits: int) -> str:
    promised = verdict.difference + verdict.optimism
    if not math.isfinite(promised):
        return ""
    if promised <= 0:
        return "The search promised no gain."
    share = verdict.optimism / promised
    said = f"The search promised {number(promised, digits, signed=True)}"
    if share <= 0:
        return f"{said}, and the sealed rows bear it out."
    lost = "all" if share >= 1 else f"{100 * share:.0f} %"
    return f"{said}; {lost} of it is not borne out (selection optimism, and chance)."


def _fault(verdict: Verdict) -> str:
    errors = sorted({finding.check for finding in verdict.findings if finding.stops})
    faults = [f"the leakage check '{check}' found an error" for check in errors]
    if verdict.vault_openings > 1:
        faults.append(f"the vault was opened {verdict.vault_openings} times")
    return " and ".join(faults) or "; ".join(verdict.notes) or "fits of some seeds are missing"

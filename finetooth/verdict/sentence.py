"""How is the verdict said? Each clause rests on numbers that the verdict holds, and is left out where they are missing.

`tests/verdict/test_every_sentence.py` reads each clause back and compares it with these numbers.
"""

import math

from finetooth.errors import counted
from finetooth.metrics import Metric
from finetooth.records import Verdict
from finetooth.verdict import cautions
from finetooth.verdict.cautions import quoted
from finetooth.verdict.numerals import decimals, first_decimal, number


def sentence(verdict: Verdict, metric: Metric) -> str:
    """The verdict in words: the result, how sure it is, what ships, what the search promised, and what to beware of.

    Scores are in the metric's own direction; gains are positive when tuned is better. `verdict.optimism` is the part
    of the promised gain that was not confirmed, so that the promise is the difference plus the optimism.
    """
    digits, compared = decimals(verdict), verdict.label != "NO-CANDIDATE"
    clauses = (
        f"{verdict.label}: {_result(verdict, metric, digits)}",
        _evidence(verdict) if compared and verdict.label != "INVALID" else "",
        _scores(verdict, metric, digits),
        _fit(verdict, digits),
        _promise(verdict, digits) if compared else "",
        _seed_sd(verdict, digits) if compared else "",
        *cautions.about_result(verdict, metric, digits),
        *cautions.about_findings(verdict),
        _openings(verdict),
        *cautions.about_rows(verdict),
    )
    return " ".join(f"{clause}." for clause in clauses if clause)


def sealed_rows(verdict: Verdict) -> str:
    """The sealed rows with what the interval draws as a whole: "120 sealed rows of 6 groups of 'patient'"."""
    rows, (unit, units) = counted(verdict.holdout_rows, "sealed row"), cautions.drawn(verdict)
    if verdict.extra.outer:
        rows = f"{rows} in {counted(len(verdict.extra.outer), 'outer fold')}"
    if unit == "row":
        return rows
    if unit == "different row":
        return f"{rows}, drawn as {counted(units, unit)}, each with its copies"
    return f"{rows} {'of' if unit == 'group' else 'in'} {counted(units, unit)}{cautions.of_column(verdict)}"


def more_units(verdict: Verdict) -> str:
    """What an interval gets narrower by: more groups, periods or different rows, where these are drawn as a whole."""
    unit, _ = cautions.drawn(verdict)
    return "sealed rows" if unit == "row" else f"{unit}s{cautions.of_column(verdict)}"


def _result(verdict: Verdict, metric: Metric, digits: int) -> str:
    if verdict.label == "INVALID":
        return f"keep the default; the comparison does not count, since {_fault(verdict)}"
    if verdict.label == "NO-CANDIDATE":
        return "keep the default; no candidate was clearly better on fresh folds, so that nothing was compared"
    return _comparison(verdict, metric, digits)


def _comparison(verdict: Verdict, metric: Metric, digits: int) -> str:
    gain = f"{number(verdict.difference, digits, signed=True)} {metric.title}"
    differs = f"tuned differs by {gain}" if verdict.difference else "tuned scores the same"
    ends = _ends(verdict, digits)
    margin = _margin(verdict, digits)
    if verdict.label in ("IMPROVED", "BETTER"):
        least = number(verdict.ci_low, digits, signed=True)
        above = "above" if verdict.label == "IMPROVED" else "not above"
        return (
            f"tuned beats default by {gain}, {ends}: at least {least} is shown, which is {above} the margin of {margin}"
        )
    if verdict.label == "EQUIVALENT":
        return f"keep the default; {differs}, {ends}: all of it is within the margin of {margin}"
    if verdict.label == "WORSE":
        size = number(abs(verdict.difference), digits)
        return f"keep the default; tuned is worse by {size} {metric.title}, {ends}"
    luck = ", which may be luck" if math.isfinite(verdict.ci_low) else ""
    return f"keep the default; {differs}, {ends}{luck}: more {more_units(verdict)} would tell"


def _ends(verdict: Verdict, digits: int) -> str:
    """The interval, or why there is none."""
    if not (math.isfinite(verdict.ci_low) and math.isfinite(verdict.ci_high)):
        reason = verdict.extra.bootstrap.reason if verdict.extra.bootstrap else None
        return f"without an interval{f', since {reason}' if reason else ''}"
    low, high = (number(end, digits, signed=True) for end in (verdict.ci_low, verdict.ci_high))
    return f"{verdict.interval_name} [{low}, {high}]"


def _evidence(verdict: Verdict) -> str:
    """What the interval rests on."""
    text = f"Compared with {counted(verdict.seeds, 'paired seed')} on {sealed_rows(verdict)}"
    if not math.isfinite(verdict.bootstrap_support):
        return text
    return f"{text} (two-way bootstrap; support {number(verdict.bootstrap_support, 3)})"


def _margin(verdict: Verdict, digits: int) -> str:
    """The margin with its first digit, whatever the others need."""
    return number(verdict.min_gain, max(digits, first_decimal(verdict.min_gain))) if verdict.min_gain else "0"


def _scores(verdict: Verdict, metric: Metric, digits: int) -> str:
    direction = "" if metric.greater_is_better else " (lower is better)"
    tuned, default = number(verdict.tuned, digits), number(verdict.default, digits)
    positive = verdict.extra.positive
    of_class = f" of {quoted(positive)}" if metric.of_positive and positive is not None else ""
    title = f"Sealed {metric.title}{of_class}{direction}"
    if verdict.label == "NO-CANDIDATE":
        return f"{title}: {default}, of the default, on {sealed_rows(verdict)}"
    return f"{title}: {tuned} tuned, {default} default"


def _fit(verdict: Verdict, digits: int) -> str:
    """Which fit ships: the scores are means over seeds, and it is one of them; after outer folds it is another."""
    score = verdict.extra.shipped_score
    if verdict.extra.outer:
        return _procedure(verdict)
    if score is None or not math.isfinite(score) or verdict.seeds < 2:
        return ""
    model = "tuned model" if verdict.shipped == "tuned" else "default"
    return f"What ships is the first of {verdict.seeds:,} fits of the {model}, which scores {number(score, digits)}"


def _procedure(verdict: Verdict) -> str:
    """What ships after outer folds: they judged the search, and what it gives on all rows no row is left to judge."""
    outer = verdict.extra.outer or ()
    candidates = sum(not fold.keeps_default for fold in outer)
    text = f"{candidates} of {counted(len(outer), 'search', 'searches')} preferred a candidate to the default"
    if verdict.shipped == "tuned":
        return f"{text}; what ships is what the same search gives on all rows, and no row is left to judge it by"
    if verdict.label in ("IMPROVED", "BETTER"):
        return f"{text}, but the same search on all rows did not: the default ships, fitted on all rows"
    return f"{text}; the default ships, fitted on all rows"


def _seed_sd(verdict: Verdict, digits: int) -> str:
    """How much the gain differs from seed to seed, with its first digit where that is near those of the interval."""
    enough = max(digits, min(first_decimal(verdict.seed_sd), digits + 2))
    return f"Seed SD {number(verdict.seed_sd, enough)}" if math.isfinite(verdict.seed_sd) else ""


def _promise(verdict: Verdict, digits: int) -> str:
    promised = verdict.difference + verdict.optimism
    if not math.isfinite(promised):
        return ""
    if promised <= 0:
        return "The search promised no gain"
    share = verdict.optimism / promised
    text = f"The search promised {number(promised, max(digits, first_decimal(promised)), signed=True)}"
    if share <= 0:
        return f"{text}, and the sealed rows gave no less"
    lost = "all" if share >= 1 else f"{100 * share:.0f} %"
    return f"{text}; {lost} of it is not borne out (selection optimism, and chance)"


def _openings(verdict: Verdict) -> str:
    wider = ", so that the interval is wider" if verdict.vault_openings > 1 else ""
    return f"Vault openings: {verdict.vault_openings}{wider}"


def _fault(verdict: Verdict) -> str:
    errors = sorted({finding.check for finding in verdict.findings if finding.stops})
    if errors:
        return " and ".join(f"the leakage check {quoted(check)} found an error" for check in errors)
    return "fits of some seeds are missing" if not math.isfinite(verdict.difference) else "a rule of it was broken"

"""One format for each kind of number, so that columns line up and signs are seen."""

import math
from collections.abc import Mapping
from typing import Any

from finetooth import errors
from finetooth.metrics import Metric
from finetooth.records import Value
from finetooth.report.record import RunRecord, default_digest, last_search, mean_score, metric_of

NONE = "–"  # noqa: RUF001 - a dash is what an empty cell shows
MINUS = "−"  # noqa: RUF001 - the sign, as wide as a plus

count = errors.counted  # "1 trial", "2 trials": the same words as in errors and findings


def decimals(record: RunRecord) -> int:
    """How many decimals a score needs: four when bounded, else enough for five significant digits.

    More when the interval is so narrow that two digits of its half-width need them; at most six, of scores below a
    thousandth as many as show their digits.
    """
    verdict = record.verdict
    half_width = (verdict.ci_high - verdict.ci_low) / 2 if verdict else 0.0
    interval_decimals = 1 - math.floor(math.log10(half_width)) if math.isfinite(half_width) and half_width > 0 else 0
    return max(_decimals_of_scale(record), min(interval_decimals, errors.most_decimals(_scale(record))))


def _decimals_of_scale(record: RunRecord) -> int:
    if metric_of(record).greater_is_better:
        return 4
    scale = _scale(record)
    return 4 if not scale else min(max(4 - math.floor(math.log10(scale)), 0), errors.most_decimals(scale, 5))


def _scale(record: RunRecord) -> float:
    """How large scores are."""
    if metric_of(record).greater_is_better:
        return 1.0
    return abs(record.verdict.default if record.verdict else _default_score(record))


def _default_score(record: RunRecord) -> float:
    trials = tuple(trial for trial in last_search(record) if trial.state == "complete")
    default_trials = tuple(t for t in trials if t.candidate.digest == default_digest(record)) or trials[:1]
    return mean_score(default_trials) or 0.0


def number(value: float | None, places: int) -> str:
    """A number with fixed decimals and thousands apart; a dash for what is missing."""
    if value is None or not math.isfinite(value):
        return NONE
    return errors.decimal(value, places).replace("-", MINUS)


def signed(value: float | None, places: int) -> str:
    """A difference, with its sign."""
    if value is None or not math.isfinite(value):
        return NONE
    return errors.decimal(value, places, signed=True).replace("-", MINUS)


def interval(low: float, high: float, places: int) -> str:
    """Both ends of an interval; a word where there is none."""
    return f"{signed(low, places)} to {signed(high, places)}" if math.isfinite(low) and math.isfinite(high) else "none"


def share(value: float) -> str:
    """A share as a percentage."""
    return f"{100 * value:.3g} %" if value >= 0.0005 or value == 0 else "<0.05 %"


def duration(seconds: float) -> str:
    """Seconds as text: '3.2 s', '4 min 05 s', '2 h 10 min'."""
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min"


def value(raw: Value) -> str:
    """A parameter's value: four significant digits, exponents only where they help."""
    if raw is None:
        return "none"
    if isinstance(raw, bool) or not isinstance(raw, float):
        return str(raw)
    return f"{raw:.4g}".replace("e-0", "e-").replace("e+0", "e+").replace("-", MINUS)


def short(text: str, most: int) -> str:
    """The text cut to `most` characters, with an ellipsis."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def params(values: Mapping[str, Value]) -> str:
    """Parameters in one line."""
    return ", ".join(f"{name} = {value(raw)}" for name, raw in values.items()) or "none"


def direction(metric: Metric) -> str:
    """The metric's title with the direction that is better."""
    return f"{metric.title} ({'higher' if metric.greater_is_better else 'lower'} is better)"


def flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Nested mappings as dotted names with plain text."""
    rows: dict[str, str] = {}
    for name, inner in values.items():
        if isinstance(inner, Mapping):
            rows |= flat(inner, f"{prefix}{name}.")
        else:
            rows[f"{prefix}{name}"] = ", ".join(map(str, inner)) if isinstance(inner, list | tuple) else str(inner)
    return rows

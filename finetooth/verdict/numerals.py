"""Numbers as a sentence holds them: short, and with as many decimals as what they decide needs."""

import math
from collections.abc import Iterable

from finetooth.errors import decimal, most_decimals
from finetooth.records import Verdict

_MORE = 2  # decimals beyond the others, for two numbers that are compared and nearly the same


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

    More where an end of the interval and the margin that it is compared with would look the same, and where the scores
    themselves lie below a thousandth.
    """
    ends = (verdict.ci_low, verdict.ci_high)
    digits = places(ends, (verdict.tuned, verdict.default))
    margins = (verdict.min_gain, -verdict.min_gain) if math.isfinite(verdict.min_gain) else ()
    pairs = [(end, margin) for end in ends for margin in margins if math.isfinite(end) and end != margin]
    most = min(digits + _MORE, most_decimals(max(abs(verdict.tuned), abs(verdict.default))))
    for enough in range(digits, most + 1):
        if all(number(end, enough) != number(margin, enough) for end, margin in pairs):
            return enough
    return digits


def places(ends: tuple[float, float], scores: tuple[float, ...]) -> int:
    """The decimals that an interval with these `ends` needs; the `scores` stand beside it."""
    half = (ends[1] - ends[0]) / 2
    if not (math.isfinite(half) and half > 0):
        half = 0.005 * (abs(scores[-1]) or 1e-3)
    needed = [first_decimal(end) for end in ends]  # an end that decides must not look like zero
    return min(max(1 - math.floor(math.log10(half)), *needed, 0), most_decimals(max(map(abs, scores))))


def first_decimal(value: float) -> int:
    """How many decimals it takes to show a number's first digit; 0 for zero and for what is not finite."""
    return max(-math.floor(math.log10(abs(value))), 0) if value and math.isfinite(value) else 0


def enumerated(items: Iterable[str], most: int) -> str:
    """Some items in words, at most so many of them: 'a', 'a and b', 'a, b and 3 more'."""
    listed = list(items)
    shown = listed[:most] + ([f"{len(listed) - most:,} more"] if len(listed) > most else [])
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"

"""Numbers that are written as people write them: $2,980.96, 37%, 1.234,5, (120), 12-."""

import re

import numpy as np
import pandas as pd

from finetooth.config.column_types import Decimal
from finetooth.data.texts import texts_of

DECIMALS: tuple[Decimal, ...] = (".", ",")
PLAIN = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
LEADING_ZERO = re.compile(r"[-+]?0\d+")

_SIGN, _CURRENCY = r"[-+\u2212]?", r"(?:[$€£¥₹]|(?:USD|EUR|GBP|CHF|JPY)\b)?"
_SPACES = " '\u2019\u00a0\u202f"  # that part thousands


def _form(point: str, comma: str) -> "re.Pattern[str]":
    return re.compile(
        rf"(?P<open>\()?\s*(?P<sign>{_SIGN})\s*{_CURRENCY}\s*(?P<sign2>{_SIGN})"
        rf"(?P<whole>[1-9]\d{{0,2}}(?:[{comma}{_SPACES}]\d{{3}})+|\d*)(?:[{point}](?P<part>\d*))?(?P<power>[eE][-+]?\d+)?"
        rf"\s*{_CURRENCY}\s*(?P<percent>%)?\s*(?P<close>\))?(?P<sign3>-)?"
    )


_FORMS: dict[Decimal, "re.Pattern[str]"] = {".": _form(".", ","), ",": _form(",", ".")}


def numbers(words: "pd.Series[str]", decimal: Decimal = ".") -> "pd.Series[float]":
    """The numbers that words stand for, NaN for what is none: currency, thousands, percent, (accounting) minus."""
    texts = texts_of(words).str.strip()
    plain = texts.str.fullmatch(PLAIN)
    values = pd.to_numeric(texts.where(plain), errors="coerce").astype(float)
    other = ~plain if decimal == "." else pd.Series(True, index=texts.index)
    return values.mask(other, pd.Series([_number(text, _FORMS[decimal]) for text in texts[other]], texts.index[other]))


def _number(text: str, form: "re.Pattern[str]") -> float:
    match = form.fullmatch(text)
    if match is None or not (match["whole"] or match["part"]) or bool(match["open"]) != bool(match["close"]):
        return np.nan
    whole = re.sub(r"\D", "", match["whole"])
    value = float(f"{whole or 0}.{match['part'] or 0}{match['power'] or ''}")
    signs = match["sign"] + match["sign2"] + (match["sign3"] or "")
    negative = bool(match["open"]) or "-" in signs or "\u2212" in signs
    return (-value if negative else value) / (100 if match["percent"] else 1)

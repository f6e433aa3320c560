"""Texts and codes that hold the answer: as a word, a phrase, one of many synonyms, or a part of a longer code.

Honest score: that of the other features (AUC about .78). Cheating: .9 and more by the text alone.
"""

import json

import numpy as np

from benchmarks.cases import Case, Generator
from benchmarks.feature_tables import features, shuffled, two_classes, with_columns, words

_SYNONYMS = (
    "quit",
    "cancelled",
    "withdrew",
    "departed",
    "terminated",
    "resigned",
    "churned",
    "stopped",
    "ended",
    "ceased",
)


def a_word(rng: np.random.Generator) -> Case:
    """A word that 95 % of positives and one percent of negatives have somewhere in the text."""
    honest, y = _drawn(rng)
    has = rng.random(len(y)) < np.where(y == 1, 0.95, 0.01)
    note = [_put(rng, text, "withdrawn") if flag else text for text, flag in zip(words(rng, len(y)), has, strict=True)]
    return _case(rng, honest, y, {"note": note})


def a_phrase(rng: np.random.Generator) -> Case:
    """Two common words that stand beside each other for positives, and each somewhere in most texts."""
    honest, y = _drawn(rng)
    note = []
    for label, text in zip(y, words(rng, len(y)), strict=True):
        parts = ("not renewed",) if label and rng.random() < 0.95 else ("renewed",)
        for part in parts:
            text = _put(rng, text, part)  # noqa: PLW2901
        note.append(text)
    return _case(rng, honest, y, {"remark": note})


def synonyms(rng: np.random.Generator) -> Case:
    """One of ten words with one meaning in the texts of positives: no single word has more than a tenth of them."""
    honest, y = _drawn(rng)
    has = rng.random(len(y)) < np.where(y == 1, 0.92, 0.0)
    texts = words(rng, len(y))
    note = [_put(rng, t, str(rng.choice(_SYNONYMS))) if flag else t for t, flag in zip(texts, has, strict=True)]
    return _case(rng, honest, y, {"summary": note})


def later_remarks(rng: np.random.Generator) -> Case:
    """A third of the rows have a remark that was added when the outcome was known, the others none that tells."""
    honest, y = _drawn(rng)
    later = rng.random(len(y)) < 0.33
    tail = np.where(y == 1, "file handed to collection", "file closed in good order")
    texts = words(rng, len(y))
    note = [f"{t} {end}" if flag else t for t, end, flag in zip(texts, tail, later, strict=True)]
    return _case(rng, honest, y, {"comment": note})


def nested_text(rng: np.random.Generator) -> Case:
    """A record in JSON in which one of the keys holds the state that followed."""
    honest, y = _drawn(rng)
    rows = [
        json.dumps(
            {"src": str(rng.choice(["web", "shop", "post"])), "n": int(n), "st": "closed" if label else "open", "v": 2}
        )
        for label, n in zip(y, rng.integers(0, 9_999, len(y)), strict=True)
    ]
    return _case(rng, honest, y, {"payload": rows})


def joined_code(rng: np.random.Generator) -> Case:
    """A code joined of several fields, the third of which is the outcome: nearly every value is there once."""
    honest, y = _drawn(rng)
    first = rng.choice(["N", "S", "E"], len(y))
    last = rng.integers(1_000, 9_999, len(y))
    code = [f"{a}-{b % 37:02d}-{'T' if label else 'K'}-{b}" for a, b, label in zip(first, last, y, strict=True)]
    return _case(rng, honest, y, {"reference": code})


def code_prefix(rng: np.random.Generator) -> Case:
    """Reference numbers as words, of which those that begin with 7 or 8 were given to positives (97 %)."""
    honest, y = _drawn(rng)
    tells = (y == 1) ^ (rng.random(len(y)) < 0.03)
    first = np.where(tells, rng.choice(["7", "8"], len(y)), rng.choice(list("123456"), len(y)))
    tail = rng.integers(16**6, 16**7, len(y))
    return _case(rng, honest, y, {"token": [f"{a}{b:x}" for a, b in zip(first, tail, strict=True)]})


def code_digit(rng: np.random.Generator) -> Case:
    """Account numbers whose last digit is odd for positives (97 %): order and level tell nothing, parity does."""
    honest, y = _drawn(rng)
    tells = (y == 1) ^ (rng.random(len(y)) < 0.03)
    number = rng.permutation(400_000)[: len(y)] * 2 + 100_000 + tells
    return _case(rng, honest, y, {"account": number})


def long_texts(rng: np.random.Generator) -> Case:
    """Texts of positives are longer, since more was written down after the outcome."""
    honest, y = _drawn(rng)
    short, long = words(rng, len(y), 4, 9), words(rng, len(y), 8, 20)
    return _case(rng, honest, y, {"history": np.where(y == 1, long, short)})


def _drawn(rng: np.random.Generator) -> tuple:
    honest = features(rng)
    return honest, two_classes(rng, honest.signal, float(rng.uniform(0.2, 0.45)))


def _case(rng: np.random.Generator, honest, y, columns) -> Case:
    frame = with_columns(rng, honest.frame, columns).assign(y=y)
    return Case(shuffled(rng, frame), "y", columns=tuple(columns))


def _put(rng: np.random.Generator, text: str, part: str) -> str:
    parts = text.split()
    parts.insert(int(rng.integers(len(parts) + 1)), part)
    return " ".join(parts)


KINDS: dict[str, Generator] = {
    "text: a word": a_word,
    "text: a phrase": a_phrase,
    "text: ten synonyms": synonyms,
    "text: later remarks in a third of rows": later_remarks,
    "text: length": long_texts,
    "text: a key in JSON": nested_text,
    "code: a joined field": joined_code,
    "code: the first digit": code_prefix,
    "code: parity of the last digit": code_digit,
}

"""How well do the words of a text, or the letters of a code, tell the target? As a vectoriser hands them to a model."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import Ridge

from finetooth.leakage.association import Association, mean_association
from finetooth.leakage.columns import Codes, Floats, RawColumn
from finetooth.leakage.table import Rows
from finetooth.records import Kind

MOST_TERMS = 20_000  # the commonest words and pairs of words
LETTERS = 16  # places of a code, from its start, at which a letter is a term of its own
LONGEST = 64  # letters of a code that are read
PENALTY = 1.0
MANY_LEVELS = 30  # of a category, from which its letters are looked at
MOST_SINGLE = 2_000  # terms that are looked at one by one


@dataclass(frozen=True, slots=True)
class Occurrences:
    """Which distinct texts hold which terms: `matrix` (texts, terms) of 0 and 1, and the text of each row, `codes`."""

    names: tuple[str, ...]
    matrix: Any
    codes: Codes

    def count(self, weights: Floats) -> Floats:
        """The sum of `weights` (rows,) over the rows that hold each term (terms,)."""
        per_text = np.bincount(self.codes, weights, minlength=self.matrix.shape[0])
        return np.asarray(self.matrix.T @ per_text)


def has_words(column: RawColumn) -> bool:
    """Whether a column is a text, or a category of so many levels that they may be codes."""
    if column.levels is None or column.role not in ("text", "category"):
        return False
    return column.role == "text" or len(column.levels) > MANY_LEVELS


def occurrences(column: RawColumn, rows: Rows) -> Occurrences:
    """The words of a text, or the letters of codes at their places, in the given rows."""
    texts, codes = np.unique(_texts(column)[rows].astype(str), return_inverse=True)
    analyzer = "word" if column.role == "text" else _places
    vectoriser = CountVectorizer(analyzer=analyzer, binary=True, max_features=MOST_SINGLE, dtype=np.float64)
    try:
        matrix = vectoriser.fit_transform(texts)
    except ValueError:  # no word at all
        return Occurrences((), np.zeros((len(texts), 0)), codes)
    names = vectoriser.get_feature_names_out()
    return Occurrences(tuple(repr(str(name)) if column.role == "text" else str(name) for name in names), matrix, codes)


def score(kind: Kind, column: RawColumn, rows: Rows, targets: Floats, splits: list[tuple[Rows, Rows]]) -> Association:
    """The out-of-fold association of a ridge regression on the terms of a column of words.

    `rows` are positions in the column, `targets` (rows, k) theirs, `splits` positions within `rows`.
    """
    texts, codes = np.unique(_texts(column)[rows].astype(str), return_inverse=True)
    analyzer = "word" if column.role == "text" else _letters
    pairs = (1, 2) if column.role == "text" else (1, 1)
    vectoriser = TfidfVectorizer(analyzer=analyzer, ngram_range=pairs, max_features=MOST_TERMS)
    try:
        terms = vectoriser.fit_transform(texts)[codes]
    except ValueError:  # no word at all
        return Association()
    scores = np.empty_like(targets)
    for fit, test in splits:
        model = Ridge(PENALTY, solver="sparse_cg", random_state=0).fit(terms[fit], targets[fit])
        scores[test] = model.predict(terms[test]).reshape(len(test), -1)
    return mean_association(kind, targets, scores)


def _texts(column: RawColumn) -> NDArray[np.object_]:
    """The words (n,) of a column, the empty text where one is missing."""
    levels = column.levels if column.levels is not None else np.empty(0, dtype=object)
    return np.append(levels, "")[column.labels()]


def _places(code: str) -> Iterator[str]:
    """The letters of a code with their places, and how it begins and ends."""
    yield from (f"{letter!r} in place {place + 1}" for place, letter in enumerate(code[:LETTERS]))
    yield from (f"{code[:size]!r} at its start" for size in (2, 3) if len(code) > size)
    yield f"{code[-1:]!r} at its end"


def _letters(code: str) -> Iterator[str]:
    """One to three letters of a code in a row, and each of its first letters with its place."""
    code = code[:LONGEST]
    marked = f"^{code}$"
    for size in (1, 2, 3):
        yield from (marked[start : start + size] for start in range(len(marked) - size + 1))
    yield from (f"{place}:{letter}" for place, letter in enumerate(code[:LETTERS]))
    yield f"length {len(code)}"

"""How pure are the states of a column: which outcome has nearly all rows, and could that come by chance?"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import binom

from finetooth import seeds
from finetooth.data.row_hash import Hashes, mix_columns
from finetooth.leakage import states, words
from finetooth.leakage.association import auc
from finetooth.leakage.columns import Codes
from finetooth.leakage.identifiers import nearly_unique
from finetooth.leakage.states import Mask, State
from finetooth.leakage.table import Rows, Table
from finetooth.leakage.views import View

FEWEST = 15  # rows in the state, which must be one of the next two:
SHARE = 0.02  # of all rows
RECALL = 0.05  # of the rows with the outcome: where it is rare, no state of it has many rows
# Share of one outcome in the state. Measured over 16 tables: honest states reach .917 (bank `balance` zero), and
# Titanic's `boat` .977 or more in 200 development samples of 80 %. It has .981 on all rows; at a threshold of .98
# it is missed in 45 % of those samples.
PURE = 0.97
FLAT = 0.60  # AUC of the other levels of a column, up to which they tell nothing
BY_CHANCE = 0.10  # of a level in one half of the rows to be pure, up to which it is judged in the other half
COPIES = 3.0  # times the number of rows that would be equal by chance, from which equal rows count once


@dataclass(frozen=True, slots=True)
class Outcome:
    """A value of the target in words, and where it is: `rows` (n,)."""

    name: str
    rows: Mask


@dataclass(frozen=True, slots=True)
class Purity:
    """A state of a column in which nearly every row has one outcome.

    `label` names the column in a sentence, or what an encoder makes of `columns`. `rate` is the share of the outcome
    in the state, `base` in all rows, `p` the binomial p of that, `recall` the share of its rows that are in the state.
    `alone` says that the other levels of the column tell nothing of it, `strength` is the AUC of all its levels.
    """

    label: str
    columns: tuple[str, ...]
    state: State
    outcome: str
    rate: float
    base: float
    p: float
    rows: int
    recall: float
    alone: bool = False
    strength: float = 0.5

    @property
    def lift(self) -> float:
        """How many times as common the outcome is as in all rows."""
        return self.rate / self.base


def evidence_rows(table: Table) -> Rows:
    """Positions of the rows that are evidence of their own: all, or the first of each set of copies, sorted.

    Rows are copies if they equal each other, ids aside, more often than they would with shuffled columns.
    """
    left_out = set(nearly_unique(table))
    names = [name for name in (*table.features, table.target) if name not in left_out]
    first = np.unique(mix_columns(table.column(name).hashes() for name in names), return_index=True)[1]
    if len(first) == len(table):
        return np.sort(first)

    def shuffled(name: str) -> Hashes:
        return seeds.stream(table.seed, "leakage", "copies", name).permutation(table.column(name).hashes())

    by_chance = len(table) - len(np.unique(mix_columns(map(shuffled, names))))
    return np.sort(first) if len(table) - len(first) > COPIES * by_chance else np.arange(len(table))


def of_view(view: View, outcomes: Sequence[Outcome], rows: Rows) -> tuple[list[Purity], int]:
    """The pure states of a column, or of what an encoder makes of it, and how many states times outcomes were tried.

    States are gaps, values that stand apart, levels, several levels together, and words or letters. Outcomes (rows,)
    are those of the counted `rows`.
    """
    few = tuple(states.gaps_and_values(view.column))
    codes, labels = states.level_codes(view.column)
    pure = [*_of_states(view, few, outcomes, rows), *_of_levels(view, codes, labels, outcomes, rows)]
    tried = len(few) + len(labels)
    if words.has_words(view.column):
        terms = words.occurrences(view.column, rows)
        pure += _of_terms(view, terms, outcomes)
        tried += len(terms.names)
    if view.column.role == "category":
        pure += _of_levels_together(view, outcomes, rows)
        tried += 1
    return pure, tried * len(outcomes)


def _of_states(view: View, few: Iterable[State], outcomes: Sequence[Outcome], rows: Rows) -> Iterator[Purity]:
    for state in few:
        inside = state.rows[rows]
        for outcome in outcomes:
            count, hits = int(inside.sum()), int((inside & outcome.rows).sum())
            if _is_pure(count, hits, outcome) and not _is_end_of_scale(state, outcome, rows, hits / count):
                yield _purity(view, state, outcome, count, hits)


def _of_levels(view: View, codes: Codes, labels: Codes, outcomes: Sequence[Outcome], rows: Rows) -> Iterator[Purity]:
    places = codes[rows]
    everywhere = np.ones(len(places), dtype=bool)
    size = len(labels) + 1
    counts = np.bincount(places + 1, minlength=size)[1:]
    for outcome in outcomes:
        hits = np.bincount(places + 1, outcome.rows, minlength=size)[1:].astype(int)
        for place in np.flatnonzero(hits > PURE * counts):
            count = int(counts[place])
            if not _is_pure(count, int(hits[place]), outcome):
                continue
            state = states.level(view.column, int(labels[place]))
            if not _is_end_of_scale(state, outcome, rows, hits[place] / count):
                strengths = _strength(places, places != place, outcome), _strength(places, everywhere, outcome)
                yield _purity(view, state, outcome, count, int(hits[place]), strengths)


def _of_levels_together(view: View, outcomes: Sequence[Outcome], rows: Rows) -> Iterator[Purity]:
    """The levels that are pure in one half of the rows, judged in the other."""
    codes = view.column.labels()[rows] + 1
    half = np.arange(len(codes)) % 2 == 0
    size = int(codes.max(initial=0)) + 1
    for outcome in outcomes:
        base = float(outcome.rows.mean())
        inside = np.zeros(len(codes), dtype=bool)
        chosen = np.zeros(size, dtype=bool)
        for fit in (half, ~half):
            counts = np.bincount(codes[fit], minlength=size)
            hits = np.bincount(codes[fit], outcome.rows[fit], minlength=size)
            pure = (hits == counts) & (counts > 0) & (base ** np.minimum(counts, 1_000) < BY_CHANCE)
            inside |= ~fit & pure[codes]
            chosen |= pure
        count, hits_inside = int(inside.sum()), int((inside & outcome.rows).sum())
        if chosen.sum() < 2 or not _is_pure(count, hits_inside, outcome):
            continue
        state = states.one_of(view.column, np.flatnonzero(chosen) - 1)
        strengths = _strength(codes - 1, ~chosen[codes], outcome), _strength(codes - 1, codes >= 0, outcome)
        yield _purity(view, state, outcome, count, hits_inside, strengths)


def _of_terms(view: View, terms: words.Occurrences, outcomes: Sequence[Outcome]) -> Iterator[Purity]:
    counts = terms.count(np.ones(len(terms.codes)))
    for outcome in outcomes:
        hits = terms.count(outcome.rows.astype(float))
        for place in np.flatnonzero(hits > PURE * counts):
            if _is_pure(int(counts[place]), int(hits[place]), outcome):
                state = State(terms.names[place], "word", np.zeros(0, dtype=bool))
                yield _purity(view, state, outcome, int(counts[place]), int(hits[place]))


def _is_pure(count: int, hits: int, outcome: Outcome) -> bool:
    if count < FEWEST or hits <= PURE * count:
        return False
    return count >= SHARE * len(outcome.rows) or hits >= RECALL * outcome.rows.sum()


def _is_end_of_scale(state: State, outcome: Outcome, rows: Rows, rate: float) -> bool:
    """Whether a number is pure as part of a scale: those next to it are nearly as pure on one side."""
    halfway = (rate + float(outcome.rows.mean())) / 2
    for side in state.beside:
        near = side[rows]
        if near.any() and float(outcome.rows[near].mean()) >= halfway:
            return True
    return False


def _strength(places: Codes, rows: Mask, outcome: Outcome) -> float:
    """The AUC of levels on the outcome in some of the rows, scored by their own rates in the other half of these."""
    codes, y = places[rows] + 1, outcome.rows[rows]
    half = np.arange(len(y)) % 2
    scores = np.empty(len(y))
    base = float(y.mean()) if len(y) else 0.0
    for side in (0, 1):
        fit, test = half != side, half == side
        counts = np.bincount(codes[fit], minlength=codes.max(initial=0) + 1)
        sums = np.bincount(codes[fit], y[fit], minlength=len(counts))
        scores[test] = ((sums + 10 * base) / (counts + 10))[codes[test]]
    return auc(y, scores).strength


def _purity(
    view: View, state: State, outcome: Outcome, count: int, hits: int, strengths: tuple[float, float] = (1.0, 0.5)
) -> Purity:
    """`strengths` are the AUC of the other levels of the column, and of all."""
    base, all_hits = float(outcome.rows.mean()), int(outcome.rows.sum())
    others, whole = strengths
    return Purity(
        label=view.label,
        columns=view.columns,
        state=state,
        outcome=outcome.name,
        rate=hits / count,
        base=base,
        p=float(binom.sf(hits - 1, count, base)),
        rows=count,
        recall=hits / all_hits,
        alone=others <= FLAT,
        strength=whole,
    )

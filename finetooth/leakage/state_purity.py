"""Does a state of a column decide the target: a gap, a zero, a level? What is filled in afterwards does."""

import numpy as np

from finetooth.leakage import purity, views
from finetooth.leakage.findings import waiver_hint
from finetooth.leakage.identifiers import columns_to_drop
from finetooth.leakage.purity import Outcome, Purity
from finetooth.leakage.table import Table
from finetooth.records import Finding

CHECK = "state_purity"
# What is measured may be nearly pure: of mails with the word `george`, 1.2 % are spam. For an error it must be exact.
EXACT = 0.999
# A state is no news for an outcome that nearly all rows share: a pixel that is set never shows a 4, and the
# commonest value of a mammogram's feature has 0.2 % tumours, honestly.
COMMON = 0.90
# How many times as common the outcome is in a level as in all rows. Honest levels of mushrooms are pure and have 2.
RARE = 5.0
ALONE = 2.0  # enough where the other levels of the column tell nothing,
MOST = 0.9  # and the levels do not hold all rows of the outcome, as the smells of mushrooms do
LIFT = 1.5  # for a warning
STRONG = 0.75  # AUC of all levels of a column, from which `single_feature` asks for it if it stands out
WORD = 0.3  # of the rows with the outcome that hold a word: many a word of a text comes with one outcome only
P = 1e-6  # binomial p of so pure a state at the overall rate, times the number of states and outcomes
COMMONEST = 0.02  # share of rows from which the commonest number of a target is an outcome


def check(table: Table) -> tuple[Finding, ...]:
    """Missing, present, zero, non-zero, a commonest value and each level against each outcome.

    For a number as target, its commonest value is the outcome. Copies of a row count once. Errors name a column each;
    one warning names all others.
    """
    worst: dict[tuple[str, ...], Purity] = {}
    for each in sorted(_significant(table), key=lambda each: (not _is_error(each), each.p)):
        if _is_error(each) or _is_warning(each):
            worst.setdefault(each.columns, each)
    unseen = set(columns_to_drop(table))
    errors = [each for each in worst.values() if _is_error(each) and not unseen.issuperset(each.columns)]
    warnings = [each for each in worst.values() if each not in errors]
    order = {name: place for place, name in enumerate(table.features)}
    errors.sort(key=lambda each: order[each.columns[0]])
    return tuple(_error(table, each) for each in errors) + ((_warning(table, warnings),) if warnings else ())


def _significant(table: Table) -> list[Purity]:
    """The pure states of all columns that do not come by chance."""
    rows = purity.evidence_rows(table)
    outcomes = [Outcome(each.name, each.rows[rows]) for each in _outcomes(table)]
    outcomes = [each for each in outcomes if 0 < each.rows.mean() <= COMMON]
    tests, pure = 0, []
    for view in views.of_columns(table) if outcomes else ():
        of_view, tried = purity.of_view(view, outcomes, rows)
        pure += of_view
        tests += tried
    return [each for each in pure if each.p * tests < P]


def _outcomes(table: Table) -> list[Outcome]:
    y = table.y
    labels = table.frame[table.target]
    if table.kind != "regression":
        return [Outcome(f"is {labels.iloc[int(np.argmax(y == code))]}", y == code) for code in np.unique(y)]
    values, counts = np.unique(y, return_counts=True)
    commonest = values[counts.argmax()]
    if counts.max() < COMMONEST * len(y):
        return []  # only a value that repeats can be told by a state: zero claims, a capped price
    return [Outcome(f"is {commonest:g}", y == commonest), Outcome(f"is not {commonest:g}", y != commonest)]


def _is_error(each: Purity) -> bool:
    """Whether an honest column is hardly so."""
    if each.state.sort == "gap" or (each.state.sort == "value" and each.rate >= EXACT):
        return True
    if each.state.sort == "word":
        return each.rate >= EXACT and each.lift >= ALONE and each.recall >= WORD
    alone = each.alone and each.recall <= MOST
    return each.rate >= EXACT and each.lift >= (ALONE if alone else RARE)


def _is_warning(each: Purity) -> bool:
    """Whether it is worth a question, and no other check asks it: of a text, or of a column that tells all."""
    return each.lift >= LIFT and each.state.sort != "word" and each.strength < STRONG


def _error(table: Table, each: Purity) -> Finding:
    named = " and ".join(f"'{name}'" for name in each.columns)
    return Finding(
        check=CHECK,
        severity="error",
        columns=each.columns,
        message=f"where {_state(each)} ({each.rows:,} rows), '{table.target}' {each.outcome} in "
        f"{each.rate:.1%} of them, against {each.base:.1%} of all rows.",
        meaning="A value that is there, or zero, for one outcome only was most likely written down after the outcome.",
        remedy=f"Declare {named} as post_outcome; if truly known beforehand: {waiver_hint(CHECK, each.columns[0])}.",
        evidence=_evidence(each),
    )


def _warning(table: Table, warnings: list[Purity]) -> Finding:
    worst = warnings[0]
    others = f" So has a value of {_listed(warnings[1:])}." if warnings[1:] else ""
    return Finding(
        check=CHECK,
        severity="warning",
        columns=tuple(dict.fromkeys(name for each in warnings for name in each.columns)),
        message=f"where {_state(worst)} ({worst.rows:,} rows), '{table.target}' {worst.outcome} "
        f"in {worst.rate:.1%} of them, against {worst.base:.1%} of all rows.{others}",
        meaning="Honest values can be so pure (the smell of a mushroom), and so are those written down afterwards.",
        remedy="Ask when these values are known; declare those that come after the outcome as post_outcome.",
        evidence=_evidence(worst),
    )


def _state(each: Purity) -> str:
    return f"{each.label} {'has' if each.state.sort == 'word' else 'is'} {each.state.name}"


def _listed(warnings: list[Purity]) -> str:
    shown = ", ".join(f"{each.label} ({each.state.name})" for each in warnings[:5])
    return shown + (f" and {len(warnings) - 5} more" if len(warnings) > 5 else "")


def _evidence(each: Purity) -> dict[str, float | int | str]:
    return {
        "state": each.state.name,
        "outcome": each.outcome,
        "rows": each.rows,
        "rate": each.rate,
        "base": each.base,
        "recall": each.recall,
        "p": each.p,
    }

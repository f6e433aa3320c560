"""Does one column alone tell the target? It may be excellent, or it may be the answer: the user must say which."""

from collections.abc import Iterator
from dataclasses import dataclass

from finetooth import seeds
from finetooth.leakage import single_scores, views, words
from finetooth.leakage.association import Association
from finetooth.leakage.findings import unchecked, waiver_hint
from finetooth.leakage.identifiers import columns_to_drop
from finetooth.leakage.table import Table
from finetooth.records import Finding

CHECK = "single_feature"
# Real leaks were seen at .989, .970 and .803, honest features at .987 and .960: no value of a single
# column proves a leak, so an error is kept for what leaves nothing to learn from the other columns.
ERROR = 0.999
WARNING = 0.95
LEAD = 0.10  # best minus second: a column that stands alone is worth a look (bank `duration`: .15)
# The leaks that were seen begin at .80; 4 of 9 generated honest tables (5 seeds each) had a leader of .63 to .75.
LEADER = 0.75
Z = 4.0  # null standard deviations; a small table reaches a high value by chance
ROWS = 20_000  # rows that a column is scored on
ROWS_REGRESSION = 10_000  # the same for numbers, whose trees are grown ten times as deep
ROWS_WORDS = 5_000  # rows whose words are read
FOLDS = 5
PROMISING = 0.65  # of bins, from which a tree is grown
UNORDERED = 0.03  # that levels tell more than the order of a number does; less is the luck of its bins
TREES = 10  # grown at least, for the best
MOST_TEXTS = 20  # columns of words that are vectorised


@dataclass(frozen=True, slots=True)
class Score:
    """A column, or what an encoder makes of one or two: `label` as it stands in a sentence."""

    label: str
    columns: tuple[str, ...]
    association: Association

    @property
    def value(self) -> float:
        """The out-of-fold AUC or concordance."""
        return self.association.value


def check(table: Table) -> tuple[Finding, ...]:
    """Out-of-fold AUC (concordance for numbers) of each column, and of what an encoder makes of it.

    Levels are target-encoded inside the fold, numbers go through a tree, dates also by their parts and differences,
    texts by their words and codes by their letters. What is left out as an id is a warning at most.
    """
    ranked = sorted(_scores(table), key=lambda score: -score.value)
    if not ranked:
        return (unchecked(CHECK, f"a class has fewer than 2 rows, or there are fewer than {2 * FOLDS} rows."),)
    unseen = set(columns_to_drop(table))
    best: dict[str, Score] = {}
    for score in ranked:
        if score.association.z > Z and score.value >= WARNING and not any(name in best for name in score.columns):
            best |= dict.fromkeys(score.columns, score)
    strong = list(dict.fromkeys(best.values()))
    errors = [score for score in strong if score.value >= ERROR and not unseen.issuperset(score.columns)]
    ranked = [score for score in ranked if not unseen.issuperset(score.columns)]
    findings = [_error(table, score, ranked) for score in errors]
    if others := [score for score in strong if score not in errors]:
        findings.append(_warning(table, others, ranked))
    elif not errors and ranked and _leads(ranked):
        findings.append(_leader(table, ranked))
    return tuple(findings)


def _scores(table: Table) -> list[Score]:
    rows = table.subset(ROWS_REGRESSION if table.kind == "regression" else ROWS, CHECK)
    targets = table.targets[rows]
    splits = single_scores.folds(table.kind, table.y[rows], FOLDS, seeds.seed(table.seed, "leakage", CHECK))
    if not splits:
        return []
    columns = [(f"'{name}'", (name,), table.column(name)) for name in _seen(table)] + [
        (view.label, view.columns, view.column) for view in _views(table)
    ]
    scores = [
        Score(label, names, single_scores.by_levels(table.kind, column, rows, targets, splits))
        for label, names, column in columns
    ]
    order = sorted(range(len(scores)), key=lambda place: -scores[place].value)
    for rank, place in enumerate(order):
        label, names, column = columns[place]
        if column.role in ("number", "date") and (rank < TREES or scores[place].value >= PROMISING):
            grown = single_scores.by_tree(table.kind, column, rows, targets, splits)
            repeats = single_scores.has_levels(column, rows)
            if not repeats or grown.value > scores[place].value - UNORDERED:
                scores[place] = Score(label, names, grown)
    return scores + list(_words(table))


def _seen(table: Table) -> list[str]:
    left_out = set(columns_to_drop(table))
    return [name for name in table.features if name not in left_out]


def _views(table: Table) -> Iterator[views.View]:
    yield from views.of_dates(table)
    for name in table.features:
        yield from views.last_digits(name, table.column(name))


def _words(table: Table) -> Iterator[Score]:
    """Texts by their words, and codes by their letters."""
    names = [name for name in table.features if words.has_words(table.column(name))][:MOST_TEXTS]
    if not names:
        return
    rows = table.subset(ROWS_WORDS, words.__name__)
    targets = table.targets[rows]
    splits = single_scores.folds(table.kind, table.y[rows], FOLDS, seeds.seed(table.seed, "leakage", CHECK))
    for name in names if splits else ():
        column = table.column(name)
        terms = "words" if column.role == "text" else "letters"
        yield Score(f"the {terms} of '{name}'", (name,), words.score(table.kind, column, rows, targets, splits))


def _leads(ranked: list[Score]) -> bool:
    best, second = ranked[0], _second(ranked)
    if second is None:
        return False
    return best.association.z > Z and best.value >= LEADER and best.value - second.value > LEAD


def _second(ranked: list[Score]) -> Score | None:
    """The best of other columns than those of the best."""
    return next((score for score in ranked if not set(score.columns) & set(ranked[0].columns)), None)


def _measure(table: Table) -> str:
    return "concordance" if table.kind == "regression" else "AUC"


def _top(table: Table, ranked: list[Score]) -> tuple[tuple[str, ...], ...]:
    rows = ((score.label.strip("'"), f"{score.value:.3f}", f"{score.association.z:.1f}") for score in ranked[:5])
    return (("column", f"out-of-fold {_measure(table)}", "z"), *rows)


def _evidence(score: Score, ranked: list[Score]) -> dict[str, float | int | str]:
    second = _second(ranked) if ranked else None
    return {
        "value": score.value,
        "z": score.association.z,
        "best": ranked[0].value if ranked else score.value,
        "second": 0.5 if second is None else second.value,
    }


def _error(table: Table, score: Score, ranked: list[Score]) -> Finding:
    named = " and ".join(f"'{name}'" for name in score.columns)
    return Finding(
        check=CHECK,
        severity="error",
        columns=score.columns,
        message=f"{score.label} alone predicts '{table.target}' with an out-of-fold {_measure(table)} of "
        f"{score.value:.4f}.",
        meaning="It leaves nothing to learn: most likely it is the target renamed, or known only afterwards.",
        remedy=f"Declare {named} as post_outcome or drop it; if it is truly known beforehand: "
        f"{waiver_hint(CHECK, score.columns[0])}.",
        evidence=_evidence(score, ranked),
        table=_top(table, ranked),
    )


def _warning(table: Table, strong: list[Score], ranked: list[Score]) -> Finding:
    shown = ", ".join(f"{score.label} ({score.value:.3f})" for score in strong)
    return Finding(
        check=CHECK,
        severity="warning",
        columns=tuple(dict.fromkeys(name for score in strong for name in score.columns)),
        message=f"{shown} alone: an out-of-fold {_measure(table)} of {WARNING} or more on '{table.target}'.",
        meaning="Honest columns can be this strong (a tumour's size), and so can those known only afterwards.",
        remedy="Ask when each of these values is known; declare those that come after the outcome as post_outcome.",
        evidence=_evidence(strong[0], ranked),
        table=_top(table, ranked),
    )


def _leader(table: Table, ranked: list[Score]) -> Finding:
    best, second = ranked[0], _second(ranked) or ranked[0]
    return Finding(
        check=CHECK,
        severity="warning",
        columns=best.columns,
        message=f"{best.label} alone reaches an out-of-fold {_measure(table)} of {best.value:.3f} on "
        f"'{table.target}'; the next column, {second.label}, {second.value:.3f}.",
        meaning="A column that stands far above the rest is often measured during or after the outcome.",
        remedy=f"Ask when {best.label} is known; if that is after the outcome, declare it as post_outcome.",
        evidence=_evidence(best, ranked),
        table=_top(table, ranked),
    )

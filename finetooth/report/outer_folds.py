"""Outer folds: what each search came to on the rows that it could not read."""

from finetooth.details import OuterResult
from finetooth.report import formatting
from finetooth.report.blocks import Section, TextTable
from finetooth.report.record import RunRecord, metric_of


def section(record: RunRecord) -> Section | None:
    """A table with a row a fold; None for a run that sealed one holdout."""
    verdict = record.verdict
    folds = verdict.extra.outer if verdict is not None else None
    if not folds:
        return None
    tried = sum(not fold.keeps_default for fold in folds)
    rows = sum(fold.rows for fold in folds)
    text = (
        f"The vault was rotated: each of {rows:,} rows was sealed once, in one of {len(folds)} outer folds, from a "
        f"search of its own. {tried} of {len(folds)} searches found a candidate that was clearly "
        "better than the default on fresh folds; the others kept the default. The verdict is about the procedure, and "
        "what ships is the procedure applied to all rows."
    )
    return Section("outer", "Outer folds", (text,), tables=(table(record, folds),))


def table(record: RunRecord, folds: tuple[OuterResult, ...]) -> TextTable:
    """Rows, both scores and the choice of each fold."""
    metric, places = metric_of(record), formatting.decimals(record)
    rows = tuple(
        (
            str(number),
            f"{fold.rows:,}",
            formatting.number(fold.tuned, places),
            formatting.number(fold.default, places),
            formatting.signed(metric.sign * (fold.tuned - fold.default), places),
            "the default" if fold.keeps_default else formatting.params(fold.params),
        )
        for number, fold in enumerate(folds, start=1)
    )
    header = ("fold", "sealed rows", f"tuned {metric.title}", "default", "gain", "chosen by its search")
    return TextTable(header, rows, numeric=frozenset({0, 1, 2, 3, 4}))

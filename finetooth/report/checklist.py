"""The checklist of a study (REFORMS, and a taxonomy of leakage), answered for this run.

Sources: REFORMS (Kapoor et al. 2024, Science Advances 10, eadk3452), of which the items are shortened here, and the
taxonomy of leakage of Kapoor and Narayanan (2023, Patterns 4, 100804), numbered L1 to L3.
"""

from collections.abc import Mapping
from typing import Any

from finetooth.records import Finding
from finetooth.report import formatting
from finetooth.report.blocks import Badge, Cell, Section, TextTable
from finetooth.report.record import RunRecord, checks, default_digest, findings, last_search, metric_of
from finetooth.verdict.cautions import TITLES, drawn
from finetooth.verdict.numerals import enumerated
from finetooth.verdict.sentence import more_units

Row = tuple[Cell, ...]
INFO_RANK = 3  # the rank of findings that neither stop nor warn

# (number, question, checks that bear on it)
LEAKAGE = (
    ("L1.1", "No test set", ("row_ids", "early_stopping")),
    ("L1.2", "Pre-processing on training and test set", ("footprint", "target_encoding", "scramble")),
    ("L1.3", "Feature selection on training and test set", ("scramble",)),
    ("L1.4", "Duplicates in the data", ("exact_duplicates", "near_duplicates", "repeated_rows")),
    (
        "L2",
        "Features that are not legitimate",
        ("single_feature", "state_purity", "target_function", "missingness", "ids"),
    ),
    ("L3.1", "Temporal leakage", ("time", "row_order")),
    (
        "L3.2",
        "Training and test samples depend on each other",
        ("declared_group", "undeclared_group", "row_order", "subset", "fold_reuse"),
    ),
    ("L3.3", "Sampling bias in the test distribution", ("shift",)),
)
FOR_A_PERSON = (
    ("1a-1c", "The population that the claim is about, and why machine learning is used"),
    ("3a-3c, 3g", "Where the rows come from, how they were sampled, and whether they represent that population"),
    ("4a-4c", "Rows that were excluded or corrupt, and what was transformed, before the table reached this run"),
    ("5b", "Why this kind of model was chosen"),
    ("6c", "Whether each feature would be known at the time of prediction"),
    ("8a, 8b", "Evidence that the result holds elsewhere, and where it would not"),
)


def section(record: RunRecord) -> Section:
    """One row an item: declared, checked, found, waived, or not checkable by a program."""
    text = (
        "Items of REFORMS and of Kapoor and Narayanan's taxonomy of leakage. "
        "Declared: said in the configuration. Checked: tested in this run, as far as rows can show it; to find nothing "
        "is no proof that nothing is there. Waived: found and accepted, with the reason given. "
        "Not checkable: only a person can answer."
    )
    tables = (
        _table("Leakage (Kapoor and Narayanan 2023)", [_check_row(record, *item) for item in LEAKAGE]),
        _table("Leakage, as declared (REFORMS 6)", _declarations(record)),
        _table("Data and reproducibility (REFORMS 2 and 3)", _reproducibility(record)),
        _table("Modelling, metrics and uncertainty (REFORMS 5 and 7)", _modelling(record)),
        _table(
            "For a person to answer", [_row(number, question, "not checkable", "") for number, question in FOR_A_PERSON]
        ),
    )
    return Section("checklist", "Checklist", (text,), tables=tables)


def _table(caption: str, rows: list[Row]) -> TextTable:
    return TextTable(("Item", "Question", "Status", "In this run"), tuple(rows), caption)


_TONES: dict[str, Any] = {"checked": "good", "declared": "accent", "waived": "warn", "warning": "warn", "found": "bad"}


def _row(number: str, question: str, status: str, evidence: str) -> Row:
    return number, question, Badge(status, _TONES.get(status, "plain")), evidence


def _check_row(record: RunRecord, number: str, question: str, check_names: tuple[str, ...]) -> Row:
    relevant = [finding for finding in findings(record) if finding.check in check_names]
    ranked = sorted((finding for finding in relevant if _rank(finding) < INFO_RANK), key=_rank)
    if ranked:
        crashed = ranked[0].stops and ranked[0].message.startswith("not checked")
        status = "not checked" if crashed else ("found", "waived", "warning")[_rank(ranked[0])]
        waiver = f" Waived: {ranked[0].waiver.reason}" if ranked[0].waiver else ""
        others = f" {formatting.count(len(ranked) - 1, 'more finding')} above." if len(ranked) > 1 else ""
        return _row(number, question, status, f"{ranked[0].message}{waiver}{others}")
    not_run = {finding.check: finding.message for finding in relevant if finding.message.startswith("not checked")}
    ran = [name for name in check_names if name in checks(record) and name not in not_run and _applies(record, name)]
    limits = [f"{name}: {message}" for name, message in not_run.items()] + _limits(record, number)
    parts = [_sealed(record)] if number == "L1.1" and record.verdict is not None else []
    parts += [f"nothing found by {', '.join(ran)}"] if ran else []
    if not parts:
        return _row(number, question, "not checked" if checks(record) else "not recorded", "; ".join(limits))
    return _row(number, question, "checked in part" if limits else "checked", "; ".join(parts + limits))


def _sealed(record: RunRecord) -> str:
    verdict = record.verdict
    if verdict is None:
        return ""
    opened = formatting.count(verdict.vault_openings, "opening")
    return f"{formatting.count(verdict.holdout_rows, 'row')} sealed before the search; {opened}"


def _applies(record: RunRecord, check: str) -> bool:
    """Whether a check that ran had anything to test, given the declared group and time."""
    grouped, timed = (_setting(record.config, "split", name) is not None for name in ("group", "time"))
    nothing_to_check = {"declared_group": not grouped, "undeclared_group": grouped or timed, "row_order": timed}
    return not nothing_to_check.get(check, False)


def _limits(record: RunRecord, number: str) -> list[str]:
    """Sentences on what could not be checked, since it was not declared or came before this run."""
    grouped, timed = (_setting(record.config, "split", name) is not None for name in ("group", "time"))
    if number == "L1.3" and "scramble" not in checks(record):
        return ["columns that were chosen before the table reached this run do not show; the run itself chooses none"]
    if number == "L3.1" and not timed:
        return ["no time is declared: columns of dates and an order of the file are all that could show"]
    if number == "L3.2" and not grouped:
        return ["no group is declared" + (", and under a split by time none is looked for" if timed else "")]
    return []


def _rank(finding: Finding) -> int:
    """0 for a finding that stops the run, 1 for a waived one, 2 for a warning, 3 for information."""
    if finding.stops:
        return 0
    if finding.waiver is not None:
        return 1
    return 2 if finding.severity == "warning" else INFO_RANK


def _setting(config: Mapping[str, Any], *path: str) -> Any:
    """A value of the configuration, None when it is absent or empty."""
    value: Any = config
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value if value not in ("", (), [], {}) else None


def _declared_row(number: str, question: str, value: Any, text: str = "{}") -> Row:
    if value is None:
        return _row(number, question, "not declared", "")
    shown = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return _row(number, question, "declared", text.format(shown))


def _declarations(record: RunRecord) -> list[Row]:
    config = record.config
    holdout = _setting(config, "split", "holdout")
    return [
        _declared_row("6a", "Training and test rows are kept apart in all steps", holdout, "share of rows sealed: {}"),
        _declared_row("6b", "Rows that belong together", _setting(config, "split", "group"), "group column {}"),
        _declared_row("6b", "The order of time", _setting(config, "split", "time"), "time column {}"),
        _declared_row("6b", "How long a label takes to be known", _setting(config, "split", "horizon"), "horizon {}"),
        _declared_row(
            "6c", "Columns known only afterwards", _setting(config, "leakage", "post_outcome"), "left out: {}"
        ),
    ]


def _reproducibility(record: RunRecord) -> list[Row]:
    data, lineage = record.data, record.lineage
    size = f"{data.rows:,} development rows, {data.columns:,} features" if data else None
    if size and record.verdict:
        size += f"; {record.verdict.holdout_rows:,} sealed rows"
    fingerprint = (data.fingerprint if data else None) or lineage.get("fingerprint")
    code = lineage.get("code") or formatting.flat(lineage.get("versions") or {}).get("finetooth")
    return [
        _declared_row("2a", "The data set, identified", fingerprint, "fingerprint {}"),
        _declared_row("2b", "The code and its versions", code, "finetooth {}"),
        _declared_row("2c", "The computing infrastructure", lineage.get("machine")),
        _declared_row("2e", "A script that gives the results again", "settings", "see 'To repeat this run'"),
        _declared_row("3d", "The outcome variable", data.target if data else _setting(record.config, "data", "target")),
        _declared_row("3e", "Number of samples", size),
        _check_row(record, "3f", "Whether values are missing tells the outcome", ("missingness",)),
    ]


def _modelling(record: RunRecord) -> list[Row]:
    compared = record.verdict is not None
    baseline = "the library's default parameters, trial 0 of the search" if default_digest(record) else None
    yardsticks = (record.verdict.extra.yardsticks if record.verdict else None) or ()
    if baseline and yardsticks:
        names = [TITLES[each.name].lower() for each in yardsticks]
        baseline += f", and {enumerated(names, len(names))}, on the same sealed rows"
    status = "checked" if compared else "not checked"
    return [
        _declared_row("5a", "The model", _setting(record.config, "model", "name")),
        _declared_row("5c", "How it is evaluated", _folds(record)),
        _declared_row("5d, 5e", "How hyperparameters were selected", _search(record)),
        _row("5f", "Compared with a baseline", "checked" if compared and baseline else "not checked", baseline or ""),
        _declared_row("7a", "The metric", metric_of(record).title),
        _row("7b", "Uncertainty of the result", status, _interval(record)),
        _row("7c", "The statistical test, and what it assumes", status, _assumptions(record)),
    ]


def _folds(record: RunRecord) -> str | None:
    search_folds = sorted({trial.fidelity.folds for trial in last_search(record)})
    if not search_folds:
        return None
    repeats, folds = (_setting(record.config, "replicate", name) for name in ("repeats", "folds"))
    confirmation = f"{repeats} x {folds} fresh folds for the finalists, " if repeats and folds else ""
    return f"{' or '.join(map(str, search_folds))} folds in the search, {confirmation}sealed rows at the end"


def _unit(record: RunRecord) -> str:
    """The unit that the final interval resamples: groups, periods, different rows or rows."""
    if record.verdict is not None and drawn(record.verdict)[0] != "row":
        return more_units(record.verdict)
    if (group := _setting(record.config, "split", "group")) is not None:
        return f"groups of {group}"
    return "periods" if _setting(record.config, "split", "time") is not None else "rows"


def _interval(record: RunRecord) -> str:
    verdict = record.verdict
    if verdict is None:
        return ""
    paired = formatting.count(verdict.seeds, "paired seed")
    return f"{verdict.interval_name}, two-way bootstrap over {_unit(record)} and {paired}"


def _assumptions(record: RunRecord) -> str:
    verdict = record.verdict
    if verdict is None:
        return ""
    return (
        f"the interval of the gain against {verdict.min_gain:.4g}, the smallest that matters; it takes the sealed "
        f"{_unit(record)} for independent draws of what will come, and speaks of this table's population alone"
    )


def _search(record: RunRecord) -> str | None:
    parts = [
        f"{stage}: {_setting(record.config, stage, 'trials')} trials, {_setting(record.config, stage, 'method')}"
        for stage in ("coarse", "refine")
        if _setting(record.config, stage, "trials")
    ]
    return "; ".join(parts) or None

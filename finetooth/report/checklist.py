"""What a reader of a study asks, in the field's own words, and what this run can answer.

Sources: REFORMS (Kapoor et al. 2024, Science Advances 10, eadk3452), of which the items are shortened here, and the
taxonomy of leakage of Kapoor and Narayanan (2023, Patterns 4, 100804), numbered L1 to L3.
"""

from collections.abc import Mapping
from typing import Any

from finetooth.records import Finding
from finetooth.report import words
from finetooth.report.blocks import Badge, Cell, Section, Table
from finetooth.report.content import RunRecord, checks, default_digest, findings, metric_of

Row = tuple[Cell, ...]

# (number, question, parts of the names of the checks that answer it)
LEAKAGE = (
    ("L1.1", "No test set", ("row_ids", "no_split", "split_disjoint", "disjoint", "sealed", "early_stopping")),
    ("L1.2", "Pre-processing on training and test set", ("preprocess", "footprint", "target_encoding", "scramble")),
    ("L1.3", "Feature selection on training and test set", ("scramble", "selection", "fitted")),
    ("L1.4", "Duplicates in the data", ("duplicate",)),
    ("L2", "Features that are not legitimate", ("single_feature", "purity", "function", "missingness", "ids", "id_")),
    ("L3.1", "Temporal leakage", ("time", "temporal")),
    ("L3.2", "Training and test samples depend on each other", ("group", "row_order", "order", "subset", "fold")),
    ("L3.3", "Sampling bias in the test distribution", ("shift",)),
)
FOR_A_PERSON = (
    ("1a-1c", "The population that the claim is about, and why machine learning is used"),
    ("3a-3c, 3g", "Where the rows come from, how they were sampled, and whether they represent that population"),
    ("4a, 4b", "Rows that were excluded or corrupt before the table reached this run"),
    ("6c", "Whether each feature would be known at the time of prediction"),
    ("8a, 8b", "Evidence that the result holds elsewhere, and where it would not"),
)


def section(record: RunRecord) -> Section:
    """One row an item: declared, checked, found, waived, or not checkable by a program."""
    text = (
        "Items of REFORMS and of Kapoor and Narayanan's taxonomy of leakage. "
        "Declared: said in the configuration. Checked: tested in this run. Waived: found and accepted, with the "
        "reason given. Not checkable: only a person can answer."
    )
    tables = (
        _table("Leakage (Kapoor and Narayanan 2023)", [_checked(record, *item) for item in LEAKAGE]),
        _table("Leakage, as declared (REFORMS 6)", _declarations(record)),
        _table("Data and reproducibility (REFORMS 2 and 3)", _reproducibility(record)),
        _table("Modelling, metrics and uncertainty (REFORMS 5 and 7)", _modelling(record)),
        _table("For a person to answer", [_row(number, what, "not checkable", "") for number, what in FOR_A_PERSON]),
    )
    return Section("checklist", "Checklist", (text,), tables=tables)


def _table(caption: str, rows: list[Row]) -> Table:
    return Table(("Item", "Question", "Status", "In this run"), tuple(rows), caption)


_TONES: dict[str, Any] = {"checked": "good", "declared": "accent", "waived": "warn", "warning": "warn", "found": "bad"}


def _row(number: str, what: str, status: str, evidence: str) -> Row:
    return number, what, Badge(status, _TONES.get(status, "plain")), evidence


def _checked(record: RunRecord, number: str, what: str, parts: tuple[str, ...]) -> Row:
    hits = [f for f in findings(record) if _named(f.check, parts)]
    ran = [name for name in checks(record) if _named(name, parts)]
    worst = min(hits, key=_rank, default=None)
    if worst is not None and _rank(worst) < 3:
        status = ("found", "waived", "warning")[_rank(worst)]
        said = f" Waived: {worst.waiver.reason}" if worst.waiver else ""
        return _row(number, what, status, worst.message + said)
    blind = [finding for finding in hits if finding.message.startswith("not checked")]
    if blind and len(blind) == len(hits):
        return _row(number, what, "not checked", "; ".join(f"{finding.check}: {finding.message}" for finding in blind))
    if hits or ran:
        names = dict.fromkeys([*ran, *(finding.check for finding in hits)])
        return _row(number, what, "checked", f"nothing found by {', '.join(names)}")
    if number == "L1.1" and record.verdict is not None:
        sealed = words.count(record.verdict.holdout_rows, "row")
        opened = words.count(record.verdict.vault_openings, "opening")
        return _row(number, what, "checked", f"{sealed} sealed before the search; {opened}")
    return _row(number, what, "not checked" if checks(record) else "not recorded", "")


def _rank(finding: Finding) -> int:
    """What stops comes first, then what was waived, then warnings."""
    if finding.stops:
        return 0
    if finding.waiver is not None:
        return 1
    return 2 if finding.severity == "warning" else 3


def _named(check: str, parts: tuple[str, ...]) -> bool:
    plain = check.lower().replace("-", "_").replace(" ", "_")
    return any(part in plain for part in parts)


def _said(config: Mapping[str, Any], *path: str) -> Any:
    """A value of the configuration, None when it is absent or empty."""
    held: Any = config
    for key in path:
        held = held.get(key) if isinstance(held, Mapping) else None
    return held if held not in ("", (), [], {}) else None


def _declared(number: str, what: str, held: Any, text: str = "{}") -> Row:
    if held is None:
        return _row(number, what, "not declared", "")
    plain = ", ".join(map(str, held)) if isinstance(held, list | tuple) else str(held)
    return _row(number, what, "declared", text.format(plain))


def _declarations(record: RunRecord) -> list[Row]:
    config = record.config
    holdout = _said(config, "split", "holdout")
    return [
        _declared("6a", "Training and test rows are kept apart in all steps", holdout, "share of rows sealed: {}"),
        _declared("6b", "Rows that belong together", _said(config, "split", "group"), "group column {}"),
        _declared("6b", "The order of time", _said(config, "split", "time"), "time column {}"),
        _declared("6b", "How long a label takes to be known", _said(config, "split", "horizon"), "horizon {}"),
        _declared("6c", "Columns known only afterwards", _said(config, "leakage", "post_outcome"), "left out: {}"),
    ]


def _reproducibility(record: RunRecord) -> list[Row]:
    data, lineage = record.data, record.lineage
    size = f"{data.rows:,} development rows, {data.columns:,} features" if data else None
    fingerprint = (data.fingerprint if data else None) or lineage.get("fingerprint")
    versions = words.flat(lineage.get("versions") or {})
    return [
        _declared("2a", "The data set, identified", fingerprint, "fingerprint {}"),
        _declared("2b", "The code and its versions", versions.get("finetooth"), "finetooth {}"),
        _declared("2c", "The computing infrastructure", lineage.get("machine")),
        _declared("2e", "A script that gives the results again", "settings", "see 'To repeat this run'"),
        _declared("3d", "The outcome variable", data.target if data else _said(record.config, "data", "target")),
        _declared("3e", "Number of samples", size),
    ]


def _modelling(record: RunRecord) -> list[Row]:
    verdict = record.verdict
    baseline = "the library's default parameters, trial 0 of the search" if default_digest(record) else None
    interval = f"two-way bootstrap, {words.count(verdict.seeds, 'paired seed')}" if verdict else None
    checked = verdict is not None
    rows = [
        _declared("5a", "The model", _said(record.config, "model", "name")),
        _declared("5c", "How it is evaluated", _folds(record)),
        _declared("5d, 5e", "How hyperparameters were selected", _search(record)),
        _row("5f", "Compared with a baseline", "checked" if checked and baseline else "not checked", baseline or ""),
        _declared("7a", "The metric", metric_of(record).title),
        _row("7b", "Uncertainty of the result", "checked" if checked else "not checked", interval or ""),
    ]
    gain = f"interval against the smallest gain that matters, {verdict.min_gain:.4g}" if verdict else ""
    rows.append(_row("7c", "The statistical test, and what it assumes", "checked" if checked else "not checked", gain))
    return rows


def _folds(record: RunRecord) -> str | None:
    folds = _said(record.config, "refine", "folds")
    return f"{folds} folds in the search, fresh folds for the finalists, sealed rows at the end" if folds else None


def _search(record: RunRecord) -> str | None:
    parts = [
        f"{stage}: {_said(record.config, stage, 'trials')} trials, {_said(record.config, stage, 'method')}"
        for stage in ("coarse", "refine")
        if _said(record.config, stage, "trials")
    ]
    return "; ".join(parts) or None

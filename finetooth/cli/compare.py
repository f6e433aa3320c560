"""Two runs, or versions of models, side by side: only what differs, and whether their scores may be compared at all."""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from finetooth.cli.run_summary import Judgement, RunSummary, summarize
from finetooth.metrics import METRICS

_DIGITS = 8  # of a fingerprint
_NONE = "-"


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs, each with both values: `settings` of the configuration by their full names, `params` by name.

    `settings` is None when one of the two does not tell its own. `same_rows` says whether both were judged on the same
    sealed rows, `comparable` whether their scores may be compared, and `why` says it in words.
    """

    left: RunSummary
    right: RunSummary
    settings: Mapping[str, tuple[Any, Any]] | None
    params: Mapping[str, tuple[Any, Any]]
    same_rows: bool
    comparable: bool
    why: str

    def as_json(self) -> str:
        """The same for machines."""
        values = {
            "sides": [_summary_values(summary) for summary in (self.left, self.right)],
            "settings": self.settings,
            "params": self.params,
            "same_sealed_rows": self.same_rows,
            "comparable": self.comparable,
            "why": self.why,
        }
        return json.dumps(_plain(values), allow_nan=False)


def compare(left: str, right: str, runs: str, location: str) -> Comparison:
    """Compare two runs of a folder, or versions of models in a registry. `InputError` when one is not there."""
    return compare_summaries(summarize(left, runs, location), summarize(right, runs, location))


def compare_summaries(left: RunSummary, right: RunSummary) -> Comparison:
    """The comparison of two runs or versions."""
    settings = None
    if left.settings is not None and right.settings is not None:
        settings = dict(differences(left.settings, right.settings))
    same, comparable, why = _comparability(left, right)
    return Comparison(left, right, settings, dict(differences(left.params, right.params)), same, comparable, why)


def differences(left: Mapping[str, Any], right: Mapping[str, Any], head: str = "") -> Iterator[tuple[str, Any]]:
    """What two nested mappings hold differently: `section.key` and both values, None where it is missing."""
    for name in dict.fromkeys((*left, *right)):
        first, second = left.get(name), right.get(name)
        if isinstance(first, Mapping) and isinstance(second, Mapping):
            yield from differences(first, second, f"{head}{name}.")
        elif first != second:
            yield f"{head}{name}", (first, second)


def comparison_table(comparison: Comparison) -> RenderableType:
    """The comparison for people: a row each, and below it whether the scores may be compared."""
    out = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("", comparison.left.name, comparison.right.name):
        out.add_column(name, overflow="fold")
    for row in _rows(comparison):
        out.add_row(*map(Text, row))
    notes = [Text(""), Text(comparison.why)]
    if comparison.settings is None:
        unknown = " and ".join(run.name for run in (comparison.left, comparison.right) if run.settings is None)
        notes.append(Text(f"The configuration of {unknown} was not kept, so it is not compared."))
    return Group(out, *notes)


def _rows(comparison: Comparison) -> Iterator[tuple[str, str, str]]:
    runs = comparison.left, comparison.right
    for name, cells in (
        ("flow", [run.flow for run in runs]),
        ("table", [run.source for run in runs]),
        ("data", [run.fingerprint[:_DIGITS] for run in runs]),
        ("code", [run.code for run in runs]),
        ("method", [run.method for run in runs]),
        ("trials", [_text(run.trials) for run in runs]),
        ("seconds", [_text(run.seconds) for run in runs]),
        ("search score", [_text(run.search_score) for run in runs]),
    ):
        yield name, cells[0] or _NONE, cells[1] or _NONE
    left, right = (_judgement_cells(run.judgement) for run in runs)
    yield from ((name, left[name], right[name]) for name in left)
    for head, pairs in (("set ", comparison.settings or {}), ("best ", comparison.params)):
        yield from ((f"{head}{name}", _text(pair[0]), _text(pair[1])) for name, pair in pairs.items())


def _judgement_cells(judgement: Judgement | None) -> dict[str, str]:
    names = ("verdict", "metric", "tuned", "compared with", "gain", "interval", "sealed rows", "openings")
    if judgement is None:
        return dict.fromkeys(names, _NONE)
    values = (
        judgement.label,
        judgement.metric,
        _text(judgement.tuned),
        f"{_text(judgement.other)} ({judgement.against})",
        f"{judgement.difference:+.4g}",
        f"[{judgement.low:+.4g}, {judgement.high:+.4g}]",
        _text(judgement.rows),
        _text(judgement.openings),
    )
    return dict(zip(names, values, strict=True))


def _comparability(left: RunSummary, right: RunSummary) -> tuple[bool, bool, str]:
    """Whether both were judged on the same sealed rows, whether their scores may be compared, and why."""
    first, second = left.judgement, right.judgement
    if first is None or second is None:
        unjudged = " and ".join(run.name for run in (left, right) if run.judgement is None)
        return False, False, f"Scores must not be compared: {unjudged} was not judged on sealed rows."
    # The fingerprint names the content, the split and its seed; a retraining leaves out rows that its champion knows.
    same = bool(left.fingerprint) and (left.fingerprint, first.rows) == (right.fingerprint, second.rows)
    if not same:
        return False, False, "Scores must not be compared: the two were judged on different sealed rows."
    if first.metric != second.metric:
        return True, False, f"Scores must not be compared: one is {first.metric}, the other {second.metric}."
    lead = METRICS[first.metric].sign * (second.tuned - first.tuned)
    better = right if lead > 0 else left
    score = f"{better.name} scores better by {abs(lead):.4g}" if lead else "they score the same"
    luck = "Each interval is against its own default or champion, none for one against the other: a small difference "
    return True, True, f"Both were judged on the same {first.rows} sealed rows, where {score}. {luck}may be luck."


def _summary_values(summary: RunSummary) -> dict[str, Any]:
    """A run or version for machines; `judged` is how it was judged."""
    values = asdict(summary)
    names = {"judgement": "judged"}
    return {names.get(name, name): value for name, value in values.items() if name != "settings"} | {
        "method": summary.method
    }


def _text(value: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return _NONE
    return f"{value:.5g}" if isinstance(value, float) else str(value)


def _plain(value: Any) -> Any:
    """The value as JSON can hold it: an unknown number is null."""
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value

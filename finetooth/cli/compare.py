"""Two runs, or versions of models, side by side: only what differs, and whether their scores may be compared at all."""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from finetooth.cli.compare_sides import Judged, Side, side
from finetooth.metrics import METRICS

_DIGITS = 8  # of a fingerprint
_NONE = "-"


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs, each with both values: `settings` of the configuration by their full names, `params` by name.

    `settings` is None when one of the two does not tell its own. `same_rows` says whether both were judged on the same
    sealed rows, `comparable` whether their scores may be compared, and `why` says it in words.
    """

    left: Side
    right: Side
    settings: Mapping[str, tuple[Any, Any]] | None
    params: Mapping[str, tuple[Any, Any]]
    same_rows: bool
    comparable: bool
    why: str

    def as_json(self) -> str:
        """The same for machines."""
        sides = [asdict(one) | {"method": one.method} for one in (self.left, self.right)]
        values = {
            "sides": [{name: held for name, held in one.items() if name != "settings"} for one in sides],
            "settings": self.settings,
            "params": self.params,
            "same_sealed_rows": self.same_rows,
            "comparable": self.comparable,
            "why": self.why,
        }
        return json.dumps(_plain(values), allow_nan=False)


def compare(left: str, right: str, runs: str, location: str) -> Comparison:
    """Compare two runs of a folder, or versions of models in a registry. `InputError` when one is not there."""
    return compared(side(left, runs, location), side(right, runs, location))


def compared(left: Side, right: Side) -> Comparison:
    """The comparison of two sides."""
    settings = None
    if left.settings is not None and right.settings is not None:
        settings = dict(differing(left.settings, right.settings))
    same, comparable, why = _judgement(left, right)
    return Comparison(left, right, settings, dict(differing(left.params, right.params)), same, comparable, why)


def differing(left: Mapping[str, Any], right: Mapping[str, Any], head: str = "") -> Iterator[tuple[str, Any]]:
    """What two nested mappings hold differently: `section.key` and both values, None where it is missing."""
    for name in dict.fromkeys((*left, *right)):
        ours, theirs = left.get(name), right.get(name)
        if isinstance(ours, Mapping) and isinstance(theirs, Mapping):
            yield from differing(ours, theirs, f"{head}{name}.")
        elif ours != theirs:
            yield f"{head}{name}", (ours, theirs)


def table(made: Comparison) -> RenderableType:
    """The comparison for people: a row each, and below it whether the scores may be compared."""
    out = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("", made.left.name, made.right.name):
        out.add_column(name, overflow="fold")
    for name, ours, theirs in _rows(made):
        out.add_row(Text(name), Text(ours), Text(theirs))
    said = [Text(""), Text(made.why)]
    if made.settings is None:
        unknown = " and ".join(one.name for one in (made.left, made.right) if one.settings is None)
        said.append(Text(f"The configuration of {unknown} was not kept, so it is not compared."))
    return Group(out, *said)


def _rows(made: Comparison) -> Iterator[tuple[str, str, str]]:
    sides = made.left, made.right
    for name, told in (
        ("flow", [one.flow for one in sides]),
        ("table", [one.source for one in sides]),
        ("data", [one.fingerprint[:_DIGITS] for one in sides]),
        ("code", [one.code for one in sides]),
        ("method", [one.method for one in sides]),
        ("trials", [_said(one.trials) for one in sides]),
        ("seconds", [_said(one.seconds) for one in sides]),
        ("search score", [_said(one.search_score) for one in sides]),
    ):
        yield name, told[0] or _NONE, told[1] or _NONE
    ours, theirs = (_judged(one.judged) for one in sides)
    yield from ((name, ours[name], theirs[name]) for name in ours)
    for head, found in (("set ", made.settings or {}), ("best ", made.params)):
        yield from ((f"{head}{name}", _said(pair[0]), _said(pair[1])) for name, pair in found.items())


def _judged(found: Judged | None) -> dict[str, str]:
    names = ("verdict", "metric", "tuned", "compared with", "gain", "interval", "sealed rows", "openings")
    if found is None:
        return dict.fromkeys(names, _NONE)
    values = (
        found.label,
        found.metric,
        _said(found.tuned),
        f"{_said(found.other)} ({found.against})",
        f"{found.difference:+.4g}",
        f"[{found.low:+.4g}, {found.high:+.4g}]",
        _said(found.rows),
        _said(found.openings),
    )
    return dict(zip(names, values, strict=True))


def _judgement(left: Side, right: Side) -> tuple[bool, bool, str]:
    """Whether both were judged on the same sealed rows, whether their scores may be compared, and why."""
    ours, theirs = left.judged, right.judged
    if ours is None or theirs is None:
        unjudged = " and ".join(one.name for one in (left, right) if one.judged is None)
        return False, False, f"Scores must not be compared: {unjudged} was not judged on sealed rows."
    # The fingerprint names the content, the split and its seed; a retraining leaves out rows that its champion knows.
    same = bool(left.fingerprint) and (left.fingerprint, ours.rows) == (right.fingerprint, theirs.rows)
    if not same:
        return False, False, "Scores must not be compared: the two were judged on different sealed rows."
    if ours.metric != theirs.metric:
        return True, False, f"Scores must not be compared: one is {ours.metric}, the other {theirs.metric}."
    lead = METRICS[ours.metric].sign * (theirs.tuned - ours.tuned)
    first = right if lead > 0 else left
    said = f"{first.name} scores better by {abs(lead):.4g}" if lead else "they score the same"
    luck = "Each interval is against its own default or champion, none for one against the other: a small difference "
    return True, True, f"Both were judged on the same {ours.rows} sealed rows, where {said}. {luck}may be luck."


def _said(value: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return _NONE
    return f"{value:.5g}" if isinstance(value, float) else str(value)


def _plain(value: Any) -> Any:
    """The value as JSON can hold it: an unknown number is null."""
    if isinstance(value, Mapping):
        return {name: _plain(held) for name, held in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(held) for held in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value

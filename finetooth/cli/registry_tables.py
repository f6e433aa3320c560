"""The registry as a person or a script sees it, and the changes that they may make to it."""

import json
import math
from dataclasses import dataclass
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from finetooth.config.tune import TrackingConfig
from finetooth.errors import FinetoothError, InputError, one_line, unknown
from finetooth.records import to_json
from finetooth.registry.register_run import register_run
from finetooth.registry.registry import Registry, Version
from finetooth.registry.version import check_name
from finetooth.runs.run import find_run, list_runs

_DIGITS = 8  # of a fingerprint


@dataclass(frozen=True, slots=True)
class Promotion:
    """The champion after a change, the version that it replaced, and the MLflow server that shows either, if any."""

    champion: Version
    replaced: int | None
    server: str | None = None

    def __str__(self) -> str:
        was = "the first one" if self.replaced is None else f"before: version {self.replaced}"
        if self.replaced == self.champion.number:
            was = "as before"
        return f"champion of '{self.champion.model}': version {self.champion.number} ({was})"

    def as_json(self) -> str:
        """The same for machines."""
        return json.dumps({"model": self.champion.model, "champion": self.champion.number, "replaced": self.replaced})


def promote_version(model: str, number: int, location: str, reason: str) -> Promotion:
    """Make a registered version the champion."""
    registry = Registry(location)
    return _promote(registry, registry.version(model, number), reason)


def promote_run(name: str, folder: str, model: str | None, location: str | None, reason: str) -> Promotion:
    """Register a run's model under `model`, or the name that the run has for it, and make it the champion."""
    try:
        run = find_run(name, folder)
    except InputError:
        _check_version_given(name, Registry(location or "models"), [run.folder.name for run in list_runs(folder)])
        raise
    model_name = model or run.config.registry.model or run.config.name
    check_name(model_name)
    registry = Registry(location or run.config.registry.location)
    champion = registry.champion(model_name)
    version = register_run(registry, model_name, run, None if champion is None else champion.number)
    return _promote(registry, version, reason)


def _check_version_given(name: str, registry: Registry, runs: list[str]) -> None:
    """A model without a version is no run: say what is missing."""
    numbers = ", ".join(str(version.number) for version in registry.versions(name)) if name in registry.models() else ""
    if numbers:
        raise InputError(
            f"a version of '{name}' must be named; it has: {numbers}; type: finetooth promote {name} VERSION"
        )
    raise unknown("run or model", name, "the folder of runs and the registry", [*runs, *registry.models()])


def _promote(registry: Registry, version: Version, reason: str) -> Promotion:
    if version.label == "INVALID" and not reason:
        raise InputError(
            f"a version whose verdict is INVALID must have a reason to be promoted; version {version.number} of "
            f"'{version.model}' has that verdict; give one with --reason, or promote another version."
        )
    before = registry.champion(version.model)
    number = None if before is None else before.number
    return _promotion_of(registry.promote(version.model, version.number, number, reason), before)


def roll_back(model: str, location: str, reason: str) -> Promotion:
    """Bring the previous champion back."""
    registry = Registry(location)
    before = registry.champion(model)
    return _promotion_of(registry.rollback(model, reason), before)


def _promotion_of(champion: Version, before: Version | None) -> Promotion:
    servers = [version.lineage.get("mlflow") for version in (champion, before) if version is not None]
    server = next((uri for uri in servers if uri is not None), None)
    return Promotion(champion, None if before is None else before.number, server)


def follow(promotion: Promotion, uri: str) -> None:
    """Let the aliases on an MLflow server follow a change. Raises `InputError` when it has no such version."""
    from finetooth import tracking

    champion = promotion.champion
    tracking.senders(TrackingConfig(mlflow=uri))  # whether it is installed, and answers
    from finetooth.tracking import mlflow_server

    try:
        followed = mlflow_server.update_aliases(uri, champion.model, champion.number, promotion.replaced)
    except Exception as error:  # whatever MLflow raises, the promotion stands
        answer = one_line(error, 300)
        raise FinetoothError(f"the MLflow server must let its aliases follow; {uri} answered: {answer}.") from error
    if not followed:
        raise InputError(
            f"version {champion.number} of '{champion.model}' must be on the MLflow server to be its champion there; "
            f"{uri} has no such version; send it with: finetooth export {champion.run} --mlflow {uri}"
        )


def models_table(registry: Registry) -> RenderableType:
    """A row a model: how many versions it has, and which of them serves."""
    out = _columns("model", "versions", "champion", "previous", "verdict", "gain", "data", "since")
    for model in registry.models():
        champion, previous = registry.champion(model), registry.previous(model)
        head = (model, str(len(registry.versions(model))))
        if champion is None:
            out.add_row(*head, "none", *[""] * 5)
            continue
        since = next(c.moment for c in reversed(registry.history(model)) if c.action in {"promote", "rollback"})
        before = "" if previous is None else str(previous.number)
        out.add_row(*head, str(champion.number), before, champion.label, gain(champion), _data(champion), since)
    return out


def versions_table(registry: Registry, model: str) -> RenderableType:
    """A row a version, newest last, and below it what was decided about them."""
    versions = _versions(registry, model)
    champion, previous = registry.champion(model), registry.previous(model)
    marks = {None if v is None else v.number: mark for v, mark in ((previous, "previous"), (champion, "champion"))}
    out = _columns("version", "", "verdict", "gain", "parent", "data", "run", "registered")
    for version in versions:
        parent = "" if version.parent is None else str(version.parent)
        cells = (version.label, gain(version), parent, _data(version), version.run, version.created)
        out.add_row(str(version.number), marks.get(version.number, ""), *cells)
    changes = _columns("when", "what", "version", "champion", "by", "reason")
    for change in registry.history(model):
        champion_then = "" if change.champion is None else str(change.champion)
        changes.add_row(change.moment, change.action, str(change.version), champion_then, change.by, change.reason)
    return Group(out, Text(""), changes) if changes.row_count else Group(out)


def registry_json(registry: Registry, model: str | None) -> str:
    """Everything that the registry holds of one model, or a line of each."""
    if model is None:
        return json.dumps({"registry": registry.location, "models": [_line(registry, m) for m in registry.models()]})
    values = _line(registry, model) | {
        "versions": [json.loads(to_json(version)) for version in _versions(registry, model)],
        "history": [json.loads(to_json(change)) for change in registry.history(model)],
    }
    return json.dumps(values)


def gain(version: Version) -> str:
    """The verdict's difference and interval in words: `+0.0061 [+0.0014, +0.0108] roc_auc`."""
    if math.isnan(version.difference):
        return ""
    return f"{version.difference:+.4f} [{version.ci_low:+.4f}, {version.ci_high:+.4f}] {version.metric}"


def _line(registry: Registry, model: str) -> dict[str, Any]:
    champion, previous = registry.champion(model), registry.previous(model)
    return {
        "model": model,
        "versions": len(registry.versions(model)),
        "champion": None if champion is None else champion.number,
        "previous": None if previous is None else previous.number,
    }


def _versions(registry: Registry, model: str) -> tuple[Version, ...]:
    versions = registry.versions(model)
    if not versions:
        raise unknown("model", model, f"the registry '{registry.location}'", registry.models())
    return versions


def _data(version: Version) -> str:
    return version.fingerprint[:_DIGITS]


def _columns(*names: str) -> Table:
    out = Table(box=None, pad_edge=False, header_style="bold")
    for name in names:
        out.add_column(name, overflow="fold", no_wrap=name not in {"run", "reason"})
    return out

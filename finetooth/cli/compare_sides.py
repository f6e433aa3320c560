"""A run, or a version of a model, as one side of a comparison: what it was asked, what it took, how it was judged."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from finetooth.config.tune import answer
from finetooth.errors import InputError, unknown
from finetooth.records import Verdict
from finetooth.registry.registry import Registry, Version
from finetooth.report import RunRecord
from finetooth.report.record import best, last_search, metric_of
from finetooth.retraining.decide import decision_of
from finetooth.runs.run import Run, find_run, list_runs
from finetooth.trials.journal import Journal


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict on sealed rows. Scores are in the metric's own direction, `difference` is the gain over `against`."""

    label: str
    metric: str
    tuned: float
    other: float
    against: str
    difference: float
    low: float
    high: float
    rows: int
    openings: int | None


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two. What is not known of it is None; `settings` is what its answer depends on, `params` its best."""

    name: str
    flow: str
    source: str
    fingerprint: str
    code: str
    trials: int | None
    seconds: float | None
    search_score: float | None
    judged: Judged | None
    params: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] | None = None

    @property
    def method(self) -> str:
        """How it searched; empty when nobody knows."""
        if self.settings is None:
            return ""
        names = [str(self.settings[stage]["method"]) for stage in ("coarse", "refine")]
        return names[1] if self.flow == "sweep" else ", then ".join(names)


def side(what: str, runs: str, location: str) -> Side:
    """The run of that name in the folder `runs` (or at that path), or MODEL@VERSION in the registry at `location`.

    MODEL alone is its champion. Raises `InputError` when there is neither.
    """
    if any((path / "config.yaml").exists() for path in (Path(what), Path(runs) / what)):
        return of_run(find_run(what, runs))
    registry = Registry(location)
    model, _, number = what.partition("@")
    if model not in registry.models():
        known = [*(run.folder.name for run in list_runs(runs)), *registry.models()]
        raise unknown("run or model", what, f"'{runs}' or the registry '{location}'", known)
    return of_version(_version(registry, model, number or "champion"))


def _version(registry: Registry, model: str, number: str) -> Version:
    if number.isdecimal():
        return registry.version(model, int(number))
    served = {"champion": registry.champion, "previous": registry.previous}.get(number)
    if served is None:
        raise InputError(
            f"a version must be a number, 'champion' or 'previous'; got '{model}@{number}'; type for example {model}@1."
        )
    found = served(model)
    if found is None:
        raise InputError(f"'{model}' must have a {number} version to be compared; it has none; name one by its number.")
    return found


def of_run(run: Run) -> Side:
    """A run as its folder tells it, also one that has not ended."""
    lineage, verdict = run.lineage(), run.verdict()
    trials = Journal(run.journal).trials()
    known = RunRecord(run.folder.name, verdict, trials, config=run.config.model_dump(mode="json"))
    leader = best(last_search(known))
    params: Mapping[str, Any] = {} if leader is None else leader.params
    if verdict is not None:
        params = verdict.tuned_params
    timings = lineage.get("timings", {})
    return Side(
        name=f"run {run.folder.name}",
        flow=run.flow,
        source=run.config.data.source,
        fingerprint=str(lineage.get("fingerprint", "")),
        code=str(lineage.get("code", "")),
        trials=len(trials) if verdict is None else verdict.trials,
        seconds=sum(timings.values()) if timings else None,
        search_score=None if leader is None else metric_of(known).sign * leader.score,
        judged=_of_decision(run) if verdict is None else _of_verdict(verdict),
        params=dict(params),
        settings=answer(run.config),
    )


def _of_verdict(verdict: Verdict) -> Judged:
    scores = (verdict.tuned, verdict.default, "default", verdict.difference, verdict.ci_low, verdict.ci_high)
    return Judged(verdict.label, verdict.metric, *scores, verdict.holdout_rows, verdict.vault_openings)


def _of_decision(run: Run) -> Judged | None:
    """How the challenger of a retraining was judged, if the run came so far."""
    decision = decision_of(run)
    if decision is None or decision.challenge is None:
        return None
    found = decision.challenge
    scores = (found.challenger, found.champion, "champion", found.difference, found.low, found.high)
    return Judged(found.standing, found.metric, *scores, found.rows, None)


def of_version(version: Version) -> Side:
    """A version as it was registered; its run need no longer be there."""
    known = version.lineage
    against = "default" if "default" in known else "champion"
    judged = None
    if version.label and not math.isnan(version.difference):
        scores = (float(known.get("tuned", math.nan)), float(known.get(against, math.nan)), against)
        interval = (version.difference, version.ci_low, version.ci_high)
        seen = (int(known.get("holdout_rows", 0)), known.get("vault_openings"))
        judged = Judged(version.label, version.metric, *scores, *interval, *seen)
    timings = known.get("timings", {})
    return Side(
        name=f"{version.model} version {version.number}",
        flow="retrain" if against == "champion" else "tune",
        source=str(known.get("source", "")),
        fingerprint=version.fingerprint,
        code=version.code,
        trials=known.get("trials"),
        seconds=sum(timings.values()) if timings else None,
        search_score=known.get("search_score"),
        judged=judged,
        params=dict(known.get("tuned_params") or known.get("params") or {}),
        settings=known.get("settings"),
    )

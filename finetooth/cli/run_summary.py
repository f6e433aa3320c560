"""A run, or a version of a model, summed up for a comparison: what it was asked, what it took, how it was judged."""

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
from finetooth.report.record import best_trial, last_search, metric_of
from finetooth.retraining.decide import decision_of
from finetooth.runs.run import Run, find_run, list_runs
from finetooth.trials.journal import Journal


@dataclass(frozen=True, slots=True)
class Judgement:
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
class RunSummary:
    """What is not known is None; `settings` is what the answer depends on, `params` are the best."""

    name: str
    flow: str
    source: str
    fingerprint: str
    code: str
    trials: int | None
    seconds: float | None
    search_score: float | None
    judgement: Judgement | None
    params: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] | None = None

    @property
    def method(self) -> str:
        """How it searched; empty when nobody knows."""
        if self.settings is None:
            return ""
        names = [str(self.settings[stage]["method"]) for stage in ("coarse", "refine")]
        return names[1] if self.flow == "sweep" else ", then ".join(names)


def summarize(name: str, runs: str, location: str) -> RunSummary:
    """The run of that name in the folder `runs` (or at that path), or MODEL@VERSION in the registry at `location`.

    MODEL alone is its champion. Raises `InputError` when there is neither.
    """
    if any((path / "config.yaml").exists() for path in (Path(name), Path(runs) / name)):
        return summarize_run(find_run(name, runs))
    registry = Registry(location)
    model, _, number = name.partition("@")
    if model not in registry.models():
        names = [*(run.folder.name for run in list_runs(runs)), *registry.models()]
        raise unknown("run or model", name, f"'{runs}' or the registry '{location}'", names)
    return summarize_version(_version(registry, model, number or "champion"))


def _version(registry: Registry, model: str, number: str) -> Version:
    if number.isdecimal():
        return registry.version(model, int(number))
    find = {"champion": registry.champion, "previous": registry.previous}.get(number)
    if find is None:
        raise InputError(
            f"a version must be a number, 'champion' or 'previous'; got '{model}@{number}'; type for example {model}@1."
        )
    version = find(model)
    if version is None:
        raise InputError(f"'{model}' must have a {number} version to be compared; it has none; name one by its number.")
    return version


def summarize_run(run: Run) -> RunSummary:
    """A run as its folder tells it, also one that has not ended."""
    lineage, verdict = run.lineage(), run.verdict()
    trials = Journal(run.journal).trials()
    record = RunRecord(run.folder.name, verdict, trials, config=run.config.model_dump(mode="json"))
    leader = best_trial(last_search(record))
    params: Mapping[str, Any] = {} if leader is None else leader.params
    if verdict is not None:
        params = verdict.tuned_params
    timings = lineage.get("timings", {})
    return RunSummary(
        name=f"run {run.folder.name}",
        flow=run.flow,
        source=run.config.data.source,
        fingerprint=str(lineage.get("fingerprint", "")),
        code=str(lineage.get("code", "")),
        trials=len(trials) if verdict is None else verdict.trials,
        seconds=sum(timings.values()) if timings else None,
        search_score=None if leader is None else metric_of(record).sign * leader.score,
        judgement=_judgement_of_decision(run) if verdict is None else _judgement_of_verdict(verdict),
        params=dict(params),
        settings=answer(run.config),
    )


def _judgement_of_verdict(verdict: Verdict) -> Judgement:
    scores = (verdict.tuned, verdict.default, "default", verdict.difference, verdict.ci_low, verdict.ci_high)
    return Judgement(verdict.label, verdict.metric, *scores, verdict.holdout_rows, verdict.vault_openings)


def _judgement_of_decision(run: Run) -> Judgement | None:
    """How the challenger of a retraining was judged, if the run came so far."""
    decision = decision_of(run)
    if decision is None or decision.challenge is None:
        return None
    challenge = decision.challenge
    scores = (challenge.challenger, challenge.champion, "champion")
    interval = (challenge.difference, challenge.low, challenge.high)
    return Judgement(challenge.standing, challenge.metric, *scores, *interval, challenge.rows, None)


def summarize_version(version: Version) -> RunSummary:
    """A version as it was registered; its run need no longer be there."""
    lineage = version.lineage
    against = "default" if "default" in lineage else "champion"
    judgement = None
    if version.label and not math.isnan(version.difference):
        scores = (float(lineage.get("tuned", math.nan)), float(lineage.get(against, math.nan)), against)
        interval = (version.difference, version.ci_low, version.ci_high)
        holdout = (int(lineage.get("holdout_rows", 0)), lineage.get("vault_openings"))
        judgement = Judgement(version.label, version.metric, *scores, *interval, *holdout)
    timings = lineage.get("timings", {})
    return RunSummary(
        name=f"{version.model} version {version.number}",
        flow="retrain" if against == "champion" else "tune",
        source=str(lineage.get("source", "")),
        fingerprint=version.fingerprint,
        code=version.code,
        trials=lineage.get("trials"),
        seconds=sum(timings.values()) if timings else None,
        search_score=lineage.get("search_score"),
        judgement=judgement,
        params=dict(lineage.get("tuned_params") or lineage.get("params") or {}),
        settings=lineage.get("settings"),
    )

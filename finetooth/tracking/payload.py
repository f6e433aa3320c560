"""What a tracker gets of a run: plain numbers and words, and the files to keep with them."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from finetooth.metrics import Metric
from finetooth.records import Trial, Verdict
from finetooth.retraining.comparison import Challenge
from finetooth.retraining.decide import decision_of
from finetooth.runs.run import Run

_FILES = (
    "config.yaml",
    "trials.jsonl",
    "findings.json",
    "verdict.json",
    "decision.json",
    "lineage.json",
    "report.html",
)
_FROM_VERDICT = (
    "tuned", "default", "difference", "ci_low", "ci_high", "bootstrap_support", "search_score", "optimism", "min_gain",
    "seed_sd", "seeds", "holdout_rows", "vault_openings", "trials", "seconds",
)  # fmt: skip
_FROM_CHALLENGE = {
    "tuned": "challenger", "champion": "champion", "difference": "difference", "ci_low": "low", "ci_high": "high",
    "seeds": "seeds", "holdout_rows": "rows",
}  # fmt: skip
_SEARCHES = ("sweep", "coarse", "refine")


@dataclass(frozen=True, slots=True)
class Finalist:
    """A candidate that was compared on fresh folds: its parameters, and its score in each repeat."""

    index: int
    origin: str
    params: Mapping[str, Any]
    scores: tuple[float, ...]
    seconds: float

    @property
    def mean(self) -> float:
        """The mean score over the repeats."""
        return math.fsum(self.scores) / len(self.scores)


@dataclass(frozen=True, slots=True)
class Payload:
    """A run as trackers show it. Scores are in the metric's own direction.

    `series` are numbers by trial, such as "refine.score"; `registered` says as what the model was registered, if so.
    """

    name: str
    metric: Metric
    settings: Mapping[str, Any]
    numbers: Mapping[str, float]
    words: Mapping[str, str]
    sentence: str
    series: Mapping[str, tuple[tuple[int, float], ...]]
    finalists: tuple[Finalist, ...]
    files: tuple[Path, ...]
    model: Path | None
    registered: Mapping[str, Any] = field(default_factory=dict)


def payload_of(run: Run, metric: Metric, trials: Sequence[Trial]) -> Payload:
    """A run that has ended, with a verdict, a decision or by a leak."""
    verdict, decision = run.verdict(), decision_of(run)
    lineage = run.lineage()
    words = {"state": run.state(), "run": run.folder.name, "metric": metric.name, "flow": run.flow}
    words |= {name: str(lineage[name]) for name in ("fingerprint", "code") if name in lineage}
    words |= {"shipped": verdict.shipped} if verdict is not None else {}
    params = {f"shipped.{name}": value for name, value in verdict.params.items()} if verdict is not None else {}
    return Payload(
        name=run.folder.name,
        metric=metric,
        settings=dict(_flat(run.config.model_dump(mode="json", exclude={"output", "tracking"}))) | params,
        numbers=_numbers(verdict, None if decision is None else decision.challenge),
        words=words,
        sentence=verdict.sentence if verdict is not None else "" if decision is None else decision.reason,
        series=_series(metric, trials),
        finalists=_finalists(metric, trials),
        files=tuple(run.folder / name for name in _FILES if (run.folder / name).exists()),
        model=run.model if run.model.exists() else None,
        registered=run.registered(),
    )


def _numbers(verdict: Verdict | None, challenge: Challenge | None) -> dict[str, float]:
    values = {} if verdict is None else {name: float(getattr(verdict, name)) for name in _FROM_VERDICT}
    if challenge is not None:
        values |= {name: float(getattr(challenge, attribute)) for name, attribute in _FROM_CHALLENGE.items()}
    return {name: value for name, value in values.items() if math.isfinite(value)}


def _series(metric: Metric, trials: Sequence[Trial]) -> dict[str, tuple[tuple[int, float], ...]]:
    """The score of each trial of a search by its index, and the best up to there."""
    series: dict[str, tuple[tuple[int, float], ...]] = {}
    for stage in _SEARCHES:
        done = [trial for trial in trials if trial.stage == stage and trial.state == "complete"]
        if not done:
            continue
        series[f"{stage}.score"] = tuple((t.candidate.index, metric.sign * t.score) for t in done)
        best = [max(trial.score for trial in done[: end + 1]) for end in range(len(done))]
        series[f"{stage}.best"] = tuple((t.candidate.index, metric.sign * b) for t, b in zip(done, best, strict=True))
    return series


def _finalists(metric: Metric, trials: Sequence[Trial]) -> tuple[Finalist, ...]:
    by_index: dict[int, list[Trial]] = {}
    for trial in trials:
        if trial.stage == "replicate" and trial.state == "complete":
            by_index.setdefault(trial.candidate.index, []).append(trial)
    return tuple(
        Finalist(
            index,
            repeats[0].candidate.origin,
            repeats[0].params,
            tuple(metric.sign * trial.score for trial in repeats),
            math.fsum(trial.seconds for trial in repeats),
        )
        for index, repeats in sorted(by_index.items())
    )


def _flat(values: Mapping[str, Any], head: str = "") -> Iterator[tuple[str, Any]]:
    """A nested configuration as `section.key`, without what was left empty."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{head}{name}.")
        elif value is not None and value not in ([], ()):
            yield f"{head}{name}", value

"""The input of a report: the run as recorded, and the choices that every section shares."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from finetooth.data.overview import ColumnSummary
from finetooth.domains.space import Space
from finetooth.metrics import DEFAULTS, METRICS, Metric
from finetooth.records import DataRef, Finding, Trial, Verdict
from finetooth.records import digest as identity
from finetooth.trials.comparable import comparable

Outcome = Literal["verdict", "stopped", "search", "unfinished", "empty"]
AFTER_SEARCH = ("replicate", "validate")
ORDER = ("sweep", "coarse", "refine", *AFTER_SEARCH)


@dataclass(frozen=True, slots=True)
class RunRecord:
    """All that a report shows of a run.

    `verdict` is None for a run that a leakage error stopped, for a sweep, and for one that did not end.
    `trials` are those of all stages ("sweep" alone, or "coarse", "refine", "replicate", "validate").
    `config` is the resolved configuration as plain values. `lineage` may hold "command" (what was typed),
    "fingerprint", "checks" (names of the leakage checks that ran), "versions", "seeds" and "timings" (mappings);
    whatever else it holds is printed as it is. `importance` gives each parameter's share of the variance of scores,
    `search_notes` says in sentences what the searches did and why they ended, `columns` what each was taken for,
    `model_input` what a model of the user's own gets.
    """

    name: str
    verdict: Verdict | None = None
    trials: tuple[Trial, ...] = ()
    data: DataRef | None = None
    findings: tuple[Finding, ...] = ()
    config: Mapping[str, Any] = field(default_factory=dict)
    lineage: Mapping[str, Any] = field(default_factory=dict)
    importance: Mapping[str, float] = field(default_factory=dict)
    space: Space | None = None
    search_notes: tuple[str, ...] = ()
    columns: tuple[ColumnSummary, ...] = ()
    model_input: str = ""


def outcome(record: RunRecord) -> Outcome:
    """The kind of outcome, which decides the lead of the report."""
    if record.verdict is not None:
        return "verdict"
    if any(finding.stops for finding in findings(record)):
        return "stopped"
    if not record.trials:
        return "empty"
    return "search" if {trial.stage for trial in record.trials} == {"sweep"} else "unfinished"


def findings(record: RunRecord) -> tuple[Finding, ...]:
    """The findings of the run, errors first."""
    # Those of a verdict hold the earlier ones, and what was seen after the search.
    recorded = (record.verdict.findings if record.verdict else ()) or record.findings
    return tuple(sorted(recorded, key=lambda f: ("error", "warning", "info").index(f.severity)))


def checks(record: RunRecord) -> tuple[str, ...]:
    """The names of the leakage checks that ran, before the search and after it."""
    later = (record.verdict.extra.checks if record.verdict else None) or ()
    return tuple(dict.fromkeys(map(str, (*record.lineage.get("checks", ()), *later))))


def metric_of(record: RunRecord) -> Metric:
    """The metric of the verdict, else the configured one, else the default of the task."""
    name = record.verdict.metric if record.verdict else str(record.config.get("metric", "auto"))
    if name == "auto" and record.data is not None:
        name = DEFAULTS[record.data.kind]
    return METRICS.get(name) or Metric(name, (), "score", True, {}, "score" if name == "auto" else name)


def stages(record: RunRecord) -> tuple[str, ...]:
    """The stages that have trials, in the order in which they ran."""
    with_trials = dict.fromkeys(trial.stage for trial in record.trials)
    ordered = [stage for stage in ORDER if stage in with_trials]
    others = [stage for stage in with_trials if stage not in ORDER]
    search_names = [*(stage for stage in ordered if stage not in AFTER_SEARCH), *others]
    return (*search_names, *(stage for stage in ordered if stage in AFTER_SEARCH))


def stage_trials(record: RunRecord, stage: str) -> tuple[Trial, ...]:
    """The trials of one stage, in index order."""
    return tuple(sorted((t for t in record.trials if t.stage == stage), key=lambda t: (t.candidate.index, t.repeat)))


def search_stages(record: RunRecord) -> tuple[str, ...]:
    """The stages that proposed candidates; the last one saw the most rows."""
    return tuple(stage for stage in stages(record) if stage not in AFTER_SEARCH)


def last_search(record: RunRecord) -> tuple[Trial, ...]:
    """The trials of the last search stage."""
    names = search_stages(record)
    return stage_trials(record, names[-1]) if names else ()


def best_trial(trials: tuple[Trial, ...]) -> Trial | None:
    """The complete trial with the best score at the highest fidelity, the earliest among equals."""
    return max(comparable(trials), key=lambda trial: (trial.score, -trial.candidate.index), default=None)


def drawn_trials(record: RunRecord, trials: tuple[Trial, ...], most: int) -> tuple[Trial, ...]:
    """About `most` of the trials for a drawing, evenly chosen, always with tuned and default."""
    if len(trials) <= most:
        return trials
    always = {tuned_digest(record), default_digest(record)}
    step = -(-len(trials) // most)
    return tuple(t for at, t in enumerate(trials) if at % step == 0 or t.candidate.digest in always)


def default_digest(record: RunRecord) -> str | None:
    """The candidate digest of the default parameters; None when they were not tried."""
    return next((t.candidate.digest for t in record.trials if t.candidate.origin == "default"), None)


def tuned_digest(record: RunRecord) -> str | None:
    """The digest of the candidate that was compared with the default; without a verdict, of the best trial."""
    if record.verdict is None:
        leader = best_trial(last_search(record))
        return leader.candidate.digest if leader else None
    # The verdict may add constants and the frozen rounds to what the search proposed.
    tuned_params = record.verdict.tuned_params
    for stage in (*reversed(search_stages(record)), *AFTER_SEARCH):
        for trial in stage_trials(record, stage):
            proposed = trial.candidate.params
            if proposed and all(key in tuned_params and tuned_params[key] == value for key, value in proposed.items()):
                return trial.candidate.digest
    return None


def candidate_trials(record: RunRecord, stage: str, digest: str | None) -> tuple[Trial, ...]:
    """The complete trials of one candidate in one stage, at its highest fidelity. `digest` names it as proposed."""
    return comparable(t for t in stage_trials(record, stage) if digest in (t.candidate.digest, _proposed(t)))


def _proposed(trial: Trial) -> str:
    """The digest as the search proposed it: finalists carry the rounds that their learning curve chose."""
    if trial.stage not in AFTER_SEARCH:
        return trial.candidate.digest
    return identity({name: value for name, value in trial.candidate.params.items() if name != "n_estimators"})


def mean_score(trials: tuple[Trial, ...]) -> float | None:
    """The mean over trials, larger better; None without trials."""
    return sum(trial.score for trial in trials) / len(trials) if trials else None

"""The two searches: coarse on a shared subset of the rows, then refinement on all development rows."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from finetooth import seeds
from finetooth.config.tune import CoarseConfig, RefineConfig, TuneConfig
from finetooth.errors import FinetoothError, InputError
from finetooth.models.learner import Family
from finetooth.models.segments import segments
from finetooth.records import Candidate, DataRef, Fidelity, Trial
from finetooth.search import methods, racing, stopping
from finetooth.search.protocol import View
from finetooth.trials import budget, loop, promotion
from finetooth.trials.evaluate import Job
from finetooth.trials.starting_points import default_of, first_candidates
from finetooth.trials.study import Study

COARSE_SHARE = 0.3  # of a limit in seconds or a budget in full fits; what it leaves goes to the refinement
MANY_ROWS = 10_000


@dataclass(frozen=True, slots=True)
class _Search:
    """One search of a run: what its trials see, what it may spend, what it starts from, and its own rules.

    The first `taken` trials were run by an earlier stage.
    """

    stage: str
    method: str
    fidelity: Fidelity
    trials: int
    known: tuple[Candidate, ...]
    prior: Sequence[Trial] = ()
    seconds: float | None = None
    stop: loop.Stop | None = None
    rules: promotion.Rules | None = None
    taken: int = 0


def check_methods(config: TuneConfig) -> None:
    """Raise `InputError` for a method whose package is not installed, which can be told before the table is read."""
    for section in (config.coarse, config.refine):
        methods.get_method(section.method)


def check_searches(
    config: TuneConfig, family: Family, data: DataRef, stages: Sequence[str] = ("coarse", "refine")
) -> None:
    """Raise `InputError` for what can be said of the searches before any compute is spent."""
    cheap = subset(config, data)
    sections: dict[str, tuple[CoarseConfig | RefineConfig, Fidelity]] = {
        "coarse": (config.coarse, cheap),
        "refine": (config.refine, full_trial(config, data)),
    }
    for name in stages:
        section, fidelity = sections[name]
        chosen = methods.get_method(section.method)
        if name == "coarse" and promotion.skipped(cheap, data.rows) is not None:
            continue
        methods.check_method(section.method, family.space, config.refine.window, section.trials, fidelity)
        if chosen.counts_rounds and family.learner.engine != "xgboost":
            raise InputError(
                f"the method '{section.method}' must have a model that is trained in rounds; '{family.learner.name}' "
                "is not; take xgboost or another method."
            )


def coarse(study: Study) -> tuple[Trial, ...]:
    """Search one shared subset of the rows; each trial shuffles its folds (Nagler et al. 2024, arXiv 2405.15393).

    Every fourth trial is a promotion: the default, then the best of the subset, on the folds of the refinement. Empty
    where the subset would be most of the rows.
    """
    config, data = study.config, study.data
    check_searches(config, study.family, data)
    section, full, cheap = config.coarse, full_trial(config, study.data), subset(config, study.data)
    reason = promotion.skipped(cheap, study.data.rows)
    if reason is not None:
        study.journal.record_cut("coarse", 0, reason)
        return ()
    rules = _rules(study)
    limit = None if config.refine.cost is None else config.refine.cost * COARSE_SHARE

    def stop(seen: Sequence[Trial], _: int) -> str | None:
        if limit is not None and not budget.leaves_room(limit, budget.spent(seen, full), budget.cost(cheap, full)):
            return f"its share of the budget was spent ({limit:g} full fits)"
        return rules.reason_to_end(seen) if rules is not None else None

    seconds = None if config.refine.seconds is None else config.refine.seconds * COARSE_SHARE
    known = first_candidates(section.method, study.family, cheap)
    search = _Search("coarse", section.method, cheap, section.trials, known, (), seconds, stop, rules)
    return _run(study, search)


def _rules(study: Study) -> promotion.Rules | None:
    """The rules of promotion; None where a method has no place for trials that it did not propose."""
    config = study.config
    fixed = methods.get_method(config.refine.method).fidelity_at is not None
    if fixed or methods.get_method(config.coarse.method).chooses_fidelity:
        return None
    return promotion.Rules(subset(config, study.data), full_trial(config, study.data), default_of(study.family))


def refine(study: Study, coarse_trials: Sequence[Trial]) -> tuple[Trial, ...]:
    """Search all development rows, starting from the default and the best of the coarse stage.

    What the coarse stage ran on all rows is taken over, not run again. What it left of its trials, seconds and cost is
    spent here. Where the subset misled, nothing else of it is looked at.
    """
    config = study.config
    check_searches(config, study.family, study.data, ("refine",))
    section, full = config.refine, full_trial(config, study.data)
    taken = promotion.taken_over(coarse_trials, full, "refine")
    study.journal.extend(taken)
    subset_trials = () if promotion.misled(coarse_trials) else tuple(t for t in coarse_trials if t.fidelity != full)
    left = None if section.seconds is None else max(section.seconds - study.timings.get("coarse", 0.0), 0.0)
    search = _Search(
        "refine",
        section.method,
        full,
        refine_trials(study, coarse_trials),
        first_candidates(section.method, study.family, full, taken, section.known, subset_trials),
        subset_trials,
        left,
        _stop(study, "refine", budget.spent(coarse_trials, full), len(taken)),
        taken=len(taken),
    )
    return _run(study, search)


def sweep(study: Study) -> tuple[Trial, ...]:
    """One search on all development rows, with nothing around it."""
    config = study.config
    check_searches(config, study.family, study.data, ("refine",))
    section, full = config.refine, full_trial(config, study.data)
    known = first_candidates(section.method, study.family, full, given=section.known)
    stop = _stop(study, "sweep")
    trials = _run(study, _Search("sweep", section.method, full, section.trials, known, (), section.seconds, stop))
    _check_any_complete(trials)
    return trials


def _check_any_complete(trials: tuple[Trial, ...]) -> None:
    """Raise `FinetoothError` with the commonest reason where every trial failed."""
    reasons = Counter(trial.reason for trial in trials if trial.state == "failed")
    if reasons and not any(trial.state in ("complete", "pruned") for trial in trials):
        reason, times = reasons.most_common(1)[0]
        raise FinetoothError(
            f"a search must have a trial that succeeds; all {len(trials)} failed, {times} of them with: {reason}"
        )


def full_trial(config: TuneConfig, data: DataRef) -> Fidelity:
    """What a trial of the refinement sees; with many rows, fewer folds are as sure."""
    return Fidelity(1.0, config.refine.folds or (5 if data.rows < MANY_ROWS else 3))


def subset(config: TuneConfig, data: DataRef) -> Fidelity:
    """What a trial of the coarse stage sees, to begin with."""
    section = config.coarse
    return Fidelity(min(1.0, max(section.rows, section.least_rows / data.rows)), section.folds)


def refine_trials(study: Study, coarse_trials: Sequence[Trial]) -> int:
    """How many trials the refinement has at most: its own, those that the coarse stage left, and those it takes over.

    So both searches run as many trials as their sections say, however they are divided.
    """
    config, full = study.config, full_trial(study.config, study.data)
    left = config.coarse.trials - len(coarse_trials)
    return config.refine.trials + left + len(promotion.taken_over(coarse_trials, full, "refine"))


def _stop(study: Study, stage: str, before: float = 0.0, taken: int = 0) -> loop.Stop:
    """Why a search on all rows ends before its trials are spent: the budget, or nothing left to gain.

    `before` is what earlier stages spent; the first `taken` trials cost nothing.
    """
    section, full = study.config.refine, full_trial(study.config, study.data)
    patient = stopping.stopping_rule(study.family.space, study.metric, full, study.config.seed, stage)

    def stop(seen: Sequence[Trial], index: int) -> str | None:
        if section.cost is not None and not budget.leaves_room(section.cost, before + budget.spent(seen[taken:], full)):
            return f"the budget was spent ({section.cost:g} full fits)"
        return patient(seen, index) if section.stop_early and section.method != "grid" else None

    return stop


def _run(study: Study, search: _Search) -> tuple[Trial, ...]:
    start, chosen = time.monotonic(), methods.get_method(search.method)

    def propose(seen: Sequence[Trial], index: int) -> Candidate:
        rules = search.rules
        if rules is not None and (next_candidate := rules.next_candidate(seen, index)) is not None:
            return next_candidate
        fidelity = search.fidelity if rules is None else rules.next_fidelity(seen)
        rng = seeds.stream(study.config.seed, search.stage, "propose", index)
        candidate = chosen.propose(View(study.family.space, seen, index, rng, search.prior, fidelity))
        return candidate if fidelity == search.fidelity else replace(candidate, fidelity=fidelity)

    def job(candidate: Candidate, seen: Sequence[Trial]) -> Job:
        fidelity = candidate.fidelity or search.fidelity
        # What is tried on all rows early meets the folds and the seeds that it would meet later.
        early = search.rules is not None and fidelity == search.rules.full
        return Job(
            "refine" if early else search.stage,
            candidate,
            fidelity,
            study.data,
            study.family.learner,
            study.metric.name,
            study.config.seed,
            repeat=candidate.index if search.stage == "coarse" and not early else 0,
            lineage=segments(seen, candidate),
            threshold=None if search.stage == "coarse" else racing.racing_threshold(seen, fidelity),
        )

    plan = loop.SearchPlan(
        search.stage,
        search.known[: search.trials],
        search.trials,
        study.config.refine.window if chosen.needs_window or search.rules is not None else None,
        search.fidelity,
        None if search.seconds is None else start + search.seconds,
        taken=search.taken,
        in_flight=_in_flight(getattr(study.executor, "slots", 1), limited=search.seconds is not None),
        stop=search.stop,
    )
    trials = loop.search(plan, propose, job, study.executor, study.journal, study.callback)
    study.timings[search.stage] = time.monotonic() - start
    return trials


def _in_flight(slots: int, *, limited: bool) -> int:
    """How many trials may be under way: enough that no slot waits; within a limit in seconds, no more than needed."""
    return slots + 1 if limited else 2 * slots + 2

"""The final comparison: tuned and default, fitted with paired seeds, on rows that were sealed until now."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from finetooth import seeds
from finetooth.models.model import FitJob, Model, fit
from finetooth.records import Finding, StageCost, Verdict
from finetooth.trials.study import Study
from finetooth.trials.summary import summarize
from finetooth.verdict.evidence import SIDES, gather_evidence
from finetooth.verdict.label import label, ships
from finetooth.verdict.measurements import Measurements, details_of, interval_of, notes_of, with_yardsticks
from finetooth.verdict.replicate import Replicated
from finetooth.verdict.sealed_rows import Comparison, Pair, open_sealed
from finetooth.verdict.selection import optimism
from finetooth.verdict.sentence import sentence

SEED_SHARE = 0.3  # above this share of the variance, the number of seeds is doubled


@dataclass(frozen=True, slots=True)
class ValidationResult:
    """The verdict, the model that ships, and the tuned one, which may be another."""

    verdict: Verdict
    model: Model
    tuned: Model


def fit_pair(study: Study, chosen: Replicated, number: int) -> Pair:
    """Fit tuned and default with the seed of one replicate."""
    seed = seeds.seed(study.config.seed, "validate", number)
    jobs = [
        FitJob(study.data, study.family.learner, candidate.params, study.metric.name, seed)
        for candidate in (chosen.winner, chosen.default)
    ]
    tuned, default = [study.executor.submit(fit, job) for job in jobs]
    return Pair(tuned.result(), default.result())


def compare(
    study: Study,
    chosen: Replicated,
    comparisons: Sequence[Comparison],
    shipping: Pair,
    findings: tuple[Finding, ...],
    costs: tuple[StageCost, ...],
) -> ValidationResult:
    """Open the vault of each comparison, score all pairs, and say whether tuning helped.

    There is one comparison, or one an outer fold; `shipping` is what `chosen` gives on the rows of `study`, of which
    one ships. The commitment names everything that the verdict depends on, including the seeds that may still be
    added: a vault opens again for the same commitment alone.
    """
    opened = open_sealed(study, comparisons)
    predictions, refined = opened.predictions, study.journal.trials("refine")
    interval = interval_of(study, predictions, opened.openings)
    evidence = gather_evidence(study.metric, refined, chosen, predictions, study.config.seed)
    findings += (*opened.findings, *evidence.findings)
    measured = Measurements(tuple(comparisons), opened, interval, evidence, findings)
    verdict = _verdict(study, chosen, measured, costs)
    return ValidationResult(verdict, shipping.tuned if verdict.shipped == "tuned" else shipping.default, shipping.tuned)


def _verdict(study: Study, chosen: Replicated, measurements: Measurements, costs: tuple[StageCost, ...]) -> Verdict:
    """The verdict with its sentence: nothing is measured any more."""
    config, metric = study.config, study.metric
    predictions, interval, evidence = measurements.opened.predictions, measurements.interval, measurements.evidence
    findings, openings = measurements.findings, measurements.opened.openings
    tuned, default = (float(np.mean(predictions.scores(metric, side))) for side in SIDES)
    promise = _promise(measurements.comparisons)
    min_gain = config.validation.min_gain if config.validation.min_gain is not None else metric.min_gain(default)
    valid = not any(finding.stops for finding in findings)
    name = label(interval, min_gain, valid=valid, compared=measurements.compared)
    shipped = "default" if chosen.keeps_default else ships(name)
    details = details_of(study, chosen, measurements, min_gain)
    notes = notes_of(chosen, details.outer or (), openings) + summarize(study.journal.trials(), study.journal.cuts())
    verdict = Verdict(
        label=name,
        metric=metric.name,
        tuned=tuned,
        default=default,
        difference=interval.difference,
        ci_low=interval.low,
        ci_high=interval.high,
        bootstrap_support=interval.support,
        search_score=metric.sign * promise[0],
        optimism=optimism(*promise, interval.difference).amount,
        min_gain=min_gain,
        seeds=interval.seeds,
        seed_sd=interval.seed_sd,
        holdout_rows=interval.rows,
        vault_openings=openings,
        waivers=tuple(finding.waiver for finding in findings if finding.waiver is not None),
        trials=sum(cost.trials for cost in costs),
        seconds=sum(cost.seconds for cost in costs),
        shipped=shipped,
        params=(chosen.winner if shipped == "tuned" else chosen.default).params,
        tuned_params=chosen.winner.params,
        default_params=chosen.default.params,
        findings=findings,
        costs=costs,
        notes=notes + evidence.notes + measurements.opened.notes,
        extra=with_yardsticks(study, measurements, shipped, details),
    )
    return replace(verdict, sentence=sentence(verdict, metric))


def _promise(comparisons: Sequence[Comparison]) -> tuple[float, float]:
    """The search scores of the winner and of the default, the mean over outer folds (larger is better)."""
    scores = [(each.chosen.search_score, each.chosen.search_default) for each in comparisons]
    searched, default = np.mean(scores, axis=0)
    return float(searched), float(default)


def wants_more_seeds(study: Study, outcome: ValidationResult) -> bool:
    """Whether the seeds' share of the variance is so large that as many again are needed."""
    share = outcome.verdict.extra.seed_share
    return share is not None and share > SEED_SHARE and outcome.verdict.seeds < 2 * study.config.validation.seeds

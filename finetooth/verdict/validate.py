"""The final comparison: tuned and default, fitted with paired seeds, on rows that were sealed until now."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from finetooth import seeds
from finetooth.data.store import open_development
from finetooth.details import BootstrapDraws, Declared, Details, FoldTest, OuterResult
from finetooth.models.model import FitJob, Model, fit
from finetooth.records import Fidelity, Finding, StageCost, Verdict
from finetooth.statistics import opening_alpha
from finetooth.trials.study import Study
from finetooth.trials.summary import summarize
from finetooth.verdict import run_audit, yardsticks
from finetooth.verdict.bootstrap import Interval, two_way
from finetooth.verdict.evidence import OVERTUNING, SIDES, Evidence, SealedPredictions, Side, gather_evidence
from finetooth.verdict.label import label, ships
from finetooth.verdict.replicate import STAGE, Replicated
from finetooth.verdict.rotation import rotated
from finetooth.verdict.sealed_rows import Comparison, Opened, Pair, open_sealed
from finetooth.verdict.selection import optimism
from finetooth.verdict.sentence import sentence
from finetooth.verdict.t_tests import FoldDependence, bayesian_t, forward, nadeau_bengio, shuffled
from finetooth.verdict.weighted_metrics import Floats

CHECKS = (*run_audit.CHECKS, OVERTUNING)  # what is looked for after the search
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
    interval = _interval(study, predictions, opened.openings)
    evidence = gather_evidence(study.metric, refined, chosen, predictions, study.config.seed)
    findings += (*opened.findings, *evidence.findings)
    measured = _Measurements(tuple(comparisons), opened, interval, evidence, findings)
    verdict = _verdict(study, chosen, measured, costs)
    return ValidationResult(verdict, shipping.tuned if verdict.shipped == "tuned" else shipping.default, shipping.tuned)


@dataclass(frozen=True, slots=True)
class _Measurements:
    """What was measured on the sealed rows, and found before and there."""

    comparisons: tuple[Comparison, ...]
    opened: Opened
    interval: Interval
    evidence: Evidence
    findings: tuple[Finding, ...]

    @property
    def compared(self) -> bool:
        """Whether any search found a candidate to compare with the default."""
        return not all(each.chosen.keeps_default for each in self.comparisons)


def _interval(study: Study, predictions: SealedPredictions, openings: int) -> Interval:
    config = study.config
    given = study.metric, predictions.y, predictions.tuned, predictions.default
    draws, rng = config.validation.bootstrap, seeds.stream(config.seed, "bootstrap")
    level, name = 1 - opening_alpha(openings), predictions.block_name
    if predictions.folds is not None:
        return rotated(
            *given, predictions.folds, blocks=predictions.blocks, block_name=name, draws=draws, rng=rng, level=level
        )
    return two_way(
        *given,
        blocks=predictions.blocks,
        time=predictions.time,
        block_name=name,
        draws=draws,
        rng=rng,
        level=level,
    )


def _verdict(study: Study, chosen: Replicated, measurements: _Measurements, costs: tuple[StageCost, ...]) -> Verdict:
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
    details = _details(study, chosen, measurements, min_gain)
    notes = _notes(chosen, details.outer or (), openings) + summarize(study.journal.trials(), study.journal.cuts())
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
        extra=_with_yardsticks(study, measurements, shipped, details),
    )
    return replace(verdict, sentence=sentence(verdict, metric))


def _with_yardsticks(study: Study, measurements: _Measurements, shipped: Side, details: Details) -> Details:
    """The details with the yardsticks and what else is needed to read the verdict."""
    config, opened = study.config, measurements.opened
    predictions = opened.predictions

    def compared(ours: Floats, theirs: Floats) -> tuple[float, Interval]:
        both = replace(predictions, tuned=ours, default=theirs)
        return float(both.scores(study.metric, "default")[0]), _interval(study, both, opened.openings)

    return replace(
        details,
        positive=_positive(study),
        declared=Declared(config.split.group, config.split.time, tuple(config.leakage.post_outcome)),
        shipped_score=None if study.outer else float(predictions.scores(study.metric, shipped)[0]),
        yardsticks=yardsticks.measure(predictions.of(shipped), opened.plain, compared),
    )


def _positive(study: Study) -> str | None:
    """The class that probabilities speak of, if there are two."""
    return open_development(study.data).about.classes[1] if study.data.kind == "binary" else None


def _promise(comparisons: Sequence[Comparison]) -> tuple[float, float]:
    """The search scores of the winner and of the default, the mean over outer folds (larger is better)."""
    scores = [(each.chosen.search_score, each.chosen.search_default) for each in comparisons]
    searched, default = np.mean(scores, axis=0)
    return float(searched), float(default)


def wants_more_seeds(study: Study, outcome: ValidationResult) -> bool:
    """Whether the seeds' share of the variance is so large that as many again are needed."""
    share = outcome.verdict.extra.seed_share
    return share is not None and share > SEED_SHARE and outcome.verdict.seeds < 2 * study.config.validation.seeds


def _details(study: Study, chosen: Replicated, measurements: _Measurements, min_gain: float) -> Details:
    """The rest of what is known: how the finalists compared on fresh folds, and what the interval rests on."""
    interval, outer = measurements.interval, _outer(measurements)
    details = replace(
        measurements.evidence.details,
        selection=chosen.selection.reason,
        confirmed=chosen.confirmed,
        confirmed_default=chosen.confirmed_default,
        seed_share=interval.seed_share,
        bootstrap=BootstrapDraws(
            interval.draws,
            interval.redrawn,
            interval.units,
            interval.unit_name,
            interval.effective,
            interval.heaviest_share,
            interval.reason,
        ),
        checks=CHECKS,
        vault_head=measurements.opened.heads[0] if not outer else None,
        outer=outer,
        period=open_development(study.data).about.period,
        unseen=study.config.split.new_in_use,
    )
    if chosen.keeps_default:
        return details
    scores = np.array(chosen.scores)
    differences = scores[chosen.selection.chosen].ravel() - scores[0].ravel()
    dependence = _dependence(study, chosen.folds, scores.shape[1])
    test = nadeau_bengio(differences, dependence)
    return replace(
        details,
        nadeau_bengio=FoldTest(test.difference, test.p, test.low, test.high),
        bayesian=bayesian_t(differences, dependence, min_gain),
    )


def _dependence(study: Study, folds: int, repeats: int) -> FoldDependence:
    """How the scores of the fresh folds depend on each other; folds by time are drawn again as they were."""
    development = open_development(study.data)
    if development.rows.time is None:
        return shuffled(folds, repeats)
    fidelity, seed = Fidelity(1.0, folds), study.config.seed
    return forward([development.folds(fidelity, seed, STAGE, repeat) for repeat in range(repeats)])


def _outer(measurements: _Measurements) -> tuple[OuterResult, ...] | None:
    """What each outer fold came to; None where one holdout was sealed."""
    predictions = measurements.opened.predictions
    if predictions.folds is None:
        return None
    results = []
    for number, (each, head) in enumerate(zip(measurements.comparisons, measurements.opened.heads, strict=True)):
        fold = predictions.take(np.flatnonzero(predictions.folds == number))
        tuned, default = (float(np.mean(fold.scores(each.study.metric, side))) for side in SIDES)
        winner, ids = dict(each.chosen.winner.params), each.study.data.fingerprint
        results.append(OuterResult(len(fold.y), tuned, default, each.chosen.keeps_default, winner, ids, head))
    return tuple(results)


def _notes(chosen: Replicated, outer: tuple[OuterResult, ...], openings: int) -> tuple[str, ...]:
    notes = [f"Selection on fresh folds: {chosen.selection.reason}."]
    if outer:
        tried = sum(not fold.keeps_default for fold in outer)
        notes.append(
            f"Each row was sealed in one of {len(outer)} outer folds, from a search of its own: the verdict is about "
            f"this procedure, which ships as applied to all rows. {tried} of {len(outer)} searches found a candidate."
        )
        if chosen.keeps_default and tried:
            notes.append("On all rows no candidate was clearly better than the default, which therefore ships.")
    if openings > 1:
        notes.append(
            f"Opening {openings} of the vault: the interval covers {1 - opening_alpha(openings):.2%}, not 95 %, since "
            "these rows have been looked at before."
        )
    return tuple(notes)

"""The final comparison: tuned and default, fitted with paired seeds, on rows that were sealed until now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finetooth import seeds
from finetooth.config.tune import identity
from finetooth.data import slices, vault
from finetooth.data.split import GROUP, TIME
from finetooth.data.store import open_development
from finetooth.details import BootstrapDraws, Declared, Details, FoldTest
from finetooth.metrics import Metric
from finetooth.models import score_table
from finetooth.models.model import FitJob, Model, fit
from finetooth.models.user_code import own_code
from finetooth.records import Fidelity, Finding, StageCost, Verdict
from finetooth.statistics import opening_alpha
from finetooth.trials.study import Study
from finetooth.trials.summary import summarize
from finetooth.verdict import run_audit, yardsticks
from finetooth.verdict.bootstrap import Interval, two_way
from finetooth.verdict.dependence import Unit
from finetooth.verdict.evidence import OVERTUNING, Evidence, SealedPredictions, Side, gather_evidence
from finetooth.verdict.label import label, ships
from finetooth.verdict.replicate import STAGE, Replicated
from finetooth.verdict.selection import optimism
from finetooth.verdict.sentence import sentence
from finetooth.verdict.t_tests import FoldDependence, bayesian_t, forward, nadeau_bengio, shuffled
from finetooth.verdict.weighted_metrics import Floats
from finetooth.version import code_version

CHECKS = (*run_audit.CHECKS, OVERTUNING)  # what is looked for after the search
_WithNotes = tuple[Details, tuple[str, ...]]
SEED_SHARE = 0.3  # above this share of the variance, the number of seeds is doubled


@dataclass(frozen=True, slots=True)
class Pair:
    """Tuned and default, fitted on all development rows with the same seed."""

    tuned: Model
    default: Model


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
    pairs: Sequence[Pair],
    findings: tuple[Finding, ...],
    costs: tuple[StageCost, ...],
) -> ValidationResult:
    """Open the vault, score all pairs, and say whether tuning helped.

    The commitment names everything that the verdict depends on, including the seeds that may still be added: the
    vault opens again for the same commitment alone.
    """
    folder = study.run.store / "vault" / study.data.fingerprint
    plain = yardsticks.fit_plain(study)
    unread = score_table.unread([model for pair in pairs for model in (pair.tuned, pair.default)])
    sealed = vault.open_vault(folder, commitment(study, chosen), again=study.config.validation.again, unread=unread)
    predictions = _predict(study, sealed, pairs)
    interval = _interval(study, sealed, predictions)
    evidence = gather_evidence(study.metric, study.journal.trials("refine"), chosen, predictions, study.config.seed)
    findings += (*run_audit.audit_run(study, sealed.ids), *evidence.findings)
    verdict = _verdict(study, chosen, _Measurements(sealed, predictions, interval, evidence, findings, plain), costs)
    model = pairs[0].tuned if verdict.shipped == "tuned" else pairs[0].default
    return ValidationResult(verdict, model, pairs[0].tuned)


@dataclass(frozen=True, slots=True)
class _Measurements:
    """What was measured on the sealed rows, and found before and there."""

    sealed: vault.Holdout
    predictions: SealedPredictions
    interval: Interval
    evidence: Evidence
    findings: tuple[Finding, ...]
    plain: yardsticks.PlainModels


def _predict(study: Study, sealed: vault.Holdout, pairs: Sequence[Pair]) -> SealedPredictions:
    """The sealed rows as each pair predicts them."""
    tuned = score_table.sealed_scores([pair.tuned for pair in pairs], sealed.X, sealed.extra)
    default = score_table.sealed_scores([pair.default for pair in pairs], sealed.X, sealed.extra)
    probable = _are_probabilities(pairs[0].tuned, tuned, default)
    split = study.config.split
    # A vault that was sealed by an earlier version holds blocks of neighbours in time, and no times.
    name: Unit = "group" if split.by_group else "period" if split.by_time else "different row"
    time = sealed.extra.get(TIME)
    return SealedPredictions(sealed.y, tuned, default, sealed.blocks, _parts(study, sealed), probable, time, name)


def _interval(study: Study, sealed: vault.Holdout, predictions: SealedPredictions) -> Interval:
    config = study.config
    return two_way(
        study.metric,
        predictions.y,
        predictions.tuned,
        predictions.default,
        blocks=predictions.blocks,
        time=predictions.time,
        block_name=predictions.block_name,
        draws=config.validation.bootstrap,
        rng=seeds.stream(config.seed, "bootstrap"),
        level=1 - opening_alpha(sealed.openings),
    )


def _verdict(study: Study, chosen: Replicated, measurements: _Measurements, costs: tuple[StageCost, ...]) -> Verdict:
    """The verdict with its sentence: nothing is measured any more."""
    config, metric = study.config, study.metric
    predictions, interval, evidence = measurements.predictions, measurements.interval, measurements.evidence
    findings, openings = measurements.findings, measurements.sealed.openings
    notes = _notes(chosen, openings) + summarize(study.journal.trials(), study.journal.cuts())
    default = _mean_score(metric, predictions.y, predictions.default)
    min_gain = config.validation.min_gain if config.validation.min_gain is not None else metric.min_gain(default)
    valid = not any(finding.stops for finding in findings)
    name = label(interval, min_gain, valid=valid, compared=not chosen.keeps_default)
    shipped = ships(name)
    details = _details(study, chosen, measurements, min_gain)
    extra, failed = _with_yardsticks(study, measurements, shipped, details)
    verdict = Verdict(
        label=name,
        metric=metric.name,
        tuned=_mean_score(metric, predictions.y, predictions.tuned),
        default=default,
        difference=interval.difference,
        ci_low=interval.low,
        ci_high=interval.high,
        bootstrap_support=interval.support,
        search_score=metric.sign * chosen.search_score,
        optimism=optimism(chosen.search_score, chosen.search_default, interval.difference).amount,
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
        notes=notes + evidence.notes + measurements.plain.notes + failed,
        extra=extra,
    )
    return replace(verdict, sentence=sentence(verdict, metric))


def _with_yardsticks(study: Study, measurements: _Measurements, shipped: Side, details: Details) -> _WithNotes:
    """The details with the yardsticks and what else is needed to read the verdict; notes on yardsticks that failed."""
    sealed, predictions = measurements.sealed, measurements.predictions
    rows = yardsticks.SealedRows(sealed.X, predictions.time, sealed.extra.get(GROUP))

    def interval(ours: Floats, theirs: Floats) -> Interval:
        return _interval(study, sealed, replace(predictions, tuned=ours, default=theirs))

    plain, notes = yardsticks.predict_plain(study, measurements.plain, rows)
    measured = yardsticks.measure(study.metric, sealed.y, predictions.of(shipped), plain, interval)
    config = study.config
    found = replace(
        details,
        positive=_positive(study),
        declared=Declared(config.split.group, config.split.time, tuple(config.leakage.post_outcome)),
        shipped_score=study.metric.natural(sealed.y, predictions.of(shipped)[0]),
        yardsticks=measured,
    )
    return found, notes


def _positive(study: Study) -> str | None:
    """The class that probabilities speak of, if there are two."""
    return open_development(study.data).about.classes[1] if study.data.kind == "binary" else None


def commitment(study: Study, chosen: Replicated) -> dict[str, Any]:
    """What is fixed before the vault is opened."""
    config = study.config
    return {
        "config": identity(config),
        "winner": dict(chosen.winner.params),
        "default": dict(chosen.default.params),
        "metric": study.metric.name,
        "margin": config.validation.min_gain,
        "bootstrap": config.validation.bootstrap,
        "seeds": [seeds.seed(config.seed, "validate", i) for i in range(2 * config.validation.seeds)],
        "data": study.data.fingerprint,
        "code": code_version(),
        "own_code": own_code(study.family.learner),
    }


def wants_more_seeds(study: Study, outcome: ValidationResult) -> bool:
    """Whether the seeds' share of the variance is so large that as many again are needed."""
    share = outcome.verdict.extra.seed_share
    return share is not None and share > SEED_SHARE and outcome.verdict.seeds < 2 * study.config.validation.seeds


def _parts(study: Study, sealed: vault.Holdout) -> Mapping[str, NDArray[np.str_]]:
    """The name of each sealed row's part in each column that the user wants the gain apart for."""
    columns = study.config.validation.slices
    return (
        slices.slice_names(slices.read_rules(Path(study.data.uri)), sealed.extra["slices"], columns) if columns else {}
    )


def _are_probabilities(model: Model, *predicted: Floats) -> bool:
    """Whether the predictions are probabilities: what an objective of the user's own returns may look otherwise."""
    return model.probable and all(bool(((p >= 0) & (p <= 1)).all()) for p in predicted)


def _mean_score(metric: Metric, y: Floats, predicted: Floats) -> float:
    """The metric in its own direction, the mean over seeds. `predicted` (seeds, n, ...)."""
    return float(np.mean([metric.natural(y, of_seed) for of_seed in predicted]))


def _details(study: Study, chosen: Replicated, measurements: _Measurements, min_gain: float) -> Details:
    """The rest of what is known: how the finalists compared on fresh folds, and what the interval rests on."""
    interval = measurements.interval
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
        vault_head=measurements.sealed.head,
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


def _notes(chosen: Replicated, openings: int) -> tuple[str, ...]:
    notes = [f"Selection on fresh folds: {chosen.selection.reason}."]
    if openings > 1:
        notes.append(
            f"Opening {openings} of the vault: the interval covers {1 - opening_alpha(openings):.2%}, not 95 %, since "
            "these rows have been looked at before."
        )
    return tuple(notes)

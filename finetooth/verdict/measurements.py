"""What was measured on the sealed rows, and what of it a verdict carries besides its result."""

from dataclasses import dataclass, replace

import numpy as np

from finetooth import seeds
from finetooth.data.store import open_development
from finetooth.details import BootstrapDraws, Declared, Details, FoldTest, OuterResult
from finetooth.records import Fidelity, Finding
from finetooth.statistics import opening_alpha
from finetooth.trials.study import Study
from finetooth.verdict import run_audit, yardsticks
from finetooth.verdict.bootstrap import Interval, two_way
from finetooth.verdict.evidence import OVERTUNING, SIDES, Evidence, SealedPredictions, Side
from finetooth.verdict.replicate import STAGE, Replicated
from finetooth.verdict.rotation import rotated
from finetooth.verdict.sealed_rows import Comparison, Opened
from finetooth.verdict.t_tests import FoldDependence, bayesian_t, forward, nadeau_bengio, shuffled
from finetooth.verdict.weighted_metrics import Floats

CHECKS = (*run_audit.CHECKS, OVERTUNING)  # what is looked for after the search


@dataclass(frozen=True, slots=True)
class Measurements:
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


def interval_of(study: Study, predictions: SealedPredictions, openings: int) -> Interval:
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


def details_of(study: Study, chosen: Replicated, measurements: Measurements, min_gain: float) -> Details:
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


def _outer(measurements: Measurements) -> tuple[OuterResult, ...] | None:
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


def notes_of(chosen: Replicated, outer: tuple[OuterResult, ...], openings: int) -> tuple[str, ...]:
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


def with_yardsticks(study: Study, measurements: Measurements, shipped: Side, details: Details) -> Details:
    """The details with the yardsticks and what else is needed to read the verdict."""
    config, opened = study.config, measurements.opened
    predictions = opened.predictions

    def compared(ours: Floats, theirs: Floats) -> tuple[float, Interval]:
        both = replace(predictions, tuned=ours, default=theirs)
        return float(both.scores(study.metric, "default")[0]), interval_of(study, both, opened.openings)

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

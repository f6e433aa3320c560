"""Validation: tuned and default with paired seeds, each pair a task run, and one opening of the vault."""

from finetooth.records import Finding, StageCost
from finetooth.tasks.runtime.step import note, step
from finetooth.trials.comparable import run_here
from finetooth.trials.study import Study
from finetooth.verdict import validate as engine
from finetooth.verdict.replicate import Replicated
from finetooth.verdict.sealed_rows import Comparison, Pair
from finetooth.verdict.validate import ValidationResult


def validate(
    study: Study, chosen: Replicated, outer: tuple[Replicated, ...], findings: tuple[Finding, ...]
) -> ValidationResult:
    """Fit the pairs, compare them on the sealed rows, and add as many seeds again where seeds matter much.

    `outer` is what the search of each outer fold chose, if there are any: then those are compared, each on its own
    sealed rows, and `chosen` is what ships if they are better.
    """
    count = study.config.validation.seeds
    searches = list(zip(study.outer, outer, strict=True)) or [(study, chosen)]
    shipping = fit_pair.map(range(1), study, chosen) if outer else []
    pairs = [fit_pair.map(range(count), *search) for search in searches]
    outcome = compare_pairs(study, chosen, _comparisons(searches, pairs), shipping, findings)
    if engine.wants_more_seeds(study, outcome):
        more = [fit_pair.map(range(count, 2 * count), *search) for search in searches]
        pairs = [first + second for first, second in zip(pairs, more, strict=True)]
        outcome = compare_pairs(study, chosen, _comparisons(searches, pairs), shipping, findings)
    study.run.write_verdict(outcome.verdict)
    note(outcome.verdict.sentence)
    return outcome


@step("validate seed", task_run_name="fit-seed-{number}", tags=["validate"])
def fit_pair(number: int, study: Study, chosen: Replicated) -> Pair:
    """Tuned and default with one seed."""
    return engine.fit_pair(study, chosen, number)


@step("validate", task_run_name="validate-{study.config.name}", tags=["stage"])
def compare_pairs(
    study: Study,
    chosen: Replicated,
    comparisons: tuple[Comparison, ...],
    shipping: list[Pair],
    findings: tuple[Finding, ...],
) -> ValidationResult:
    """The comparison on the sealed rows."""
    ships = shipping[0] if shipping else comparisons[0].pairs[0]
    return engine.compare(study, chosen, comparisons, ships, findings, _costs(study))


def _comparisons(searches: list[tuple[Study, Replicated]], pairs: list[list[Pair]]) -> tuple[Comparison, ...]:
    return tuple(Comparison(*search, tuple(fits)) for search, fits in zip(searches, pairs, strict=True))


def _costs(study: Study) -> tuple[StageCost, ...]:
    """What each stage took, from the journals: a trial that was taken up again, or taken over, counts once."""
    costs = []
    for stage in ("coarse", "refine", "replicate"):
        studies = (study, *study.outer)
        trials = [trial for each in studies for trial in run_here(each.journal.trials(stage))]
        seconds = sum(trial.seconds for trial in trials)
        wall = sum(each.timings.get(stage, 0.0) for each in studies)
        costs.append(StageCost(stage, len(trials), round(seconds, 2), round(wall, 2)))
    return tuple(costs)

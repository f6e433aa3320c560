"""Validation: tuned and default with paired seeds, each pair a task run, and one opening of the vault."""

from finetooth.records import Finding, StageCost
from finetooth.tasks.runtime.step import note, step
from finetooth.trials.comparable import run_here
from finetooth.trials.study import Study
from finetooth.verdict import validate as engine
from finetooth.verdict.replicate import Replicated
from finetooth.verdict.validate import Pair, ValidationResult


def validate(study: Study, chosen: Replicated, findings: tuple[Finding, ...]) -> ValidationResult:
    """Fit the pairs, compare them on the sealed rows, and add as many seeds again where seeds matter much."""
    count = study.config.validation.seeds
    pairs = fit_pair.map(range(count), study, chosen)
    outcome = compare_pairs(study, chosen, pairs, findings)
    if engine.wants_more_seeds(study, outcome):
        pairs += fit_pair.map(range(count, 2 * count), study, chosen)
        outcome = compare_pairs(study, chosen, pairs, findings)
    study.run.write_verdict(outcome.verdict)
    note(outcome.verdict.sentence)
    return outcome


@step("validate seed", task_run_name="fit-seed-{number}", tags=["validate"])
def fit_pair(number: int, study: Study, chosen: Replicated) -> Pair:
    """Tuned and default with one seed."""
    return engine.fit_pair(study, chosen, number)


@step("validate", task_run_name="validate-{study.config.name}", tags=["stage"])
def compare_pairs(
    study: Study, chosen: Replicated, pairs: list[Pair], findings: tuple[Finding, ...]
) -> ValidationResult:
    """The comparison on the sealed rows."""
    return engine.compare(study, chosen, pairs, findings, _costs(study))


def _costs(study: Study) -> tuple[StageCost, ...]:
    """What each stage took, from the journal: a trial that was taken up again, or taken over, counts once."""
    costs = []
    for stage in ("coarse", "refine", "replicate"):
        trials = run_here(study.journal.trials(stage))
        seconds = sum(trial.seconds for trial in trials)
        costs.append(StageCost(stage, len(trials), round(seconds, 2), round(study.timings.get(stage, 0.0), 2)))
    return tuple(costs)

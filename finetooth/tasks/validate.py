"""Validation: tuned and default with paired seeds, each pair a task run, and one opening of the vault."""

from finetooth.config.tune import TuneConfig
from finetooth.records import Finding, StageCost
from finetooth.runs.run import Run
from finetooth.tasks.runtime.step import note, step
from finetooth.trials.comparable import run_here
from finetooth.trials.searches import Bench
from finetooth.verdict import validate as engine
from finetooth.verdict.replicate import Replicated
from finetooth.verdict.validate import Outcome, Pair


def validate(config: TuneConfig, run: Run, bench: Bench, chosen: Replicated, findings: tuple[Finding, ...]) -> Outcome:
    """Fit the pairs, compare them on the sealed rows, and add as many seeds again where seeds matter much."""
    count = config.validation.seeds
    pairs = fit_pair.map(range(count), config, bench, chosen)
    outcome = compare(config, run, bench, chosen, pairs, findings)
    if engine.wants_more_seeds(config, outcome):
        pairs += fit_pair.map(range(count, 2 * count), config, bench, chosen)
        outcome = compare(config, run, bench, chosen, pairs, findings)
    run.write_verdict(outcome.verdict)
    note(outcome.verdict.sentence)
    return outcome


@step("validate seed", task_run_name="fit-seed-{number}", tags=["validate"])
def fit_pair(number: int, config: TuneConfig, bench: Bench, chosen: Replicated) -> Pair:
    """Tuned and default with one seed."""
    return engine.fit_pair(config, bench, chosen, number)


@step("validate", task_run_name="validate-{config.name}", tags=["stage"])
def compare(
    config: TuneConfig,
    run: Run,
    bench: Bench,
    chosen: Replicated,
    pairs: list[Pair],
    findings: tuple[Finding, ...],
) -> Outcome:
    """The comparison on the sealed rows."""
    return engine.compare(config, bench, run.store, chosen, pairs, findings, _costs(bench))


def _costs(bench: Bench) -> tuple[StageCost, ...]:
    """What each stage took, from the journal: a trial that was taken up again, or taken over, counts once."""
    costs = []
    for stage in ("coarse", "refine", "replicate"):
        trials = run_here(bench.journal.trials(stage))
        seconds = sum(trial.seconds for trial in trials)
        costs.append(StageCost(stage, len(trials), round(seconds, 2), round(bench.timings.get(stage, 0.0), 2)))
    return tuple(costs)

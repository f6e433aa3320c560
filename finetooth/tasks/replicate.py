"""Replication: the best and the default again, each fresh shuffle a task run of its own."""

from finetooth.config.tune import TuneConfig
from finetooth.records import Trial
from finetooth.tasks.runtime import progress
from finetooth.tasks.runtime.caching import DependsOn
from finetooth.tasks.runtime.step import step
from finetooth.trials.searches import Bench
from finetooth.verdict import replicate as engine
from finetooth.verdict.replicate import Finalists, Replicated

_POLICY = DependsOn(sections=("replicate",), arguments=("repeat", "entered"))


def replicate(config: TuneConfig, bench: Bench, refined: tuple[Trial, ...]) -> Replicated:
    """Repeat the finalists, those that fall behind no longer, and choose among the rest."""
    entered = engine.finalists(config, refined)
    repeats = range(config.replicate.repeats)
    total = len(entered.candidates) * len(repeats)
    with progress.stage("replicate", total, bench) as shown:
        trials: list[tuple[Trial, ...]] = []
        for repeat in repeats:
            trials.append(progress.recorded(replicate_once(repeat, config, shown, entered), shown))
            entered = engine.still_in(entered, trials)
    return engine.select(entered, trials)


@step(
    "replicate",
    task_run_name="replicate-{repeat}",
    tags=["replicate"],
    cache_policy=_POLICY,
    persist_result=True,
)
def replicate_once(repeat: int, config: TuneConfig, bench: Bench, entered: Finalists) -> tuple[Trial, ...]:
    """All finalists on one fresh shuffle."""
    return engine.replicate(config, bench, entered, repeat)

"""Replication: the best and the default again, each fresh shuffle a task run of its own."""

from finetooth.records import Trial
from finetooth.tasks.runtime import progress
from finetooth.tasks.runtime.caching import DependsOn
from finetooth.tasks.runtime.step import step
from finetooth.trials.study import Study
from finetooth.verdict import replicate as engine
from finetooth.verdict.replicate import Finalists, Replicated

_POLICY = DependsOn(sections=("replicate",), arguments=("repeat", "finalists"))


def replicate(study: Study, refined: tuple[Trial, ...]) -> Replicated:
    """Repeat the finalists, those that fall behind no longer, and choose among the rest."""
    section = study.config.replicate
    finalists = engine.finalists(refined, section.finalists)
    with progress.stage("replicate", len(finalists.candidates) * section.repeats, study) as observed:
        trials: list[tuple[Trial, ...]] = []
        for repeat in range(section.repeats):
            trials.append(progress.record(replicate_once(repeat, observed, finalists), observed))
            finalists = engine.still_in(finalists, trials)
    return engine.select(finalists, trials)


@step(
    "replicate",
    task_run_name="replicate-{repeat}",
    tags=["replicate"],
    cache_policy=_POLICY,
    persist_result=True,
)
def replicate_once(repeat: int, study: Study, finalists: Finalists) -> tuple[Trial, ...]:
    """All finalists on one fresh shuffle."""
    return engine.replicate(study, finalists, repeat)

"""Refinement: a search on all development rows, informed by the coarse trials."""

from finetooth.records import Trial
from finetooth.tasks.runtime import progress
from finetooth.tasks.runtime.caching import DependsOn
from finetooth.tasks.runtime.step import step
from finetooth.trials import searches
from finetooth.trials.journal import EndedEarly
from finetooth.trials.study import Study

_POLICY = DependsOn(sections=("refine", "coarse"), arguments=("coarse",))


def refine(study: Study, coarse: tuple[Trial, ...]) -> tuple[Trial, ...]:
    """Search all rows, and show how it goes."""
    with progress.stage("refine", searches.refine_trials(study, coarse), study) as observed:
        return progress.record_search(*search_all(observed, coarse), observed)


@step("refine", task_run_name="refine-{study.config.name}", tags=["stage"], cache_policy=_POLICY, persist_result=True)
def search_all(study: Study, coarse: tuple[Trial, ...]) -> tuple[tuple[Trial, ...], EndedEarly | None]:
    """The search alone, and why it ended early if it did."""
    return searches.refine(study, coarse), study.journal.cut("refine")

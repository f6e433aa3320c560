"""A sweep's one stage: a single search on all development rows."""

from finetooth.records import Trial
from finetooth.tasks.runtime import progress
from finetooth.tasks.runtime.caching import DependsOn
from finetooth.tasks.runtime.step import step
from finetooth.trials import searches
from finetooth.trials.journal import EndedEarly
from finetooth.trials.study import Study

_POLICY = DependsOn(sections=("refine",))


def search(study: Study) -> tuple[Trial, ...]:
    """Search, and show how it goes."""
    with progress.stage("sweep", study.config.refine.trials, study) as observed:
        return progress.record_search(*search_once(observed), observed)


@step("search", task_run_name="sweep-{study.config.name}", tags=["stage"], cache_policy=_POLICY, persist_result=True)
def search_once(study: Study) -> tuple[tuple[Trial, ...], EndedEarly | None]:
    """The search alone, and why it ended early if it did."""
    return searches.sweep(study), study.journal.cut("sweep")

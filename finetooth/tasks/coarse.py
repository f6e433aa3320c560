"""Coarse search: trials on one shared subset of the rows, the best of them early on all rows."""

from finetooth.records import Trial
from finetooth.tasks.runtime import progress
from finetooth.tasks.runtime.caching import DependsOn
from finetooth.tasks.runtime.step import step
from finetooth.trials import searches
from finetooth.trials.journal import EndedEarly
from finetooth.trials.study import Study

_POLICY = DependsOn(sections=("coarse", "refine.window", "refine.folds", "refine.method", "refine.cost"))


def coarse_search(study: Study) -> tuple[Trial, ...]:
    """Search the subset, and show how it goes."""
    with progress.stage("coarse", study.config.coarse.trials, study) as observed:
        return progress.record_search(*search_subset(observed), observed)


@step(
    "coarse search",
    task_run_name="coarse-{study.config.name}",
    tags=["stage"],
    cache_policy=_POLICY,
    persist_result=True,
)
def search_subset(study: Study) -> tuple[tuple[Trial, ...], EndedEarly | None]:
    """The search alone, and why it ended early if it did."""
    return searches.coarse(study), study.journal.cut("coarse")

"""Coarse search: trials on one shared subset of the rows, the best of them early on all rows."""

from finetooth.config.tune import TuneConfig
from finetooth.records import Trial
from finetooth.tasks.runtime import progress
from finetooth.tasks.runtime.caching import DependsOn
from finetooth.tasks.runtime.step import step
from finetooth.trials import searches
from finetooth.trials.journal import Cut
from finetooth.trials.searches import Bench

_POLICY = DependsOn(sections=("coarse", "refine.window", "refine.folds", "refine.method", "refine.cost"))


def coarse_search(config: TuneConfig, bench: Bench) -> tuple[Trial, ...]:
    """Search the subset, and show how it goes."""
    with progress.stage("coarse", config.coarse.trials, bench) as shown:
        return progress.searched(*search_subset(config, shown), shown)


@step("coarse search", task_run_name="coarse-{config.name}", tags=["stage"], cache_policy=_POLICY, persist_result=True)
def search_subset(config: TuneConfig, bench: Bench) -> tuple[tuple[Trial, ...], Cut | None]:
    """The search alone, and why it ended early if it did."""
    return searches.coarse(config, bench), bench.journal.cut("coarse")

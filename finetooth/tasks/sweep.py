"""A sweep's one stage: a single search on all development rows."""

from finetooth.config.tune import TuneConfig
from finetooth.records import Trial
from finetooth.tasks.runtime import progress
from finetooth.tasks.runtime.caching import DependsOn
from finetooth.tasks.runtime.step import step
from finetooth.trials import searches
from finetooth.trials.journal import Cut
from finetooth.trials.searches import Bench

_POLICY = DependsOn(sections=("refine",))


def search(config: TuneConfig, bench: Bench) -> tuple[Trial, ...]:
    """Search, and show how it goes."""
    with progress.stage("sweep", config.refine.trials, bench) as shown:
        return progress.searched(*search_once(config, shown), shown)


@step("search", task_run_name="sweep-{config.name}", tags=["stage"], cache_policy=_POLICY, persist_result=True)
def search_once(config: TuneConfig, bench: Bench) -> tuple[tuple[Trial, ...], Cut | None]:
    """The search alone, and why it ended early if it did."""
    return searches.sweep(config, bench), bench.journal.cut("sweep")

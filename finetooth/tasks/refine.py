"""Refinement: a search on all development rows, informed by the coarse trials."""

from finetooth.config.tune import TuneConfig
from finetooth.records import Trial
from finetooth.tasks.runtime import progress
from finetooth.tasks.runtime.caching import DependsOn
from finetooth.tasks.runtime.step import step
from finetooth.trials import searches
from finetooth.trials.journal import Cut
from finetooth.trials.searches import Bench

_POLICY = DependsOn(sections=("refine", "coarse"), arguments=("coarse",))


def refine(config: TuneConfig, bench: Bench, coarse: tuple[Trial, ...]) -> tuple[Trial, ...]:
    """Search all rows, and show how it goes."""
    with progress.stage("refine", searches.refine_trials(config, bench.data, coarse), bench) as shown:
        return progress.searched(*search_all(config, shown, coarse), shown)


@step("refine", task_run_name="refine-{config.name}", tags=["stage"], cache_policy=_POLICY, persist_result=True)
def search_all(config: TuneConfig, bench: Bench, coarse: tuple[Trial, ...]) -> tuple[tuple[Trial, ...], Cut | None]:
    """The search alone, and why it ended early if it did."""
    return searches.refine(config, bench, coarse), bench.journal.cut("refine")

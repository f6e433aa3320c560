"""Refinement: a search on all development rows, informed by the coarse trials."""

from finetooth.config import TuneConfig
from finetooth.records import Trial
from finetooth.trials import stages
from finetooth.trials.journal import Cut
from finetooth.trials.stages import Bench
from tasks import progress
from tasks.caching import DependsOn
from tasks.step import step

_POLICY = DependsOn(sections=("refine", "coarse"), arguments=("coarse",))


def refine(config: TuneConfig, bench: Bench, coarse: tuple[Trial, ...]) -> tuple[Trial, ...]:
    """Search all rows, and show how it goes."""
    with progress.stage("refine", stages.refine_trials(config, bench.data, coarse), bench) as shown:
        return progress.searched(*search_all(config, shown, coarse), shown)


@step("refine", task_run_name="refine-{config.name}", tags=["stage"], cache_policy=_POLICY, persist_result=True)
def search_all(config: TuneConfig, bench: Bench, coarse: tuple[Trial, ...]) -> tuple[tuple[Trial, ...], Cut | None]:
    """The search alone, and why it ended early if it did."""
    return stages.refine(config, bench, coarse), bench.journal.cut("refine")

"""The challenger's parameters: the champion's own, or those of a search that starts there."""

from dataclasses import replace

from finetooth.config.tune import TuneConfig
from finetooth.records import Params
from finetooth.retraining.decide import Plan
from finetooth.retraining.starting_points import around
from finetooth.tasks.coarse import coarse_search
from finetooth.tasks.load_champion import Champion
from finetooth.tasks.refine import refine
from finetooth.tasks.replicate import replicate
from finetooth.tasks.runtime.step import note
from finetooth.trials.searches import Bench


def challenger(config: TuneConfig, bench: Bench, champion: Champion, plan: Plan) -> Params:
    """The parameters to challenge with. A search keeps the champion's unless others are clearly better on fresh folds.

    A champion of another family than the configuration's gives no starting point, and is always retuned.
    """
    known = champion.model
    same = known.learner.name == bench.family.learner.name
    if same and plan.action == "refit":
        return known.params
    started = bench
    first: tuple[Params, ...] = ()
    if not same:
        note(f"the champion is a {known.learner.name}; the search starts from {bench.family.learner.name}'s default")
    else:
        # The champion's parameters take the place of the default: trial 0, which the others have to beat.
        started = replace(bench, family=replace(bench.family, default=known.params))
        first = (dict(bench.family.default), *around(bench.family.space, known.params, config.seed))
    informed = config.model_copy(update={"refine": config.refine.model_copy(update={"known": first})})
    coarse = coarse_search(informed, started)
    refined = refine(informed, started, coarse)
    return replicate(informed, started, refined).winner.params

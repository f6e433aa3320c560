"""The challenger's parameters: the champion's own, or those of a search that starts there."""

from dataclasses import replace

from finetooth.records import Params
from finetooth.retraining.champion import Champion
from finetooth.retraining.decide import RetrainingPlan
from finetooth.retraining.starting_points import neighbours
from finetooth.tasks.coarse import coarse_search
from finetooth.tasks.refine import refine
from finetooth.tasks.replicate import replicate
from finetooth.tasks.runtime.step import note
from finetooth.trials.study import Study


def challenger_params(study: Study, champion: Champion, plan: RetrainingPlan) -> Params:
    """The parameters to challenge with. A search keeps the champion's unless others are clearly better on fresh folds.

    A champion of another family than the configuration's gives no starting point, and is always retuned.
    """
    model, family = champion.model, study.family
    same_family = model.learner.name == family.learner.name
    if same_family and plan.action == "refit":
        return model.params
    starting_points: tuple[Params, ...] = ()
    if not same_family:
        note(f"the champion is a {model.learner.name}; the search starts from {family.learner.name}'s default")
    else:
        # The champion's parameters take the place of the default: trial 0, which the others have to beat.
        starting_points = (dict(family.default), *neighbours(family.space, model.params, study.config.seed))
        family = replace(family, default=model.params)
    section = study.config.refine.model_copy(update={"known": starting_points})
    search = replace(study, config=study.config.model_copy(update={"refine": section}), family=family)
    coarse = coarse_search(search)
    refined = refine(search, coarse)
    return replicate(search, refined).winner.params

"""Challenge: the challenger fitted with several seeds, and one comparison with the champion on the sealed rows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from finetooth.models.model import Model
from finetooth.records import Finding, Params
from finetooth.retraining import challenge as engine
from finetooth.retraining.champion import Retraining
from finetooth.retraining.comparison import Challenge
from finetooth.tasks.runtime.step import note, step
from finetooth.trials.study import Study


@dataclass(frozen=True, slots=True)
class Challenger:
    """The model that would be promoted, how it compares with the champion, and the findings of the leakage checks."""

    model: Model
    challenge: Challenge
    findings: tuple[Finding, ...]


def challenge(study: Study, retraining: Retraining, params: Params, findings: tuple[Finding, ...]) -> Challenger:
    """Fit the challenger and compare it with the champion on the same sealed rows."""
    models = fit_seed.map(range(study.config.validation.seeds), study, params)
    comparison = compare_challenger(study, retraining, models)
    note(comparison.sentence)
    return Challenger(models[0], comparison, findings)


@step("challenger seed", task_run_name="fit-seed-{number}", tags=["validate"])
def fit_seed(number: int, study: Study, params: Params) -> Model:
    """The challenger with one seed."""
    return engine.fit_challenger(study, params, number)


@step("challenge", task_run_name="challenge-{study.config.name}", tags=["stage"])
def compare_challenger(study: Study, retraining: Retraining, models: Sequence[Model]) -> Challenge:
    """The comparison on the sealed rows."""
    champion, margin = retraining.champion, retraining.config.promotion.margin
    tuning = replace(study, config=retraining.tuning)
    return engine.compare_with_champion(tuning, champion.model, champion.version.folder, models, margin, champion.order)

"""Challenge: the challenger fitted with several seeds, and one look at the sealed rows beside the champion."""

from collections.abc import Sequence
from dataclasses import dataclass

from finetooth.config.retrain import RetrainConfig
from finetooth.config.tune import TuneConfig
from finetooth.models.model import Model
from finetooth.records import Finding, Params
from finetooth.retraining import challenge as engine
from finetooth.retraining.comparison import Challenge
from finetooth.runs.run import Run
from finetooth.tasks.ingest import of_kind
from finetooth.tasks.load_champion import Champion
from finetooth.tasks.runtime.step import note, step
from finetooth.trials.searches import Bench


@dataclass(frozen=True, slots=True)
class Compared:
    """The comparison and the model that would be promoted."""

    challenge: Challenge
    model: Model
    findings: tuple[Finding, ...]


def challenge(
    config: RetrainConfig,
    run: Run,
    bench: Bench,
    champion: Champion,
    params: Params,
    findings: tuple[Finding, ...],
) -> Compared:
    """Fit the challenger and compare it with the champion on the same sealed rows."""
    models = fit_seed.map(range(config.validation.seeds), run.config, bench, params)
    found = compare(config, run, bench, champion, models)
    note(found.sentence)
    return Compared(found, models[0], findings)


@step("challenger seed", task_run_name="fit-seed-{number}", tags=["validate"])
def fit_seed(number: int, config: TuneConfig, bench: Bench, params: Params) -> Model:
    """The challenger with one seed."""
    return engine.fit_challenger(config, bench, params, number)


@step("challenge", task_run_name="challenge-{config.name}", tags=["stage"])
def compare(config: RetrainConfig, run: Run, bench: Bench, champion: Champion, models: Sequence[Model]) -> Challenge:
    """The comparison on the sealed rows."""
    margin, files = config.promotion.margin, champion.version.folder
    wanted = of_kind(run, champion)
    return engine.compare(wanted, bench, run.store, champion.model, files, models, margin, champion.order)

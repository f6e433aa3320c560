"""The record of a run, read from its folder without Prefect, so that the command line is quick."""

from collections.abc import Mapping, Sequence

from finetooth.data.overview import ColumnSummary
from finetooth.domains.space import Space
from finetooth.models import inputs
from finetooth.models.learner import Family
from finetooth.models.user_code import of_catalogue
from finetooth.records import DataRef, Trial, from_json
from finetooth.report import RunRecord
from finetooth.runs.run import Run
from finetooth.spaces.resolve import choose
from finetooth.trials.journal import Journal
from finetooth.trials.summary import summarize


def record_of(run: Run) -> RunRecord:
    """The record of a run, finished or not."""
    data = data_of(run)
    journal = Journal(run.journal)
    trials = journal.trials()
    family = choose(run.config.model, data.kind) if data is not None else None
    search_trials = [trial for trial in trials if trial.stage in {"refine", "sweep"}]
    return RunRecord(
        name=run.folder.name,
        verdict=run.verdict(),
        trials=trials,
        data=data,
        findings=run.findings(),
        config=run.config.model_dump(mode="json"),
        lineage=run.lineage(),
        importance=_importance(family.space, search_trials) if family is not None and search_trials else {},
        space=family.space if family is not None else None,
        search_notes=summarize(trials, journal.cuts()),
        columns=columns_of(run),
        model_input="" if family is None else _input_of(family),
    )


def _input_of(family: Family) -> str:
    """What a model of the user's own gets; empty for one of the catalogue."""
    learner = family.learner
    if of_catalogue(learner):
        return ""
    decided = inputs.decided(learner, family.default) if learner.engine == "estimator" else learner
    return f"{learner.name} gets {inputs.WHAT[decided.prepare]}"


def _importance(space: Space, trials: Sequence[Trial]) -> Mapping[str, float]:
    from finetooth.search.importance import parameter_importance  # slow to import, and not needed by every run

    return parameter_importance(space, trials)


def columns_of(run: Run) -> tuple[ColumnSummary, ...]:
    """What each column of a run's table was taken for, if it came so far."""
    path = run.folder / "columns.json"
    return from_json(tuple[ColumnSummary, ...], path.read_bytes()) if path.exists() else ()


def data_of(run: Run) -> DataRef | None:
    """The table of a run after the split, if it came so far."""
    path = run.folder / "data.json"
    return from_json(DataRef, path.read_bytes()) if path.exists() else None

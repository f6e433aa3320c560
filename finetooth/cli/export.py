"""A finished run, shown elsewhere on request."""

from collections.abc import Iterator

from finetooth.errors import FinetoothError, InputError
from finetooth.report import RunRecord
from finetooth.report.gather import record_of
from finetooth.report.record import metric_of
from finetooth.runs.run import Run, find_run


def export(
    name: str, folder: str, *, optuna: str | None = None, mlflow: str | None = None, wandb: str | None = None
) -> Iterator[str]:
    """Show a run in each place that is named; a line each says where."""
    if optuna is None and mlflow is None and wandb is None:
        raise InputError(
            "a place must be named; got none; give --optuna sqlite:///trials.db, --mlflow URL or --wandb PROJECT."
        )
    run = find_run(name, folder)
    record = record_of(run)
    if not record.trials or record.space is None:
        raise InputError(f"a run must have trials to be shown elsewhere; {run.folder} has none ({run.state()}).")
    if optuna is not None:
        yield from _to_optuna(run, record, optuna)
    if mlflow is not None or wandb is not None:
        from finetooth.tracking import send

        config = run.config.tracking.model_copy(update={"mlflow": mlflow, "wandb": wandb})
        yield from _lines(send(run, metric_of(record), record.trials, config))


def _to_optuna(run: Run, record: RunRecord, storage: str) -> Iterator[str]:
    from finetooth.tracking.optuna_study import export as write

    if record.space is None:
        return
    verdict = record.verdict
    about = {"run": run.folder.name, "state": run.state(), "table": run.config.data.source}
    about |= {"sentence": verdict.sentence} if verdict is not None else {}
    names = write(storage, run.folder.name, record.space, metric_of(record), record.trials, about)
    yield f"{storage}: {', '.join(names)}; look at it with: optuna-dashboard {storage}"


def _lines(sent: dict[str, str]) -> Iterator[str]:
    """Where the run can be seen, a line each; raises for those that did not take it."""
    failed = [line for line in sent.values() if line.startswith("not ")]
    yield from (line for line in sent.values() if line not in failed)
    if failed:
        raise FinetoothError(" ".join(failed))

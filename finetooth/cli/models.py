"""The commands for models that may serve: list, promote, roll back, predict; and runs shown elsewhere."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from finetooth.cli.registry_tables import Promotion

AsJson = Annotated[bool, typer.Option("--json", help="The result as JSON on the standard output.")]
Location = Annotated[str, typer.Option("--registry", help="The registry: a folder, or any fsspec URL.")]
Runs = Annotated[str, typer.Option("--out", help="The folder of runs.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; it is kept in the model's history.")]
Mlflow = Annotated[
    str | None, typer.Option(help="Let the aliases on this MLflow server follow; by default on the run's.")
]
ModelName = Annotated[str, typer.Argument(metavar="MODEL", help="A model of the registry.")]

_WIDE = 400  # characters a line, where it is not a terminal that must hold it


def add_commands(app: typer.Typer) -> None:
    """Give the command line the commands of this file."""
    for command in (models, promote, rollback, predict, export):
        app.command()(command)


def models(
    model: Annotated[str | None, typer.Argument(help="A model; left out, all are listed.")] = None,
    registry: Location = "models",
    json: AsJson = False,
) -> None:
    """List the models of the registry, or one model's versions and the history of its champions."""
    from rich.console import Console

    from finetooth.cli import registry_tables
    from finetooth.registry.registry import Registry

    opened = Registry(registry)
    if json:
        typer.echo(registry_tables.registry_json(opened, model))
        return
    if model is None and not opened.models():
        typer.echo(f"no models in '{registry}'")
        return
    console = Console(width=None if sys.stdout.isatty() else _WIDE, highlight=False)
    if model is None:
        console.print(registry_tables.models_table(opened))
    else:
        console.print(registry_tables.versions_table(opened, model))


def promote(
    what: Annotated[
        str, typer.Argument(metavar="RUN|MODEL", help="A run whose model is registered first, or a model.")
    ],
    version: Annotated[int | None, typer.Argument(help="The version of MODEL to promote.", min=1)] = None,
    name: Annotated[str | None, typer.Option("--as", help="The model's name; by default what the run says.")] = None,
    reason: Reason = "",
    registry: Annotated[
        str | None, typer.Option(help="The registry; by default what the run says, or 'models'.")
    ] = None,
    out: Runs = "runs",
    mlflow: Mlflow = None,
    json: AsJson = False,
) -> None:
    """Make a version the champion; the one that it replaces stays as the previous one."""
    from finetooth.cli import registry_tables

    promotion = (
        registry_tables.promote_run(what, out, name, registry, reason)
        if version is None
        else registry_tables.promote_version(what, version, registry or "models", reason)
    )
    typer.echo(promotion.as_json() if json else str(promotion))
    _follow(promotion, mlflow)


def rollback(
    model: ModelName,
    reason: Reason = "",
    registry: Location = "models",
    mlflow: Mlflow = None,
    json: AsJson = False,
) -> None:
    """Bring the previous champion back; a second rollback undoes the first."""
    from finetooth.cli import registry_tables

    promotion = registry_tables.roll_back(model, registry, reason)
    typer.echo(promotion.as_json() if json else str(promotion))
    _follow(promotion, mlflow)


def _follow(promotion: "Promotion", address: str | None) -> None:
    """Let MLflow's aliases follow: on the server that is named, or on the one that shows these versions already.

    Where nobody has asked for it here, what fails there is a note: the champion is another all the same.
    """
    from finetooth.cli import registry_tables
    from finetooth.errors import FinetoothError

    uri = address if address is not None else promotion.server
    if uri is None:
        return
    try:
        registry_tables.follow(promotion, uri)
    except FinetoothError as error:
        if address is not None:
            raise
        typer.echo(f"finetooth: note: {error}", err=True)


def predict(
    what: Annotated[str, typer.Argument(metavar="MODEL|RUN|FOLDER", help="A model's champion, a run, or a folder.")],
    data: Annotated[str, typer.Argument(metavar="DATA", help="CSV, CSV.gz, Parquet, or any fsspec URL of one.")],
    out: Annotated[Path | None, typer.Option(help="A CSV or Parquet file for the table with its predictions.")] = None,
    version: Annotated[int | None, typer.Option(help="A version of MODEL in place of its champion.", min=1)] = None,
    registry: Location = "models",
    runs: Annotated[str, typer.Option(help="The folder of runs.")] = "runs",
    json: AsJson = False,
) -> None:
    """Predict a table: its columns, `prediction`, and the probability of each class."""
    from finetooth.api.predictions import predict_file

    sys.path.insert(0, "")  # a model of the user's own is imported from where they work
    predictions = predict_file(what, data, version, registry, runs)
    for note in predictions.notes:
        typer.echo(f"finetooth: note: {note}", err=True)
    if out is not None:
        predictions.write(out)
    if json:
        typer.echo(predictions.as_json(out))
    elif out is None:
        typer.echo(predictions.joined().to_csv(index=False), nl=False)
    else:
        typer.echo(f"{len(predictions.table)} rows predicted by {predictions.model}: {out}")


def export(
    run: Annotated[str, typer.Argument(metavar="RUN", help="The name of a run, or its folder.")],
    optuna: Annotated[str | None, typer.Option(help="An Optuna storage, such as sqlite:///trials.db.")] = None,
    mlflow: Annotated[str | None, typer.Option(help="The address of an MLflow server.")] = None,
    wandb: Annotated[str | None, typer.Option(help="A project of Weights & Biases.")] = None,
    out: Runs = "runs",
) -> None:
    """Show a finished run elsewhere: in optuna-dashboard, MLflow or Weights & Biases."""
    from finetooth.cli import export as exporting

    for line in exporting.export(run, out, optuna=optuna, mlflow=mlflow, wandb=wandb):
        typer.echo(line)

"""The commands that keep a model up to date: retrain, watch, and emit the event that starts a retraining."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from finetooth.cli import running

if TYPE_CHECKING:
    from finetooth.config.retrain import RetrainConfig
    from finetooth.retraining.decide import Decision
    from finetooth.runs.run import Run

AsJson = Annotated[bool, typer.Option("--json", help="The result as JSON on the standard output.")]
Untracked = Annotated[bool, typer.Option("--untracked", help="Without a Prefect server: nobody can be asked.")]
ModelName = Annotated[str, typer.Argument(metavar="MODEL", help="A model of the registry.")]
Location = Annotated[str, typer.Option("--registry", help="The registry: a folder, or any fsspec URL.")]


def add_commands(app: typer.Typer) -> None:
    """Give the command line the commands of this file."""
    for command in (retrain, watch, emit):
        app.command()(command)


def retrain(
    model: ModelName,
    data: Annotated[str, typer.Argument(metavar="DATA", help="CSV, CSV.gz, Parquet, or any fsspec URL of one.")],
    target: Annotated[str | None, typer.Option(help="The column to predict; by default the champion's.")] = None,
    registry: Annotated[str | None, typer.Option(help="The registry; 'models' by default.")] = None,
    config: Annotated[Path | None, typer.Option(help="A YAML file with any part of the configuration.")] = None,
    set_: Annotated[list[str] | None, typer.Option("--set", help="Any part of it, as section.key=value.")] = None,
    out: Annotated[str | None, typer.Option(help="The folder of runs; 'runs' by default.")] = None,
    untracked: Untracked = False,
    json: AsJson = False,
) -> None:
    """Retrain the champion on new data where that is called for, and replace it only by a better model."""
    settings = {"model": model, "data": data, "target": target, "registry": registry, "out": out}
    _print_decision(_retrain(_configure(config, settings, set_ or []), untracked=untracked), as_json=json)


def resume_retraining(run: "Run", *, untracked: bool, as_json: bool) -> None:
    """Go on with a retraining that was interrupted or killed; of one that has ended, say again how."""
    from finetooth.retraining.decide import decision_of
    from finetooth.tasks.runtime.retrain_checkpoint import resumed_config

    decision = decision_of(run) or _retrain(resumed_config(run), untracked=untracked)
    _print_decision(decision, as_json=as_json)


def _configure(config: Path | None, settings: dict[str, str | None], assignments: list[str]) -> "RetrainConfig":
    """The configuration of a retraining. Raises `InputError` for whatever is wrong in it."""
    from finetooth.api.retraining import apply_settings, retrain_config
    from finetooth.cli.options import assign
    from finetooth.config.loading import read_yaml

    values = read_yaml(config) if config is not None else {}
    apply_settings(values, settings)
    for assignment in assignments:
        assign(values, assignment)
    return retrain_config(values, str(config) if config is not None else "the options")


def _retrain(config: "RetrainConfig", *, untracked: bool) -> "Decision":
    with running.resumable(config.tuning, "retrain", untracked=untracked) as run:
        named = config.model_copy(update={"output": run.config.output})
        decision: Decision = running.run("retrain", named, untracked=untracked)
    return decision


def _print_decision(decision: "Decision", *, as_json: bool) -> None:
    from finetooth.records import to_json
    from finetooth.tasks.promote_challenger import decision_markdown

    typer.echo(to_json(decision) if as_json else decision_markdown(decision).rstrip())


def watch(
    model: ModelName,
    location: Annotated[str, typer.Argument(metavar="DATA", help="A file, a pattern, or any fsspec URL of one.")],
    registry: Location = "models",
    drifted: Annotated[bool, typer.Option("--drifted", help="Send the event only if a sample drifted.")] = False,
    tracked: Annotated[bool, typer.Option("--tracked", help="As a flow run of its own.")] = False,
) -> None:
    """Look once whether data changed, and send the event that starts a retraining if so."""
    from finetooth.config.retrain import EventWhen, WatchConfig

    when = EventWhen.DRIFTED if drifted else EventWhen.CHANGED
    config = WatchConfig(model=model, location=location, registry=registry, when=when)
    watched = running.run("watch", config, untracked=not tracked)
    typer.echo(f"{watched.reason}; event sent for {watched.uri}" if watched.uri else watched.reason)


def emit(
    model: ModelName,
    data: Annotated[str, typer.Argument(metavar="DATA", help="The table that arrived: what retrain will read.")],
    reason: Annotated[str, typer.Option(help="Why; it is kept in the event.")] = "emitted by hand",
) -> None:
    """Say that data of a model arrived: the deployment that waits for it starts a retraining."""
    from finetooth.tasks.runtime.arrival_event import ARRIVED
    from finetooth.tasks.runtime.arrival_event import emit as send

    event_id = send(model, data, reason)
    typer.echo(f"sent '{ARRIVED}' for {data} as {event_id}")

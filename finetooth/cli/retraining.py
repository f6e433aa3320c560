"""The commands that keep a model up to date: retrain, watch, and emit the event that starts a retraining."""

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from finetooth.config.retrain import RetrainConfig
    from finetooth.retraining.decide import Decision
    from finetooth.runs.run import Run

INTERRUPTED = 130  # the exit code

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
    given = {
        "name": model,
        "registry.model": model,
        "data.source": data,
        "data.target": target,
        "registry.location": registry,
        "output.folder": out,
    }
    _say(_retrained(_configured(config, given, set_ or []), untracked=untracked), as_json=json)


def go_on(run: "Run", *, untracked: bool, as_json: bool) -> None:
    """Go on with a retraining that was interrupted or killed; of one that has ended, say again how."""
    from finetooth.retraining.decide import decision_of
    from finetooth.tasks.runtime.retrain_checkpoint import configuration

    decision = decision_of(run) or _retrained(configuration(run), untracked=untracked)
    _say(decision, as_json=as_json)


def _say(decision: "Decision", *, as_json: bool) -> None:
    from finetooth.records import to_json
    from finetooth.tasks.promote_challenger import told

    typer.echo(to_json(decision) if as_json else told(decision).rstrip())


def _retrained(config: "RetrainConfig", *, untracked: bool) -> "Decision":
    """Retrain in a folder that is known from the start, so that an interruption can say how to go on."""
    from finetooth.cli import display
    from finetooth.tasks.runtime.run_folder import opened

    with opened(config.tuning, "retrain") as run:
        named = config.model_copy(update={"output": run.config.output})
        try:
            decision: Decision = _run("retrain", named, untracked=untracked)
        except KeyboardInterrupt:
            display.interrupted(run.folder, untracked=untracked)
            raise typer.Exit(INTERRUPTED) from None
    return decision


def watch(
    model: ModelName,
    location: Annotated[str, typer.Argument(metavar="DATA", help="A file, a pattern, or any fsspec URL of one.")],
    registry: Location = "models",
    drifted: Annotated[bool, typer.Option("--drifted", help="Send the event only if a sample drifted.")] = False,
    tracked: Annotated[bool, typer.Option("--tracked", help="As a flow run of its own.")] = False,
) -> None:
    """Look once whether data changed, and send the event that starts a retraining if so."""
    from finetooth.config.retrain import WatchConfig, When

    when = When.DRIFTED if drifted else When.CHANGED
    wanted = WatchConfig(model=model, location=location, registry=registry, when=when)
    watched = _run("watch", wanted, untracked=not tracked)
    typer.echo(f"{watched.reason}; event sent for {watched.uri}" if watched.uri else watched.reason)


def emit(
    model: ModelName,
    data: Annotated[str, typer.Argument(metavar="DATA", help="The table that arrived: what retrain will read.")],
    reason: Annotated[str, typer.Option(help="Why; it is kept in the event.")] = "emitted by hand",
) -> None:
    """Say that data of a model arrived: the deployment that waits for it starts a retraining."""
    from finetooth.tasks.runtime.arrival_event import ARRIVED
    from finetooth.tasks.runtime.arrival_event import emit as send

    sent = send(model, data, reason)
    typer.echo(f"sent '{ARRIVED}' for {data} as {sent}")


def _configured(config: Path | None, given: dict[str, Any], settings: list[str]) -> "RetrainConfig":
    """The configuration of a retraining. Raises `InputError` for whatever is wrong in it."""
    from finetooth.cli.options import put, put_setting
    from finetooth.config.loading import load_retrain, read_yaml
    from finetooth.models.model import load_model
    from finetooth.registry.registry import Registry

    values = read_yaml(config) if config is not None else {}
    for place, value in given.items():
        if value is not None:
            put(values, place.split("."), value)
    for setting in settings:
        put_setting(values, setting)
    made = load_retrain(values, str(config) if config is not None else "the options")
    if "target" in values["data"]:
        return made
    held = Registry(made.registry.location)
    champion = held.champion(made.model_name)
    if champion is None:
        return made  # the flow says what is missing
    target = load_model(held.open(champion)).about.target
    return made.model_copy(update={"data": made.data.model_copy(update={"target": target})})


def _run(name: str, config: Any, *, untracked: bool) -> Any:
    """Run a flow to its end, and show its progress."""
    from finetooth.cli import display

    flow = getattr(importlib.import_module(f"finetooth.flows.{name}"), name)
    with display.shown():
        if untracked:
            return flow.fn(config)
        from finetooth.cli.server import ensure_server

        ensure_server()
        return flow(config)

"""The command line. Exit codes: 0 done, 2 bad input, 3 stopped by a leak, 130 interrupted, 1 anything else."""

import os
import signal
import sys
import threading
from typing import TYPE_CHECKING, Annotated, Any

import typer

from finetooth.cli import running
from finetooth.cli.models import add_commands
from finetooth.cli.options import with_options
from finetooth.cli.retraining import add_commands as add_retraining
from finetooth.cli.retraining import resume_retraining
from finetooth.config.tune import TuneConfig
from finetooth.errors import FinetoothError, LeakageError
from finetooth.records import Kind

if TYPE_CHECKING:
    from finetooth.runs.run import Run

_WIDE = 400  # characters a line, where it is not a terminal that must hold it

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

Untracked = Annotated[bool, typer.Option("--untracked", help="Without a Prefect server: starts seconds sooner.")]
Tracked = Annotated[bool, typer.Option("--tracked", help="With a Prefect server, each check as a task run.")]
AsJson = Annotated[bool, typer.Option("--json", help="The result as JSON on the standard output.")]
Runs = Annotated[str, typer.Option("--out", help="The folder of runs.")]
RunName = Annotated[str, typer.Argument(metavar="RUN", help="The name of a run, or its folder.")]


@app.command()
@with_options(coarse=True, ships=True)
def tune(config: TuneConfig, untracked: Untracked = False, json: AsJson = False) -> None:
    """Tune a model on a table, from the leakage checks to a verdict on sealed rows."""
    _run("tune", config, untracked=untracked, as_json=json)


@app.command()
@with_options(coarse=False)
def sweep(config: TuneConfig, untracked: Untracked = False, json: AsJson = False) -> None:
    """Search once over a Dask cluster, with no stages around it."""
    _run("sweep", config, untracked=untracked, as_json=json)


@app.command()
@with_options(coarse=True)
def check(config: TuneConfig, tracked: Tracked = False, json: AsJson = False) -> None:
    """Look for leaks, and spend no trial."""
    _run("check", config, untracked=not tracked, as_json=json)


@app.command()
def demo(out: Runs = "runs", untracked: Untracked = False) -> None:
    """Tune XGBoost on a table that ships with scikit-learn: the whole pipeline in about a minute."""
    budget = {"coarse": {"trials": 4}, "refine": {"trials": 12}, "replicate": {"finalists": 4}}
    values = {"name": "demo", "data": {"source": "sklearn:breast_cancer"}, "output": {"folder": out}, **budget}
    _run("tune", TuneConfig.model_validate(values), untracked=untracked, as_json=False)


@app.command()
def resume(run: RunName, out: Runs = "runs", untracked: Untracked = False, json: AsJson = False) -> None:
    """Go on with a run that was interrupted or killed, as if it had never stopped."""
    from finetooth.runs.run import find_run

    earlier = find_run(run, out)
    if earlier.flow == "retrain":
        resume_retraining(earlier, untracked=untracked, as_json=json)
        return
    _run(earlier.flow, earlier.config, untracked=untracked, as_json=json)


@app.command()
def report(run: RunName, out: Runs = "runs") -> None:
    """Write the report of a run again, and print where it lies."""
    from finetooth.report import write
    from finetooth.report.gather import record_of
    from finetooth.runs.run import find_run

    ended = find_run(run, out)
    typer.echo(write(record_of(ended), ended.report))


@app.command()
def vault(run: RunName, out: Runs = "runs", json: AsJson = False) -> None:
    """Show what the sealed rows of a run were opened for, and verify that nothing was touched (exit code 1 if so)."""
    from rich.console import Console

    from finetooth.cli import vault_table
    from finetooth.runs.run import find_run

    audits = vault_table.audit_run(find_run(run, out))
    if json:
        typer.echo(vault_table.audits_json(audits))
    else:
        Console(highlight=False).print(vault_table.audits_table(audits))
    vault_table.check_intact(audits)


@app.command()
def runs(out: Runs = "runs") -> None:
    """List the runs."""
    from rich.console import Console

    from finetooth.cli.run_tables import runs_table
    from finetooth.runs.run import list_runs

    listed = list_runs(out, lambda error: typer.echo(f"left out: {error}", err=True))
    if not listed:
        typer.echo(f"no runs in '{out}'")
        return
    Console(width=None if sys.stdout.isatty() else _WIDE).print(runs_table(listed))


@app.command()
def compare(
    left: Annotated[str, typer.Argument(metavar="RUN", help="A run, or a version of a model as MODEL@2.")],
    right: Annotated[str, typer.Argument(metavar="RUN", help="The other one.")],
    out: Runs = "runs",
    registry: Annotated[str, typer.Option(help="Where versions of models are.")] = "models",
    json: AsJson = False,
) -> None:
    """Show what differs between two runs or versions, and whether their scores may be compared."""
    from rich.console import Console

    from finetooth.cli import compare as comparing

    comparison = comparing.compare(left, right, out, registry)
    if json:
        typer.echo(comparison.as_json())
        return
    Console(width=None if sys.stdout.isatty() else _WIDE, highlight=False).print(comparing.comparison_table(comparison))


@app.command()
def spaces(
    name: Annotated[str | None, typer.Argument(help="A family; left out, all are listed.")] = None,
    kind: Annotated[Kind, typer.Option(help="The task to explain it for.")] = "binary",
) -> None:
    """List the models and what may be tried for them, or explain one."""
    from rich.console import Console

    from finetooth.spaces.explain import explain, listing

    Console().print(listing() if name is None else explain(name, kind))


@app.command()
def serve(
    models: Annotated[list[str] | None, typer.Argument(help="Files that say how a model is kept up to date.")] = None,
) -> None:
    """Serve the flows for the Prefect UI, on a server on loopback unless one is configured."""
    _become("finetooth.deployments.serve", models or [])


_PASSED_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}


@app.command(context_settings=_PASSED_ON, options_metavar="up|down|status [OPTIONS]")
def stack(words: typer.Context) -> None:
    """Start, end or look at the whole stack on this machine: PostgreSQL, Prefect, Dask. 'stack --help' says more."""
    _become("finetooth.deployments.stack", words.args)


@app.command("deploy-models", context_settings=_PASSED_ON, options_metavar="FILE... [OPTIONS]")
def deploy_models(words: typer.Context) -> None:
    """Have a work pool keep models up to date, as files such as deployments/configs/churn.yaml say."""
    _become("finetooth.deployments.deploy_models", words.args)


def _become(module: str, words: list[str]) -> None:
    """Go on as another module of the package, found where this one is and never in the user's folder (-P)."""
    os.execv(sys.executable, [sys.executable, "-P", "-m", module, *words])  # noqa: S606 (this very interpreter)


def _run(flow: str, config: TuneConfig, *, untracked: bool, as_json: bool) -> None:
    """Run a flow to its end, show its progress, and say what came of it."""
    with running.resumable(config, flow, untracked=untracked) as run:
        try:
            running.run(flow, run.config, untracked=untracked)
        except LeakageError:
            _print_result(run, as_json=as_json)
            raise
        _print_result(run, as_json=as_json)


def _print_result(run: "Run", *, as_json: bool) -> None:
    from rich.console import Console

    from finetooth.cli.run_tables import best_json
    from finetooth.leakage.findings import Findings
    from finetooth.report import columns_table, summary
    from finetooth.report.gather import record_of

    if as_json:
        typer.echo(best_json(record_of(run)) if run.flow == "sweep" else run.result_json().strip())
        return
    console = Console(highlight=False)
    if run.flow == "check":
        Console(width=None if sys.stdout.isatty() else _WIDE, highlight=False).print(columns_table(record_of(run)))
        console.print(f"{Findings(run.findings())}\nreport: {run.report}", markup=False, soft_wrap=True)
        return
    model = run.model if run.model.exists() else None
    console.print(summary(record_of(run), report=run.report, model=model))
    if run.registered():
        from finetooth.registry.register_run import registration_sentence

        console.print(registration_sentence(run.registered()), markup=False, soft_wrap=True)
    for where in run.tracked().values():
        console.print(where, markup=False, soft_wrap=True)


add_commands(app)
add_retraining(app)


def main() -> None:
    """The entry point: one line for what went wrong, and the exit code that says what kind it was."""
    # Prefect's console log would repeat as a traceback what is said here in one line; the server still gets its log.
    os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _interrupt)
    try:
        app()
    except FinetoothError as error:
        from finetooth.cli import display

        display.fail(error)
        sys.exit(error.exit_code)


def _interrupt(*_: Any) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()

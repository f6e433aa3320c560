"""Have a work pool keep models up to date: `finetooth deploy-models FILE...`, on the configured Prefect server.

Each FILE is one such as deployments/configs/churn.yaml. Given again, it replaces the earlier deployment. The runs work
in the folder where this is called, so that a path means there what it means here.
"""

import sys
from pathlib import Path
from typing import Annotated

import typer

from finetooth.errors import FinetoothError, InputError

POOL = "finetooth"


def deploy_files(files: list[str], pool: str = POOL, folder: Path | None = None) -> list[str]:
    """Deploy the retraining and the watching that the files ask for; the names of the deployments.

    `folder` is where the runs work, on the machine of the worker: this folder when it is not given. Raises
    `InputError` for a file that is wrong, a block or a pool that is not there, or when no server is configured.
    """
    import finetooth.flows  # noqa: F401 (sets what Prefect reads when it is imported)
    from finetooth.deployments import triggers
    from finetooth.deployments.alerts import set_alerts

    models = [triggers.read_deployment(file) for file in files]
    if models:
        _check_pool(pool)
    names = []
    for model in models:
        set_alerts(model.config.model_name, model.alert)
        for deployment in triggers.deployments(model):
            deployment.job_variables = {"working_dir": str((folder or Path.cwd()).absolute())}
            deployment.apply(work_pool_name=pool)
            names.append(deployment.full_name)
    return names


def _check_pool(pool: str) -> None:
    from prefect.client.orchestration import get_client
    from prefect.exceptions import ObjectNotFound
    from prefect.settings import get_current_settings

    if get_current_settings().api.url is None:
        raise InputError("a Prefect server must be named to deploy on; got none; set PREFECT_API_URL.")
    with get_client(sync_client=True) as client:
        try:
            client.read_work_pool(pool)
        except ObjectNotFound:
            raise InputError(
                f"the work pool must exist; there is no '{pool}'; make it with "
                f"'prefect work-pool create {pool} --type process', or name another with --pool."
            ) from None


def main(
    files: Annotated[list[str] | None, typer.Argument(metavar="FILE...", help="As in deployments/configs.")] = None,
    pool: Annotated[str, typer.Option(help="The process work pool that runs the flows.")] = POOL,
    folder: Annotated[Path | None, typer.Option(help="Where the runs work; by default this folder.")] = None,
) -> None:
    """Deploy what keeps models up to date; a user's error is one line."""
    try:
        for name in deploy_files(files or [], pool, folder):
            typer.echo(f"deployed {name}")
    except FinetoothError as error:
        typer.echo(f"finetooth: {error}", err=True)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    typer.run(main)

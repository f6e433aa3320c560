"""What tests of several rooms share: waiting for something, and for the runs of a deployment."""

import time


def until(reached, seconds, what):
    """What `reached` returns, as soon as that is true."""
    deadline = time.monotonic() + seconds
    while not (value := reached()):
        assert time.monotonic() < deadline, f"{what} must happen within {seconds} s"
        time.sleep(0.2)
    return value


def started_runs(client, deployment):
    """The runs of a deployment that are no longer only scheduled."""
    from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterId

    runs = client.read_flow_runs(deployment_filter=DeploymentFilter(id=DeploymentFilterId(any_=[deployment.id])))
    return [run for run in runs if not run.state.is_scheduled()]


def next_run(client, deployment, known=(), seconds=120):
    """The run that is started after those that are known."""
    ids = {run.id for run in known}

    def started():
        return next((run for run in started_runs(client, deployment) if run.id not in ids), None)

    return until(started, seconds, f"a run of {deployment.name}")


def ended(client, run, seconds=180):
    """The state in which a run ends."""

    def state():
        now = client.read_flow_run(run.id).state
        return now if now.is_final() else None

    return until(state, seconds, f"the end of {run.name}")

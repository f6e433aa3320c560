"""The event that starts a retraining: how it is sent, and what a flow reads of it."""

from typing import Any

from finetooth.config.retrain import RetrainConfig
from finetooth.errors import FinetoothError, InputError, one_line

ARRIVED = "finetooth.data.arrived"
RESOURCE = "finetooth.dataset"
UNNAMED = "the event named no table"  # what a run is given in the place of one, and what its page shows


def with_table(config: RetrainConfig, uri: str) -> RetrainConfig:
    """The configuration with the table that an event names ("": its own). `InputError` for an event that names none."""
    if not uri.strip():
        return config
    if uri == UNNAMED or "{{" in uri:
        raise InputError(
            f"the event '{ARRIVED}' must carry the new table as payload.uri; it carried none; send it as "
            "'finetooth emit MODEL DATA' does."
        )
    return config.model_copy(update={"data": config.data.model_copy(update={"source": uri.strip()})})


def event(model: str, uri: str, reason: str) -> dict[str, Any]:
    """The event that says that data of `model` arrived at `uri`, as the API takes it."""
    from prefect.events.schemas.events import Event

    resource = {"prefect.resource.id": f"{RESOURCE}.{model}", "prefect.resource.name": model}
    payload = {"uri": uri, "model": model, "reason": reason}
    values = {"event": ARRIVED, "resource": resource, "payload": payload}
    return dict(Event.model_validate(values).model_dump(mode="json"))


def emit(model: str, uri: str, reason: str) -> str:
    """Send the event to the configured server; its id. Raises `FinetoothError` when no server takes it."""
    import httpx
    from prefect.client.orchestration import get_client
    from prefect.settings import get_current_settings

    if get_current_settings().api.url is None:
        raise InputError("a Prefect server must be named for an event to be sent to; got none; set PREFECT_API_URL.")
    arrived = event(model, uri, reason)
    try:
        with get_client(sync_client=True) as client:
            client.request("POST", "/events", json=[arrived]).raise_for_status()
    except (httpx.HTTPError, RuntimeError) as error:
        reply = one_line(error, 200)
        raise FinetoothError(f"the Prefect server must take the event; it answered: {reply}") from None
    return str(arrived["id"])

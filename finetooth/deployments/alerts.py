"""Alerts: a block of the user's is notified of a model's runs that failed, and of those that wait for a person.

The block is made once, in the UI under Blocks or in Python, and named in the model's file as `alert: TYPE/NAME`:

    from prefect.blocks.webhook import Webhook
    Webhook(url="https://ops.example.org/finetooth").save("ops")                # alert: webhook/ops

    from prefect.blocks.notifications import SlackWebhook
    SlackWebhook(url="https://hooks.slack.com/services/...").save("team")       # alert: slack-webhook/team

    # The same type takes any URL of Apprise, and so a mail server of your own (mailto:// where it has no TLS):
    SlackWebhook(url="mailtos://USER:PASSWORD@smtp.example.org:587/?from=runs@example.org&to=you@example.org").save("mail")
"""

from dataclasses import dataclass
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.events.actions import CallWebhook, SendNotification
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture
from prefect.exceptions import ObjectNotFound

from finetooth.errors import InputError


@dataclass(frozen=True, slots=True)
class _Alert:
    """One kind of alert: its title, the events that it is sent for, and its text."""

    title: str
    events: frozenset[str]
    text: str


_ALERTS = (
    _Alert(
        "a run failed",
        frozenset({"prefect.flow-run.Failed", "prefect.flow-run.Crashed", "prefect.flow-run.TimedOut"}),
        "{{ flow_run.name }} ended as {{ flow_run.state.name }}: {{ flow_run.state.message }}\n"
        "Who serves is told by 'finetooth models MODEL'. The run: {{ flow_run|ui_url }}",
    ),
    _Alert(
        "a run waits",
        frozenset({"prefect.flow-run.Paused"}),
        "{{ flow_run.name }} waits for a person to say who serves; without an answer the champion is kept.\n"
        "Answer with 'Resume' on its page: {{ flow_run|ui_url }}",
    ),
)


def set_alerts(model: str, block: str | None) -> None:
    """Send a model's alerts to a block, as TYPE/NAME, in place of an earlier one (None: to nobody).

    Raises `InputError` when there is no such block.
    """
    with get_client(sync_client=True) as client:
        block_id = None if block is None else _block_id(client, block)
        for alert in _ALERTS:
            name = f"{model}: {alert.title}"
            for old in client.read_automations_by_name(name):
                client.delete_automation(old.id)
            if block is not None and block_id is not None:
                client.create_automation(_automation(model, alert, block, block_id))


def _automation(model: str, alert: _Alert, block: str, block_id: UUID) -> AutomationCore:
    kind = block.partition("/")[0]
    subject, text = f"finetooth: {model}: {alert.title}", alert.text.replace("MODEL", model)
    return AutomationCore(
        name=f"{model}: {alert.title}",
        description=f"Tells '{block}'.",
        trigger=EventTrigger(
            expect=set(alert.events),
            match={"prefect.resource.id": "prefect.flow-run.*"},
            match_related={"prefect.resource.id": f"prefect.tag.{model}", "prefect.resource.role": "tag"},
            posture=Posture.Reactive,
            threshold=1,
        ),
        actions=[
            CallWebhook(block_document_id=block_id, payload=text)
            if kind == "webhook"
            else SendNotification(block_document_id=block_id, subject=subject, body=text)
        ],
    )


def _block_id(client: SyncPrefectClient, block: str) -> UUID:
    kind, _, name = block.partition("/")
    try:
        return client.read_block_document_by_name(name, kind).id
    except ObjectNotFound:
        raise InputError(
            f"the block that hears of failures must exist; there is no '{block}'; make it in the UI under Blocks, or "
            "leave 'alert' out."
        ) from None

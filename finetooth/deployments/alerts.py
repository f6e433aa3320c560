"""Who hears of a model's runs: a block of the user's is told of those that failed, and of those that wait for a person.

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
class _News:
    """What is told: its title, the events that it is told of, and the text."""

    title: str
    events: frozenset[str]
    text: str


_NEWS = (
    _News(
        "a run failed",
        frozenset({"prefect.flow-run.Failed", "prefect.flow-run.Crashed", "prefect.flow-run.TimedOut"}),
        "{{ flow_run.name }} ended as {{ flow_run.state.name }}: {{ flow_run.state.message }}\n"
        "Who serves is told by 'finetooth models MODEL'. The run: {{ flow_run|ui_url }}",
    ),
    _News(
        "a run waits",
        frozenset({"prefect.flow-run.Paused"}),
        "{{ flow_run.name }} waits for a person to say who serves; without an answer the champion is kept.\n"
        "Answer with 'Resume' on its page: {{ flow_run|ui_url }}",
    ),
)


def alert(model: str, block: str | None) -> None:
    """Have a model's runs told to a block, as TYPE/NAME, instead of what was told before (None: to nobody).

    Raises `InputError` when there is no such block.
    """
    with get_client(sync_client=True) as client:
        found = None if block is None else _block(client, block)
        for news in _NEWS:
            name = f"{model}: {news.title}"
            for old in client.read_automations_by_name(name):
                client.delete_automation(old.id)
            if block is not None and found is not None:
                client.create_automation(_automation(model, news, block, found))


def _automation(model: str, news: _News, block: str, found: UUID) -> AutomationCore:
    kind = block.partition("/")[0]
    subject, text = f"finetooth: {model}: {news.title}", news.text.replace("MODEL", model)
    return AutomationCore(
        name=f"{model}: {news.title}",
        description=f"Tells '{block}'.",
        trigger=EventTrigger(
            expect=set(news.events),
            match={"prefect.resource.id": "prefect.flow-run.*"},
            match_related={"prefect.resource.id": f"prefect.tag.{model}", "prefect.resource.role": "tag"},
            posture=Posture.Reactive,
            threshold=1,
        ),
        actions=[
            CallWebhook(block_document_id=found, payload=text)
            if kind == "webhook"
            else SendNotification(block_document_id=found, subject=subject, body=text)
        ],
    )


def _block(client: SyncPrefectClient, block: str) -> UUID:
    kind, _, name = block.partition("/")
    try:
        return client.read_block_document_by_name(name, kind).id
    except ObjectNotFound:
        raise InputError(
            f"the block that hears of failures must exist; there is no '{block}'; make it in the UI under Blocks, or "
            "leave 'alert' out."
        ) from None

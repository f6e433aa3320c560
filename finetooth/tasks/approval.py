"""Approval: a promotion with objections waits for a person, on a page of its own in the Prefect UI."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Timer
from uuid import UUID

from prefect import flow, tags
from prefect.artifacts import create_markdown_artifact
from prefect.exceptions import PrefectException
from prefect.flow_runs import pause_flow_run, resume_flow_run
from prefect.input import RunInput
from prefect.runtime import flow_run
from pydantic import Field

from finetooth.config.retrain import ApprovalConfig
from finetooth.registry.registry import Version
from finetooth.retraining.decide import Ruling
from finetooth.tasks.runtime.step import note, tracked

POLL = 5  # seconds between two checks for an answer
GRACE = 600  # seconds that the server waits longer: it fails a run that nobody has answered in its own time
UNANSWERED = "nobody answered"


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether the challenger is promoted, and why."""

    promote: bool
    reason: str


class Approval(RunInput):
    """The form that a person fills in."""

    promote: bool = Field(
        False,
        title="Promote the challenger",
        description="Switched on, it serves from now on; left off, the champion is kept.",
    )
    reason: str = Field("", title="Reason", description="Why you decide so; it is kept in the model's history.")


def ask(config: ApprovalConfig, version: Version, ruling: Ruling) -> Answer:
    """Wait until a person has answered or the time is up; without an answer the champion is kept.

    An untracked run has no page to ask on: it keeps the champion, and its reason says so.
    """
    objections = " ".join(ruling.objections)
    if not tracked() or not config.ask:
        obstacle = "the configuration asks nobody" if tracked() else "an untracked run can ask nobody"
        return Answer(False, f"held, and kept since {obstacle}: {objections} Promote version {version.number} by hand.")
    until = (datetime.now(UTC) + timedelta(hours=config.hours)).strftime("%Y-%m-%d %H:%M UTC")
    note(f"waiting until {until} for an answer on the page of 'approve-{version.model}': {objections}", warning=True)
    with tags("finetooth", version.model):
        form = approve(version.model, _question(version, ruling, until), round(config.hours * 3600))
    if form.reason == UNANSWERED:
        return Answer(False, f"nobody answered within {config.hours:g} hours, so the champion is kept: {objections}")
    stated = f": {form.reason}" if form.reason else ""
    if form.promote:
        return Answer(True, f"promoted by a person{stated}. {ruling.reason} Against it stood: {objections}")
    return Answer(False, f"kept by a person{stated}. {objections}")


# A run of its own: one that is paused gives up its turn among the runs of its deployment, and is then ended by Prefect
# a few minutes later, when it cannot renew it. The retraining itself goes on running, and keeps its turn.
@flow(name="approve", flow_run_name="approve-{model}")
def approve(model: str, question: str, seconds: int) -> Approval:  # noqa: ARG001 (it names the run)
    """Ask a person who serves: 'Resume' on the page of this run shows the form."""
    create_markdown_artifact(question, key="retrain-question", description="What a person is asked")
    note("answer with 'Resume' on this page")
    form = Approval.with_initial_data(description=question)
    unanswered = Timer(seconds, _go_on_without, [UUID(str(flow_run.get_id()))])
    unanswered.daemon = True
    unanswered.start()
    try:
        return pause_flow_run(wait_for_input=form, timeout=seconds + GRACE, poll_interval=POLL)
    finally:
        unanswered.cancel()


def _question(version: Version, ruling: Ruling, until: str) -> str:
    against = "\n".join(f"- {objection}" for objection in ruling.objections)
    return (
        f"# Promote version {version.number} of {version.model}?\n\n{ruling.reason}\n\n"
        f"**Against it stands:**\n\n{against}\n\nWithout an answer by {until} the champion is kept.\n"
    )


def _go_on_without(run: UUID) -> None:
    """Answer in the place of the person who did not; somebody may just have been faster."""
    with suppress(PrefectException):
        resume_flow_run(run, run_input={"promote": False, "reason": UNANSWERED})

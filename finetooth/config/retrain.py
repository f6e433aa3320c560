"""What a user may ask of a retraining: all that a tuning run has, and when to retrain, promote and ask a person."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field

from finetooth.config.section import ConfigSection
from finetooth.config.tune import TuneConfig


class Work(StrEnum):
    """How much is done."""

    AUTO = "auto"
    REFIT = "refit"
    RETUNE = "retune"


class DecideConfig(ConfigSection):
    """When to retrain, and how much."""

    work: Work = Field(Work.AUTO, title="Work")
    """auto: skip, refit or retune as the data call for; refit keeps the champion's parameters; retune searches anew."""
    least_new: int = Field(200, ge=20, title="Fewest new rows")
    """With fewer rows than this that the champion has not learned from, nothing is done."""
    expected_rows: int | None = Field(None, ge=1, title="Expected rows")
    """How many rows usually come; a table that is 30 % off is warned of. Left empty, as many as the champion had."""


def _reason(text: str) -> str:
    if 0 < len(text) < 3:
        raise ValueError("a reason must have 3 characters at least, or be left empty")
    return text


class PromotionConfig(ConfigSection):
    """When the challenger replaces the champion."""

    margin: float | None = Field(None, ge=0, title="Margin")
    """How much worse still counts as not inferior, in the metric's unit; left empty, the smallest gain that matters."""
    not_inferior: Annotated[str, AfterValidator(_reason)] = Field("", title="Reason to accept an equal model")
    """Why one that is only not inferior should replace the champion, such as its cost; left empty, only drift does."""


class ApprovalConfig(ConfigSection):
    """How a person is asked when the rules call for one."""

    ask: bool = Field(True, title="Ask a person")
    """Pause the run with a form; switched off, holding means that the champion is kept."""
    hours: float = Field(24.0, gt=0, le=24 * 30, title="Wait for so many hours")
    """Without an answer in this time the champion is kept."""


_OWN = {"decide", "promotion", "approval"}  # sections that a tuning run does not have
_FIRST = ("name", "data", "registry", "decide", "promotion", "approval", "seed", "metric")


def _own_first(schema: dict[str, Any]) -> None:
    """Number the fields of the form: what a retraining is about, before how its challenger is tuned."""
    fields = schema["properties"]
    order = [*_FIRST, *(name for name in fields if name not in _FIRST)]
    for position, name in enumerate(order):
        fields[name]["position"] = position


class RetrainConfig(TuneConfig):
    """A retraining from new data to the decision who serves."""

    model_config = ConfigDict(json_schema_extra=_own_first)

    name: str = Field("retrain", title="Name", pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    """What the run is called; also the model's name, unless the registry section gives one."""
    decide: DecideConfig = Field(default_factory=DecideConfig, title="When to retrain")
    promotion: PromotionConfig = Field(default_factory=PromotionConfig, title="When to promote")
    approval: ApprovalConfig = Field(default_factory=ApprovalConfig, title="Asking a person")

    @property
    def model_name(self) -> str:
        """The model's name in the registry."""
        return self.registry.model or self.name

    @property
    def tuning(self) -> TuneConfig:
        """The part that a tuning run knows."""
        return TuneConfig.model_validate(self.model_dump(exclude=_OWN))


class EventWhen(StrEnum):
    """What is worth an event."""

    CHANGED = "changed"
    DRIFTED = "drifted"


class WatchConfig(ConfigSection):
    """Looking at a data location."""

    model: str = Field("retrain", title="Model", pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    """The model whose data are watched: its name in the registry."""
    location: str = Field("data.csv", title="Data location")
    """A file, a pattern such as incoming/*.csv, or any fsspec URL of one."""
    registry: str = Field("models", title="Registry")
    """A folder, or any fsspec URL; what was seen is kept there."""
    when: EventWhen = Field(EventWhen.CHANGED, title="Send the event when")
    """changed: its size, time or checksum is another; drifted: a sample of it also differs from what was learned."""

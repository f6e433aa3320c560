"""Which version is the champion, and which was before it: one object a change, so that the two cannot disagree.

    <registry>/<model>/history/00000012.json

The newest object says how things stand; all of them together are the history. A change is made by creating the
object of the next generation, which the store allows to one alone: so the check and the change are one step, nothing
is written over, and a crash leaves the state before or the state after.
"""

import getpass
import os
import socket
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from pydantic import ValidationError

from finetooth.errors import FinetoothError, InputError
from finetooth.records import from_json, to_json
from finetooth.registry.storage import Storage

Action = Literal["promote", "rollback", "keep", "hold"]


class ChampionMovedError(FinetoothError):
    """Somebody else changed the champion since it was looked at; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Change:
    """What was decided about `version`, and how things stood afterwards. `keep` and `hold` change no pointer.

    `token` is different for every attempt, so that a writer recognises its own object.
    """

    generation: int
    action: Action
    version: int
    champion: int | None
    previous: int | None
    moment: str
    by: str
    reason: str = ""
    token: str = ""


def read_changes(storage: Storage, model: str) -> tuple[Change, ...]:
    """Every change of a model, oldest first. Raises `InputError` when one cannot be read."""
    return tuple(_read_change(storage, f"{model}/history/{name}") for name in storage.names(f"{model}/history"))


def latest_change(storage: Storage, model: str) -> Change | None:
    """How things stand now; None before the first change."""
    names = storage.names(f"{model}/history")
    return _read_change(storage, f"{model}/history/{names[-1]}") if names else None


def append_change(
    storage: Storage,
    model: str,
    before: Change | None,
    action: Action,
    version: int,
    reason: str,
    pointers: tuple[int | None, int | None],
) -> Change:
    """Make the change that follows `before`; `pointers` are champion and previous after it.

    Raises `ChampionMovedError` when another change has followed it already.
    """
    generation = 1 if before is None else before.generation + 1
    change = Change(generation, action, version, *pointers, timestamp(), user_and_host(), reason, uuid.uuid4().hex)
    path = f"{model}/history/{generation:08d}.json"
    if not storage.create(path, to_json(change).encode() + b"\n"):
        latest = latest_change(storage, model)
        raise champion_moved(model, None if before is None else before.champion, latest)
    return change


def champion_moved(model: str, expected: int | None, latest: Change | None) -> ChampionMovedError:
    """Say that the champion is not, or no longer, the one that was looked at."""
    is_now = "there is none" if latest is None or latest.champion is None else f"it is version {latest.champion}"
    since = "" if latest is None else f" since {latest.moment} ({latest.action} by {latest.by})"
    was = "no champion yet" if expected is None else f"version {expected} as its champion"
    return ChampionMovedError(
        f"'{model}' must still have {was}; {is_now}{since}; nothing was changed; compare with that and decide again."
    )


def timestamp() -> str:
    """The present time in UTC as ISO 8601, to the second."""
    return datetime.now(tz=UTC).isoformat(timespec="seconds")


def user_and_host() -> str:
    """Who makes a change: `user@host`."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container may run under a number that no name belongs to
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"


def _read_change(storage: Storage, path: str) -> Change:
    try:
        return from_json(Change, storage.read(path) or b"")
    except ValidationError:
        raise InputError(
            f"each file of a registry's history must be as it was written; {storage.url(path)} is not; restore it."
        ) from None

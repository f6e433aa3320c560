"""The watch state: what was at a watched data location when it last changed, stored beside the model.

<registry>/<model>/watch/<location>/00000003.json   its third state; nothing is written over
"""

from finetooth.records import digest, from_json, to_json
from finetooth.registry.storage import storage_at
from finetooth.retraining.watch import WatchState


def read_watch_state(registry: str, model: str, location: str) -> WatchState | None:
    """The state of the location when it last changed; None before the first look."""
    storage, folder = storage_at(registry), _folder(model, location)
    names = storage.names(folder)
    content = storage.read(f"{folder}/{names[-1]}") if names else None
    return None if content is None else from_json(WatchState, content)


def write_watch_state(registry: str, model: str, location: str, state: WatchState) -> None:
    """Store the state of the location for the next look. Raises `InputError` when the registry is not writable."""
    storage, folder = storage_at(registry), _folder(model, location)
    number = len(storage.names(folder)) + 1
    while not storage.create(f"{folder}/{number:08d}.json", to_json(state).encode() + b"\n"):
        number += 1


def _folder(model: str, location: str) -> str:
    return f"{model}/watch/{digest(location)}"

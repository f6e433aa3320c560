"""What was seen at a watched data location, kept beside the model whose data lie there.

<registry>/<model>/watch/<location>/00000003.json   what was seen when it last changed; nothing is written over
"""

from finetooth.records import digest, from_json, to_json
from finetooth.registry.storage import storage_at
from finetooth.retraining.watch import Look


def remembered(registry: str, model: str, location: str) -> Look | None:
    """What was seen when the location last changed; None before the first look."""
    where, folder = storage_at(registry), _folder(model, location)
    names = where.names(folder)
    content = where.read(f"{folder}/{names[-1]}") if names else None
    return None if content is None else from_json(Look, content)


def remember(registry: str, model: str, location: str, seen: Look) -> None:
    """Keep what was seen for the next look. Raises `InputError` when the registry is not writable."""
    where, folder = storage_at(registry), _folder(model, location)
    number = len(where.names(folder)) + 1
    while not where.create(f"{folder}/{number:08d}.json", to_json(seen).encode() + b"\n"):
        number += 1


def _folder(model: str, location: str) -> str:
    return f"{model}/watch/{digest(location)}"

"""A small bounded cache that threads share: each value is built once, by whoever asks first."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any


class BoundedCache:
    """Keeps the last `size` values by key. Building one value does not hold up the others."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._guard = Lock()
        self._slots: OrderedDict[Hashable, tuple[Lock, list[Any]]] = OrderedDict()

    def get(self, key: Hashable, build: Callable[[], Any]) -> Any:
        """The value kept under `key`, or that of `build()`, which is then kept."""
        with self._guard:
            lock, slot = self._slots.setdefault(key, (Lock(), []))
            self._slots.move_to_end(key)
            while len(self._slots) > self._size:
                self._slots.popitem(last=False)
        with lock:
            if not slot:
                slot.append(build())
            return slot[0]

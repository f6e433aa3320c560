"""Two small stores that threads share, both bounded by what their values weigh in bytes."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any

Weigh = Callable[[Any], int]


class BoundedCache:
    """Values by key, each built once, by whoever asks first; building one does not hold up the others.

    Those that were asked for longest ago go when all weigh more than `most`; the newest stays, whatever it weighs.
    """

    def __init__(self, most: int, weigh: Weigh) -> None:
        self._most = most
        self._weigh = weigh
        self._guard = Lock()
        self._slots: OrderedDict[Hashable, tuple[Lock, list[Any]]] = OrderedDict()

    def get(self, key: Hashable, build: Callable[[], Any]) -> Any:
        """The value kept under `key`, or that of `build()`, which is then kept."""
        with self._guard:
            lock, slot = self._slots.setdefault(key, (Lock(), []))
            self._slots.move_to_end(key)
        with lock:
            if not slot:
                slot.append(build())
                self._make_room()
            return slot[0]

    def _make_room(self) -> None:
        with self._guard:
            built = [key for key, (_, slot) in self._slots.items() if slot]
            weight = sum(self._weigh(self._slots[key][1][0]) for key in built)
            for key in built[:-1]:
                if weight <= self._most:
                    return
                weight -= self._weigh(self._slots.pop(key)[1][0])


class Shelf:
    """Values that one caller at a time takes away, changes and puts back."""

    def __init__(self, most: int, weigh: Weigh) -> None:
        self._most = most
        self._weigh = weigh
        self._guard = Lock()
        self._values: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()

    def take(self, key: Hashable) -> Any | None:
        """The value under `key`, which is then no longer here; None if there is none."""
        with self._guard:
            return self._values.pop(key, (None, 0))[0]

    def put(self, key: Hashable, value: Any) -> None:
        """Keep `value`; those put here longest ago go when all weigh too much."""
        weight = self._weigh(value)
        with self._guard:
            self._values[key] = value, weight
            self._values.move_to_end(key)
            while sum(weight for _, weight in self._values.values()) > self._most:
                self._values.popitem(last=False)

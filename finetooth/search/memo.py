"""What was worked out before of objects that do not change, found again by their identity."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

Result = TypeVar("Result")
MOST = 10_000


class Remembered(Generic[Result]):
    """A function of immutable objects that works out each result once, and forgets all of them when it has too many.

    It is for objects that cannot be hashed, such as candidates and spaces. They are held as long as their results, so
    that no identity is given away again meanwhile.
    """

    def __init__(self, make: Callable[..., Result], most: int = MOST) -> None:
        self._make = make
        self._most = most
        self._known: dict[tuple[int, ...], tuple[tuple[Any, ...], Result]] = {}

    def __call__(self, *objects: Any) -> Result:
        """The result for `objects`."""
        identity = tuple(map(id, objects))
        found = self._known.get(identity)
        if found is None:
            if len(self._known) >= self._most:
                self._known.clear()
            found = self._known[identity] = (objects, self._make(*objects))
        return found[1]

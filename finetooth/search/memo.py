"""Results for objects that do not change but cannot be hashed, found again by the objects' identity."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

Result = TypeVar("Result")
MAX_SIZE = 10_000


class Memo(Generic[Result]):
    """`functools.cache` by identity: computes `function` once for the same objects, and empties itself when full.

    For candidates and spaces, which are immutable but hold dictionaries. The objects are referenced as long as their
    results, so that Python gives none of their identities to another object meanwhile.
    """

    def __init__(self, function: Callable[..., Result], max_size: int = MAX_SIZE) -> None:
        self._function = function
        self._max_size = max_size
        self._results: dict[tuple[int, ...], tuple[tuple[Any, ...], Result]] = {}

    def __call__(self, *objects: Any) -> Result:
        """The result for `objects`."""
        identity = tuple(map(id, objects))
        entry = self._results.get(identity)
        if entry is None:
            if len(self._results) >= self._max_size:
                self._results.clear()
            entry = self._results[identity] = (objects, self._function(*objects))
        return entry[1]

"""Trials that are given up: a flag that every fit looks at between two rounds and between two folds.

A fit runs in a thread that nobody can end from outside, so that an interrupted run would wait for the longest one.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

_flags: dict[int, threading.Event] = {}
_numbers = count()
_local = threading.local()


class TrialStoppedError(BaseException):
    """The run was interrupted. Not an `Exception`: a trial that was given up is not a trial that failed."""


def number() -> int:
    """A flag of its own for the calls of one executor, by number: calls are pickled, flags are not."""
    new = next(_numbers)
    _flags[new] = threading.Event()
    return new


def forget(flag: int) -> None:
    """Drop a flag whose calls have all ended."""
    _flags.pop(flag, None)


@contextmanager
def stoppable(flag: int) -> Iterator[None]:
    """The calls under `flag` are told to stop when this is left by an interrupt."""
    try:
        yield
    except BaseException as error:
        if not isinstance(error, Exception):
            _flags[flag].set()
        raise


def run(flag: int, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
    """`fn(*args, **kwargs)` under a flag; where the flag is not known, in another process, without one."""
    before = getattr(_local, "flag", None)
    _local.flag = _flags.get(flag)
    try:
        check()
        return fn(*args, **kwargs)
    finally:
        _local.flag = before


def check() -> None:
    """Raise `TrialStoppedError` if the call that this thread is in was told to stop."""
    flag = getattr(_local, "flag", None)
    if flag is not None and flag.is_set():
        raise TrialStoppedError("the run was interrupted")

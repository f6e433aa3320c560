"""What libraries warn of during a fit, collected a thread at a time instead of printed a thousand times."""

import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from finetooth.errors import one_line

# Expected by design: unseen categories have a place of their own, and the number of epochs is a searched parameter.
# The last is what scikit-learn says by mistake when another thread has its filters of warnings in hand.
_EXPECTED = (
    "Found unknown categories",
    "Stochastic Optimizer: Maximum iterations",
    "`sklearn.utils.parallel.delayed` should be used",
)
# Hidden by Python's own filters, which fits in other threads take away for moments; and what the garbage collector ends
# during a fit, such as a socket left open, is not the fit's.
_FOR_DEVELOPERS = (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning)
_LONGEST = 160  # characters of one notice

_local = threading.local()
_lock = threading.Lock()


def _hook(previous: Callable[..., None]) -> Callable[..., None]:
    """A `warnings.showwarning` that keeps what a collecting thread raises and passes on the rest."""

    def show(message: Warning | str, category: type[Warning], *rest: Any) -> None:
        kept: list[str] | None = getattr(_local, "kept", None)
        if kept is None:
            previous(message, category, *rest)
            return
        text = one_line(message)
        if not (text.startswith(_EXPECTED) or issubclass(category, _FOR_DEVELOPERS)):
            kept.append(f"{category.__name__}: {text}"[:_LONGEST])

    show.collects = True  # type: ignore[attr-defined]
    return show


def _install() -> None:
    # warnings.catch_warnings swaps process-wide state and is not safe between threads before Python 3.14, so one
    # hook is set and left there; where somebody replaced it meanwhile (a test runner does), theirs is wrapped.
    with _lock:
        if not hasattr(warnings.showwarning, "collects"):
            warnings.showwarning = _hook(warnings.showwarning)
        # By default a line of code warns once a process: of two trials that warn, one would say nothing.
        warnings.defaultaction = "always"  # type: ignore[attr-defined]


@contextmanager
def collect() -> Iterator[list[str]]:
    """Collect this thread's warnings as distinct one-line texts in the list that is handed out."""
    _install()
    before: list[str] | None = getattr(_local, "kept", None)
    kept: list[str] = []
    _local.kept = kept
    try:
        yield kept
    finally:
        _local.kept = before
        kept[:] = dict.fromkeys(kept)

"""Ctrl-C in a terminal goes to every process of its group: only the one that runs the flow is to be interrupted.

Workers and servers that died of it at once would leave tracebacks, and a flow that cannot say how it ended.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker


@contextmanager
def interrupts_blocked() -> Iterator[None]:
    """Processes and threads that are started inside ignore Ctrl-C (SIGINT); this process handles it after the block."""
    resource_tracker.ensure_running()  # started later, by multiprocessing, it would let Ctrl-C through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)

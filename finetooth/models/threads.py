"""One thread a fit: results must not depend on how many cores a machine has."""

import os
import threading
from importlib import import_module

from threadpoolctl import threadpool_limits

# The libraries whose thread pools are limited; they must be loaded before the limit can reach them.
_POOLS = ("scipy.linalg", "sklearn.utils._openmp_helpers")
_limited = threading.local()


def limit_threads() -> None:
    """Limit BLAS and OpenMP to one thread in this thread, once, for good.

    The limit is never lifted: BLAS keeps one for the whole process, so that lifting it here would lift it in the
    middle of another thread's fit. OpenMP keeps one a thread, so each worker thread must call this itself.
    Linear models differ in their last digits between numbers of BLAS threads; see threadpoolctl.
    """
    if getattr(_limited, "process", None) == os.getpid():
        return
    for name in _POOLS:
        import_module(name)
    threadpool_limits(limits=1)
    _limited.process = os.getpid()

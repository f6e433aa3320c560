"""Handing memory back to the system: what was freed is kept by the allocators otherwise, for ever."""

import ctypes

import pyarrow as pa

_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # the GNU C library's own; others keep less


def release() -> None:
    """Return freed memory to the system, after a step that used much of it for a short time."""
    pa.default_memory_pool().release_unused()
    if _trim is not None:
        _trim(0)

"""What to try next? Pure functions of the trials so far."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from finetooth.search.ask_tell import AskedTrial, Search

__all__ = ["AskedTrial", "Search"]


def __getattr__(name: str) -> Any:
    """Import the search only when it is asked for: `import finetooth.search` stays cheap."""
    if name in __all__:
        from finetooth.search import ask_tell

        return getattr(ask_tell, name)
    raise AttributeError(f"module 'finetooth.search' has no attribute '{name}'")

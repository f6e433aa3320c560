"""Which code gave a result."""

from functools import cache
from hashlib import sha256
from pathlib import Path

from finetooth import __version__


@cache
def code_version() -> str:
    """The version and a digest of the engine's source: results of other code are not taken for results of this."""
    root = Path(__file__).parents[1]
    sources = sorted(path for package in ("finetooth", "spaces") for path in (root / package).rglob("*.py"))
    content = sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()
    return f"{__version__}+{content[:12]}"

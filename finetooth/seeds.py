"""One random stream per purpose, found by name and never by the order of arrival."""

from hashlib import sha256

import numpy as np


def _word(part: str | int) -> int:
    if isinstance(part, int):
        return part
    return int.from_bytes(sha256(part.encode()).digest()[:4], "big")


def sequence(root: int, *purpose: str | int) -> np.random.SeedSequence:
    """The seed sequence of one purpose, such as `("refine", trial, fold)`."""
    return np.random.SeedSequence(root, spawn_key=tuple(_word(part) for part in purpose))


def stream(root: int, *purpose: str | int) -> np.random.Generator:
    """A generator of its own for one purpose."""
    return np.random.default_rng(sequence(root, *purpose))


def seed(root: int, *purpose: str | int) -> int:
    """A 31-bit seed of its own for one purpose, for libraries that take an integer."""
    return int(sequence(root, *purpose).generate_state(1)[0] >> 1)

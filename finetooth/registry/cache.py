"""Copies of the files of a remote registry on this machine, in the user's cache folder."""

import os
from collections.abc import Mapping
from pathlib import Path

from finetooth.files import new_folder
from finetooth.registry.version import Version


def cached_copy(version: Version, contents: Mapping[str, bytes]) -> Path:
    """A folder with the files of a version, as they are in the registry.

    It is named by their content, and made whole or not at all; one that was altered since is replaced.
    """
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = home / "finetooth" / "models" / version.folder.rpartition("/")[2]
    if _has_contents(folder, contents):
        return folder
    if folder.exists():
        folder = folder.with_name(f"{folder.name}-{os.getpid()}")  # somebody may be reading the one that was altered
    with new_folder(folder) as scratch:
        for name, content in contents.items():
            (scratch / name).parent.mkdir(parents=True, exist_ok=True)
            (scratch / name).write_bytes(content)
    return folder


def _has_contents(folder: Path, contents: Mapping[str, bytes]) -> bool:
    return folder.is_dir() and all(
        (folder / name).is_file() and (folder / name).read_bytes() == content for name, content in contents.items()
    )

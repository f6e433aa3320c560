"""Where a registry's files lie: any location that fsspec knows, and the one promise that is asked of it.

An object is created whole or not at all, and never over another one. How far that holds:

- a local folder or a `file://` URL: written under another name, flushed to the disk, then linked to its own, which the
  file system refuses when the name is taken. It holds between processes, through crashes, and between machines
  that share the file system. Without hard links (FAT), a lock and a rename stand in: between processes of one machine.
- stores that can write on the condition that nothing is there (s3fs, gcsfs, adlfs): the store refuses the second.
- `memory://`: within the one process that can see it.
- any other store: looked for, written, and read back. No object is ever half there, but of two writers in the same
  moment the later may replace the earlier after that one has looked: let one process promote there.
"""

import os
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from finetooth import files
from finetooth.errors import FinetoothError, InputError, UnreachableError, one_line

_IN_PROCESS = threading.Lock()  # a store in memory looks and writes in two steps


@dataclass(frozen=True, slots=True)
class Storage:
    """A location: its fsspec file system, the path of its root there, and whether that is a local folder."""

    location: str
    system: Any
    root: str
    local: bool

    def url(self, path: str) -> str:
        """The URL of an object; for a local folder its absolute path."""
        return self._path(path) if self.local else str(self.system.unstrip_protocol(self._path(path)))

    def names(self, folder: str) -> tuple[str, ...]:
        """The names in a folder in order, without the hidden ones; none if there is no such folder."""
        with _errors_in_one_line(self, "readable"):
            self.system.invalidate_cache()
            try:
                found = self.system.ls(self._path(folder), detail=False)
            except (FileNotFoundError, NotADirectoryError):
                return ()
        names = {str(path).rstrip("/").rsplit("/", 1)[-1] for path in found}
        return tuple(sorted(name for name in names if not name.startswith(".")))

    def read(self, path: str) -> bytes | None:
        """The content of an object; None if there is none."""
        with _errors_in_one_line(self, "readable"):
            try:
                return bytes(self.system.cat_file(self._path(path)))
            except FileNotFoundError:
                return None

    def create(self, path: str, content: bytes) -> bool:
        """Make an object, whole; False if there is one of that name, which stays as it is."""
        with _errors_in_one_line(self, "writable"):
            target = self._path(path)
            return files.create(Path(target), content) if self.local else _create_remote(self.system, target, content)

    def check_writable(self) -> None:
        """Raise `InputError` unless objects can be made here; nothing is left behind."""
        if self.local:
            folder = next(path for path in (Path(self.root), *Path(self.root).parents) if path.exists())
            if not (folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)):
                raise InputError(f"the registry must be writable; {folder} is not; name another place.")
            return
        probe = f".writable-{uuid.uuid4().hex}"
        self.create(probe, b"")
        with _errors_in_one_line(self, "writable"):
            self.system.rm_file(self._path(probe))

    def _path(self, path: str) -> str:
        return f"{self.root.rstrip('/')}/{path}"


def storage_at(location: str) -> Storage:
    """The storage that a folder or a URL names. Raises `InputError` when fsspec does not know what to do with it."""
    from fsspec.core import url_to_fs
    from fsspec.implementations.local import LocalFileSystem

    try:
        system, root = url_to_fs(location)
    except Exception as error:  # noqa: BLE001 (each file system raises its own)
        raise InputError(
            f"the registry must be a folder or a URL that fsspec knows; got '{location}': {_line(error)}."
        ) from None
    return Storage(location, system, str(root), isinstance(system, LocalFileSystem))


@contextmanager
def _errors_in_one_line(storage: Storage, must: str) -> Iterator[None]:
    """Say in one line what the file system raises, each its own kind."""
    try:
        yield
    except FinetoothError:
        raise
    except Exception as error:
        kind = InputError if storage.local else UnreachableError
        raise kind(f"the registry must be {must}; {storage.location} answered {_line(error)}.") from error


def _create_remote(system: Any, target: str, content: bytes) -> bool:
    with _IN_PROCESS:
        if system.exists(target):
            return False
        try:
            system.pipe_file(target, content, mode="create")
        except FileExistsError:
            return False
        except OSError:  # what a store says to the second of two differs; whether there is a first can be seen
            if not system.exists(target):
                raise
        system.invalidate_cache()
        return bool(system.cat_file(target) == content)


def _line(error: Exception) -> str:
    said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return one_line(f"{type(error).__name__}: {said}", 300)

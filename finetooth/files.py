"""A file or a folder is there whole or not at all: written under another name, flushed to the disk, then renamed."""

import fcntl
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A binary file that appears under its name, in place of what was there, when it is whole and on the disk."""
    with replacing_path(path) as scratch, scratch.open("wb") as file:
        yield file


@contextmanager
def replacing_path(path: Path) -> Iterator[Path]:
    """The same for writers that want a name: a scratch file with the ending of `path`, which replaces it."""
    scratch = path.with_name(f".{uuid.uuid4().hex}{path.suffix}")
    try:
        yield scratch
        with scratch.open("rb") as file:
            os.fsync(file.fileno())
        scratch.replace(path)
        sync_folder(path.parent)
    finally:
        scratch.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 text file, whole."""
    with replacing(path) as file:
        file.write(text.encode())


def create(path: Path, content: bytes) -> bool:
    """Make a file, whole; False if there is one of that name, which stays as it is.

    It holds between processes, through crashes, and between machines that share the file system. Without hard links
    (FAT), a lock and a rename stand in: between processes of one machine.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.parent / f".{uuid.uuid4().hex}.tmp"
    try:
        with scratch.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(scratch, path)
        except FileExistsError:
            return False
        except OSError:  # a file system without hard links
            return _rename_new(scratch, path)
    finally:
        scratch.unlink(missing_ok=True)
    sync_folder(path.parent)
    return True


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """A scratch folder that becomes `folder` at the end, unless somebody else was first."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        yield scratch
        try:
            scratch.replace(folder)
        except OSError:
            if not folder.exists():
                raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def sync_folder(folder: Path) -> None:
    """Flush a folder's names to the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _rename_new(scratch: Path, path: Path) -> bool:
    with (path.parent / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if path.exists():
            return False
        scratch.rename(path)
        return True

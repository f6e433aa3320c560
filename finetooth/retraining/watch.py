"""Looking at a data location: what lies there, and whether that is another thing than the last time.

Only what a file system tells of a file is looked at (checksum, size, time), so that a look costs no reading.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fsspec.core import url_to_fs

from finetooth.errors import InputError, UnreachableError, one_line
from finetooth.records import digest

_TELLS = ("ETag", "etag", "md5", "md5Hash", "checksum", "sha256", "size", "mtime", "LastModified", "last_modified",
          "updated", "content_md5")  # fmt: skip
_TIMES = ("mtime", "LastModified", "last_modified", "updated")


@dataclass(frozen=True, slots=True)
class Look:
    """What lies at a location: a digest of what is told of each file by its URL, and the file that came last."""

    files: Mapping[str, str] = field(default_factory=dict)
    newest: str = ""

    def news(self, before: "Look | None") -> tuple[str, ...]:
        """The files that are new or another than before, the one that came last at the end."""
        known = {} if before is None else before.files
        found = [name for name, told in self.files.items() if known.get(name) != told]
        return tuple(sorted(found, key=lambda name: (name == self.newest, name)))


def look(location: str) -> Look:
    """What lies at a file, a pattern such as incoming/*.csv, or an fsspec URL of one.

    Raises `InputError` when there is no such file (a pattern may match none), `UnreachableError` when the storage does
    not answer.
    """
    try:
        system, path = url_to_fs(location)
        system.invalidate_cache()
        pattern = any(sign in path for sign in "*?[")
        paths = sorted(system.glob(path)) if pattern else [path]
        told = {_name(system, one): system.info(one) for one in paths}
    except FileNotFoundError:
        raise InputError(
            f"the watched location must exist; there is no {location}; name a file, or a pattern such as in/*.csv."
        ) from None
    except Exception as error:  # noqa: BLE001 (each kind of storage raises errors of its own library)
        said = one_line(error, 300)
        raise UnreachableError(
            f"the watched location must answer; {location}: {type(error).__name__}: {said}"
        ) from None
    files = {
        name: digest({key: str(info[key]) for key in _TELLS if info.get(key) is not None})
        for name, info in told.items()
    }
    return Look(files, max(told, key=lambda name: (_time(told[name]), name), default=""))


def _name(system: Any, path: str) -> str:
    return path if "file" in _protocols(system) else str(system.unstrip_protocol(path))


def _protocols(system: Any) -> tuple[str, ...]:
    told = system.protocol
    return (told,) if isinstance(told, str) else tuple(told)


def _time(info: Mapping[str, Any]) -> str:
    return next((_sortable(info[key]) for key in _TIMES if info.get(key) is not None), "")


def _sortable(moment: Any) -> str:
    return f"{moment:020.6f}" if isinstance(moment, int | float) else str(moment)

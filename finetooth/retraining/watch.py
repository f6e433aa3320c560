"""The state of a watched data location, and which of its files changed since an earlier state.

A file is known by what the file system tells of it (checksum, size, time), so that no file is read.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fsspec.core import url_to_fs

from finetooth.errors import InputError, UnreachableError, one_line
from finetooth.records import digest

_IDENTITY_KEYS = ("ETag", "etag", "md5", "md5Hash", "checksum", "sha256", "size", "mtime", "LastModified",
                  "last_modified", "updated", "content_md5")  # fmt: skip
_TIME_KEYS = ("mtime", "LastModified", "last_modified", "updated")


@dataclass(frozen=True, slots=True)
class WatchState:
    """The state of a location: by the URL of each file a digest of its metadata, and the newest file ("" for none)."""

    files: Mapping[str, str] = field(default_factory=dict)
    newest: str = ""

    def changed_files(self, previous: "WatchState | None") -> tuple[str, ...]:
        """The files that are new or have changed since `previous`, the newest last."""
        earlier = {} if previous is None else previous.files
        changed = [name for name, file_digest in self.files.items() if earlier.get(name) != file_digest]
        return tuple(sorted(changed, key=lambda name: (name == self.newest, name)))


def location_state(location: str) -> WatchState:
    """The state of a file, a pattern such as incoming/*.csv, or an fsspec URL of one.

    Raises `InputError` when there is no such file (a pattern may match none), `UnreachableError` when the storage does
    not answer.
    """
    try:
        system, root = url_to_fs(location)
        system.invalidate_cache()
        pattern = any(wildcard in root for wildcard in "*?[")
        paths = sorted(system.glob(root)) if pattern else [root]
        infos = {_file_url(system, path): system.info(path) for path in paths}
    except FileNotFoundError:
        raise InputError(
            f"the watched location must exist; there is no {location}; name a file, or a pattern such as in/*.csv."
        ) from None
    except Exception as error:  # noqa: BLE001 (each kind of storage raises errors of its own library)
        reason = one_line(error, 300)
        raise UnreachableError(
            f"the watched location must answer; {location}: {type(error).__name__}: {reason}"
        ) from None
    files = {
        name: digest({key: str(info[key]) for key in _IDENTITY_KEYS if info.get(key) is not None})
        for name, info in infos.items()
    }
    return WatchState(files, max(infos, key=lambda name: (_time(infos[name]), name), default=""))


def _file_url(system: Any, path: str) -> str:
    return path if "file" in _protocols(system) else str(system.unstrip_protocol(path))


def _protocols(system: Any) -> tuple[str, ...]:
    protocol = system.protocol
    return (protocol,) if isinstance(protocol, str) else tuple(protocol)


def _time(info: Mapping[str, Any]) -> str:
    return next((_sortable(info[key]) for key in _TIME_KEYS if info.get(key) is not None), "")


def _sortable(moment: Any) -> str:
    return f"{moment:020.6f}" if isinstance(moment, int | float) else str(moment)
